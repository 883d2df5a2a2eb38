// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/interrupt.h>: tasklets. A tasklet is a work item of system_highpri_wq on the CPU
// that has scheduled it, which runs with softirqs off. There are no interrupts to request.
#ifndef PADATA_LINUX_INTERRUPT_H
#define PADATA_LINUX_INTERRUPT_H

#include <linux/bottom_half.h>
#include <linux/hardirq.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/workqueue.h>

enum {
	TASKLET_STATE_SCHED,
	TASKLET_STATE_RUN,
};

// count: it does not run until this is 0.
struct tasklet_struct {
	struct work_struct work;
	unsigned long state;
	atomic_t count;
	void (*func)(unsigned long data);
	unsigned long data;
};

void padata_tasklet_work(struct work_struct *work);

#define padata_tasklet_init(name, disabled, _func, _data) { \
	.work = __WORK_INITIALIZER((name).work, padata_tasklet_work), \
	.count = ATOMIC_INIT(disabled), .func = (_func), .data = (_data), \
}
#define DECLARE_TASKLET(name, func, data) \
	struct tasklet_struct name = padata_tasklet_init(name, 0, func, data)
#define DECLARE_TASKLET_DISABLED(name, func, data) \
	struct tasklet_struct name = padata_tasklet_init(name, 1, func, data)

void tasklet_init(struct tasklet_struct *t, void (*func)(unsigned long), unsigned long data);
void tasklet_schedule(struct tasklet_struct *t);
void tasklet_disable(struct tasklet_struct *t);
void tasklet_enable(struct tasklet_struct *t);
// It is not scheduled and does not run afterwards.
void tasklet_kill(struct tasklet_struct *t);

static inline void tasklet_hi_schedule(struct tasklet_struct *t)
{
	tasklet_schedule(t);
}

static inline void tasklet_disable_nosync(struct tasklet_struct *t)
{
	__atomic_add_fetch(&t->count.counter, 1, __ATOMIC_SEQ_CST);
}

typedef enum irqreturn {
	IRQ_NONE,
	IRQ_HANDLED,
	IRQ_WAKE_THREAD,
} irqreturn_t;
typedef irqreturn_t (*irq_handler_t)(int irq, void *dev);
#define IRQ_RETVAL(x) ((x) ? IRQ_HANDLED : IRQ_NONE)

#endif
