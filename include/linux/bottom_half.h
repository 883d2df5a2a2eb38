// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/bottom_half.h>. Softirqs run between work items only, so these count.
#ifndef PADATA_LINUX_BOTTOM_HALF_H
#define PADATA_LINUX_BOTTOM_HALF_H

void local_bh_disable(void);
void local_bh_enable(void);
#define _local_bh_enable() local_bh_enable()
#define local_bh_enable_ip(ip) local_bh_enable()

#endif
