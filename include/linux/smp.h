// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/smp.h>. A task, such as the main thread, runs on no CPU: its smp_processor_id() is -1.
#ifndef PADATA_LINUX_SMP_H
#define PADATA_LINUX_SMP_H

#include <linux/preempt.h>

int smp_processor_id(void);
int get_cpu(void);
void put_cpu(void);

#endif
