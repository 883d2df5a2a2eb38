// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/preempt.h> and <linux/bottom_half.h>. A CPU's thread is not preempted by its other tasks, and softirqs run
// between work items only: these keep the counters (lib/linux/preempt.ts).
#ifndef PADATA_LINUX_PREEMPT_H
#define PADATA_LINUX_PREEMPT_H

void local_bh_disable(void);
void local_bh_enable(void);
void preempt_disable(void);
void preempt_enable(void);
int preempt_count(void);
int softirq_count(void);

#define in_softirq() (softirq_count() != 0)
#define in_atomic() (preempt_count() != 0)

#endif
