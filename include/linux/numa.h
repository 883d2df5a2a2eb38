// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/numa.h>: one node.
#ifndef PADATA_LINUX_NUMA_H
#define PADATA_LINUX_NUMA_H

#define NODES_SHIFT 0
#define MAX_NUMNODES (1 << NODES_SHIFT)
#define NUMA_NO_NODE (-1)

#endif
