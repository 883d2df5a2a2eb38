// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/preempt.h>. A CPU's thread is not preempted by its other tasks, and softirqs run
// between work items only: the functions keep the counters (lib/linux/preempt.ts has those of the
// TypeScript kernel), by which sleeping in atomic context is found.
#ifndef PADATA_LINUX_PREEMPT_H
#define PADATA_LINUX_PREEMPT_H

#include <linux/bottom_half.h>
#include <linux/compiler.h>

#define PREEMPT_BITS 8
#define SOFTIRQ_BITS 8
#define HARDIRQ_BITS 4
#define NMI_BITS 1
#define PREEMPT_SHIFT 0
#define SOFTIRQ_SHIFT 8
#define HARDIRQ_SHIFT 16
#define NMI_SHIFT 20
#define PREEMPT_MASK 0x000000ff
#define SOFTIRQ_MASK 0x0000ff00
#define HARDIRQ_MASK 0x000f0000
#define NMI_MASK 0x00100000
#define PREEMPT_OFFSET (1 << PREEMPT_SHIFT)
#define SOFTIRQ_OFFSET (1 << SOFTIRQ_SHIFT)
#define HARDIRQ_OFFSET (1 << HARDIRQ_SHIFT)
#define NMI_OFFSET (1 << NMI_SHIFT)
#define SOFTIRQ_DISABLE_OFFSET (2 * SOFTIRQ_OFFSET)
#define PREEMPT_DISABLE_OFFSET PREEMPT_OFFSET

void preempt_disable(void);
void preempt_enable(void);
// In the kernel's form: preemption in the lowest 8 bits, softirqs in those above.
int preempt_count(void);
int softirq_count(void);

#define preempt_enable_no_resched() preempt_enable()
#define preempt_disable_notrace() preempt_disable()
#define preempt_enable_notrace() preempt_enable()
#define preempt_check_resched() do { } while (0)
#define preemptible() (preempt_count() == 0)

// There are no interrupts.
#define hardirq_count() 0
#define irq_count() softirq_count()
#define in_irq() 0
#define in_nmi() 0
#define in_softirq() (softirq_count() != 0)
#define in_interrupt() (irq_count() != 0)
#define in_serving_softirq() (softirq_count() & SOFTIRQ_OFFSET)
#define in_task() (!in_serving_softirq())
// Also what the TypeScript kernel holds on this thread.
int in_atomic(void);
#define in_atomic_preempt_off() in_atomic()

#endif
