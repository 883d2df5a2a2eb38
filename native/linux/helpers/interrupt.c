// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/interrupt.h>: tasklets, on work items.
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/interrupt.h>
#include <linux/smp.h>

#include "runtime.h"

/* Behind the kernel's states: its turn came while it was disabled. */
enum { TASKLET_STATE_DEFERRED = TASKLET_STATE_RUN + 1 };

static void queue(struct tasklet_struct *t)
{
	queue_work_on(smp_processor_id(), system_highpri_wq, &t->work);
}

EXPORT_C void padata_tasklet_work(struct work_struct *work)
{
	struct tasklet_struct *t = container_of(work, struct tasklet_struct, work);

	// RUN before the look at count: tasklet_disable() counts first and looks at RUN then.
	set_bit(TASKLET_STATE_RUN, &t->state);
	if (atomic_read(&t->count) != 0) {
		set_bit(TASKLET_STATE_DEFERRED, &t->state);
		clear_bit(TASKLET_STATE_RUN, &t->state);
		// Enabled in between? Then whoever clears the mark queues it.
		if (atomic_read(&t->count) == 0 &&
		    test_and_clear_bit(TASKLET_STATE_DEFERRED, &t->state))
			queue(t);
		return;
	}
	clear_bit(TASKLET_STATE_SCHED, &t->state);
	local_bh_disable();
	t->func(t->data);
	local_bh_enable();
	clear_bit(TASKLET_STATE_RUN, &t->state);
}

EXPORT_C void tasklet_init(struct tasklet_struct *t, void (*func)(unsigned long),
			   unsigned long data)
{
	*t = (struct tasklet_struct)padata_tasklet_init(*t, 0, func, data);
}

EXPORT_C void tasklet_schedule(struct tasklet_struct *t)
{
	if (!test_and_set_bit(TASKLET_STATE_SCHED, &t->state))
		queue(t);
}

EXPORT_C void tasklet_disable(struct tasklet_struct *t)
{
	tasklet_disable_nosync(t);
	for (unsigned int turns = 0; test_bit(TASKLET_STATE_RUN, &t->state); turns++)
		relax(turns);
}

EXPORT_C void tasklet_enable(struct tasklet_struct *t)
{
	if (atomic_dec_return(&t->count) == 0 &&
	    test_and_clear_bit(TASKLET_STATE_DEFERRED, &t->state))
		queue(t);
}

EXPORT_C void tasklet_kill(struct tasklet_struct *t)
{
	if (!may_sleep("tasklet_kill"))
		return;
	flush_work(&t->work);
	clear_bit(TASKLET_STATE_DEFERRED, &t->state);
	clear_bit(TASKLET_STATE_SCHED, &t->state);
}
