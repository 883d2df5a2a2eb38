// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/irqflags.h>. Nothing ever runs on a CPU in the middle of something else: what
// would be interrupts are work items and timers, which come when the CPU is done. So there is
// nothing to disable: these remember what they were told, for irqs_disabled(), and because a task
// that has disabled interrupts must not sleep.
#ifndef PADATA_LINUX_IRQFLAGS_H
#define PADATA_LINUX_IRQFLAGS_H

#include <linux/compiler.h>
#include <linux/typecheck.h>

unsigned long arch_local_irq_save(void);
unsigned long arch_local_save_flags(void);
void arch_local_irq_restore(unsigned long flags);

#define raw_local_irq_disable() ((void)arch_local_irq_save())
#define raw_local_irq_enable() arch_local_irq_restore(0)
#define raw_local_irq_save(flags) do { \
	typecheck(unsigned long, flags); \
	(flags) = arch_local_irq_save(); \
} while (0)
#define raw_local_irq_restore(flags) do { \
	typecheck(unsigned long, flags); \
	arch_local_irq_restore(flags); \
} while (0)
#define raw_local_save_flags(flags) do { \
	typecheck(unsigned long, flags); \
	(flags) = arch_local_save_flags(); \
} while (0)
#define raw_irqs_disabled_flags(flags) ((flags) != 0)
#define raw_irqs_disabled() (arch_local_save_flags() != 0)

#define local_irq_disable() raw_local_irq_disable()
#define local_irq_enable() raw_local_irq_enable()
#define local_irq_save(flags) raw_local_irq_save(flags)
#define local_irq_restore(flags) raw_local_irq_restore(flags)
#define local_save_flags(flags) raw_local_save_flags(flags)
#define irqs_disabled() raw_irqs_disabled()
#define irqs_disabled_flags(flags) raw_irqs_disabled_flags(flags)

#define trace_hardirqs_on() do { } while (0)
#define trace_hardirqs_off() do { } while (0)

#endif
