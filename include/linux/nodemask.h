// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/nodemask.h>: all CPUs and all memory are of node 0.
#ifndef PADATA_LINUX_NODEMASK_H
#define PADATA_LINUX_NODEMASK_H

#include <linux/bitmap.h>
#include <linux/numa.h>

typedef struct {
	DECLARE_BITMAP(bits, MAX_NUMNODES);
} nodemask_t;

#define NODE_MASK_NONE ((nodemask_t){ { 0 } })
#define NODE_MASK_ALL ((nodemask_t){ { 1 } })
#define nr_node_ids 1
#define nr_online_nodes 1
#define num_online_nodes() 1
#define num_possible_nodes() 1
#define node_online(node) ((node) == 0)
#define node_possible(node) ((node) == 0)
#define first_online_node 0
#define first_memory_node 0
#define next_online_node(nid) MAX_NUMNODES
#define for_each_node(node) for ((node) = 0; (node) < 1; (node)++)
#define for_each_online_node(node) for_each_node(node)
#define for_each_node_with_cpus(node) for_each_node(node)

#endif
