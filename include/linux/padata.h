// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/padata.h> of 4.18.0-80.el8, and the functions of its document that 4.18 does not
// declare: padata_alloc(), padata_set_cpumasks(), padata_add_cpu(), padata_remove_cpu(). The
// structs are those of lib/linux/padata.ts: the fields of 4.18 come first, in its order; what this
// port needs besides stands behind them.
#ifndef PADATA_LINUX_PADATA_H
#define PADATA_LINUX_PADATA_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/cpumask.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#define PADATA_CPU_SERIAL 0x01
#define PADATA_CPU_PARALLEL 0x02

/**
 * struct padata_priv - a job, embedded in a structure of the caller's and zeroed by it
 * @info: the caller's to use
 * @parallel: set by the caller; called on one of the parallel CPUs with softirqs off
 * @serial: set by the caller; called on @cb_cpu with softirqs off, in the order of submission
 * @seq_nr: number in the order of submission
 * @state: where the job is
 */
struct padata_priv {
	struct list_head list;
	struct parallel_data *pd;
	int cb_cpu;
	int cpu;
	int info;
	void (*parallel)(struct padata_priv *padata);
	void (*serial)(struct padata_priv *padata);
	unsigned int seq_nr;
	unsigned int state;
};

struct padata_list {
	struct list_head list;
	spinlock_t lock;
};

// The objects of one callback CPU whose turn has come.
struct padata_serial_queue {
	struct padata_list serial;
	struct work_struct work;
	struct parallel_data *pd;
};

// One CPU's objects: those to be run in parallel, and those that have been, waiting for their turn.
struct padata_parallel_queue {
	struct padata_list parallel ____cacheline_aligned;
	int lingers;
	struct padata_list reorder ____cacheline_aligned;
	struct parallel_data *pd;
	struct work_struct work ____cacheline_aligned;
	struct work_struct reorder_work;
	atomic_t num_obj;
	int cpu_index;
};

// What a notifier gets as its data: the usable masks.
struct padata_cpumask {
	cpumask_var_t pcpu;
	cpumask_var_t cbcpu;
};

/**
 * struct parallel_data - what one pair of usable masks needs; a change of the masks makes a new one
 * @serialised: objects that have been; with @seq_nr it makes the refcnt of 4.18
 * @flush_waits: somebody sleeps until all objects have been serialised
 * @weight: number of usable parallel CPUs
 * @id: tells it from an earlier one at the same address
 * @ring: objects that wait for their turn, by their numbers
 * @next_pd: links all of them
 * @cpus: these CPUs ascending, as many as there are possible CPUs
 */
struct parallel_data {
	struct padata_instance *pinst;
	struct padata_parallel_queue __percpu *pqueue;
	struct padata_serial_queue __percpu *squeue;
	atomic_t reorder_objects ____cacheline_aligned;
	atomic_t serialised ____cacheline_aligned;
	atomic_t seq_nr ____cacheline_aligned;
	struct padata_cpumask cpumask ____cacheline_aligned;
	spinlock_t lock ____cacheline_aligned;
	unsigned int processed;
	struct timer_list timer;
	int flush_waits ____cacheline_aligned;
	int weight;
	int id;
	u32 *ring;
	int ring_mask;
	struct parallel_data *next_pd;
	int cpus[];
};

/**
 * struct padata_instance - the means of control
 * @cpumask: the masks that the user supplied
 * @flags: PADATA_INIT and the others
 */
struct padata_instance {
	struct hlist_node node;
	struct workqueue_struct *wq;
	struct parallel_data *pd;
	struct padata_cpumask cpumask;
	struct blocking_notifier_head cpumask_change_notifier;
	struct kobject kobj;
	struct mutex lock;
	u8 flags;
#define PADATA_INIT 1
#define PADATA_RESET 2
#define PADATA_INVALID 4
};

struct padata_instance *padata_alloc(struct workqueue_struct *wq, const struct cpumask *pcpumask,
				     const struct cpumask *cbcpumask);
struct padata_instance *padata_alloc_possible(struct workqueue_struct *wq);
void padata_free(struct padata_instance *pinst);

int padata_start(struct padata_instance *pinst);
void padata_stop(struct padata_instance *pinst);

int padata_do_parallel(struct padata_instance *pinst, struct padata_priv *padata, int cb_cpu);
void padata_do_serial(struct padata_priv *padata);

// cpumask_type: PADATA_CPU_SERIAL or PADATA_CPU_PARALLEL. mask: one of them, or both.
int padata_set_cpumasks(struct padata_instance *pinst, cpumask_var_t pcpumask,
			cpumask_var_t cbcpumask);
int padata_set_cpumask(struct padata_instance *pinst, int cpumask_type, cpumask_var_t cpumask);
int padata_add_cpu(struct padata_instance *pinst, int cpu, int mask);
int padata_remove_cpu(struct padata_instance *pinst, int cpu, int mask);

int padata_register_cpumask_notifier(struct padata_instance *pinst, struct notifier_block *nblock);
int padata_unregister_cpumask_notifier(struct padata_instance *pinst,
				       struct notifier_block *nblock);

#endif
