// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/hardirq.h>. There are no interrupts; what tells the contexts apart is in
// <linux/preempt.h>.
#ifndef PADATA_LINUX_HARDIRQ_H
#define PADATA_LINUX_HARDIRQ_H

#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>

static inline void synchronize_irq(unsigned int irq)
{
	(void)irq;
}

#endif
