// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/preempt.h>, <linux/irqflags.h>: counters only, as nothing interrupts a thread. The twin is
// lib/linux/preempt.ts, which counts the softirqs disabled on a thread with JavaScript. There are
// two because a thread without JavaScript has no counters there, and because each spinlock of C
// counts, which must not cost a call into TypeScript. What counts softirqs is in rcupdate.c, since
// a thread with softirqs disabled is an RCU reader.
#include "linux/sync.h"

EXPORT_C void preempt_disable(void)
{
	++*task_preempt_count();
}

EXPORT_C void preempt_enable(void)
{
	int *count = task_preempt_count();

	if (*count == 0)
		kernel_misuse("BUG: preempt_enable: preemption is not disabled");
	else
		--*count;
}

EXPORT_C int softirq_count(void)
{
	struct task_struct *me = task_current();
	int disabled = on_js_thread() ? (int)call_js(JS_softirq_count, "") : me->machine.bh_count;

	// A softirq runs with softirqs disabled, which is no call of local_bh_disable().
	return me->machine.serving_softirq ?
		       (disabled > 0 ? (disabled - 1) * SOFTIRQ_DISABLE_OFFSET : 0) +
			       SOFTIRQ_OFFSET :
		       disabled * SOFTIRQ_DISABLE_OFFSET;
}

EXPORT_C int preempt_count(void)
{
	return *task_preempt_count() + softirq_count();
}

EXPORT_C int in_atomic(void)
{
	struct task_struct *me = task_current();

	if (me->machine.preempt_count != 0)
		return 1;
	return on_js_thread() ? call_js(JS_in_atomic, "") != 0 : me->machine.bh_count != 0;
}

EXPORT_C unsigned long arch_local_irq_save(void)
{
	struct task_struct *me = task_current();
	unsigned long flags = (unsigned long)me->machine.irqs_off;

	me->machine.irqs_off = 1;
	return flags;
}

EXPORT_C unsigned long arch_local_save_flags(void)
{
	return (unsigned long)task_current()->machine.irqs_off;
}

EXPORT_C void arch_local_irq_restore(unsigned long flags)
{
	task_current()->machine.irqs_off = flags != 0;
}
