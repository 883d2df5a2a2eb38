// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/topology.h>: CPUs of one node and one package, each a core of its own.
#ifndef PADATA_LINUX_TOPOLOGY_H
#define PADATA_LINUX_TOPOLOGY_H

#include <linux/cpumask.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <linux/smp.h>

#define padata_node0(x) ((void)(x), 0)
#define cpu_to_node(cpu) padata_node0(cpu)
#define early_cpu_to_node(cpu) padata_node0(cpu)
#define numa_node_id() 0
#define numa_mem_id() 0
#define cpu_to_mem(cpu) padata_node0(cpu)
#define set_numa_node(node) ((void)(node))
#define cpumask_of_node(node) ((void)(node), cpu_online_mask)
#define nr_cpus_node(node) ((void)(node), num_online_cpus())
#define node_distance(from, to) ((from) == (to) ? 10 : 20)

#define topology_physical_package_id(cpu) padata_node0(cpu)
#define topology_core_id(cpu) ((int)(cpu))
#define topology_sibling_cpumask(cpu) cpumask_of(cpu)
#define topology_core_cpumask(cpu) ((void)(cpu), cpu_online_mask)
#define topology_max_packages() 1

#endif
