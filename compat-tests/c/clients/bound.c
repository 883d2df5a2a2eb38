// SPDX-License-Identifier: GPL-2.0
/*
 * A submitting thread on each CPU, and a callback CPU for each: order is kept among the jobs of one
 * callback CPU. On CPUs 0-1:
 *
 *	bound: cpu 0: submitter ran there, 100 jobs in order on their callback CPU
 *	bound: cpu 1: submitter ran there, 100 jobs in order on their callback CPU
 *	bound: end
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/padata.h>
#include <linux/reboot.h>

#define JOBS 100

struct job {
	struct padata_priv padata;
	int owner;
	int nr;
};

struct submitter {
	struct task_struct *task;
	bool on_cpu;
	/* of serial() on this CPU */
	int next;
	bool in_order;
};

static DEFINE_PER_CPU(struct submitter, submitters);
static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static atomic_t running;

static void job_parallel(struct padata_priv *padata)
{
	padata_do_serial(padata);
}

static void job_serial(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);
	struct submitter *s = this_cpu_ptr(&submitters);

	if (job->owner != smp_processor_id() || job->nr != s->next)
		s->in_order = false;
	s->next++;
	kfree(job);
}

static int submit_fn(void *data)
{
	int cpu = (long)data, i;
	struct submitter *s = per_cpu_ptr(&submitters, cpu);

	s->on_cpu = raw_smp_processor_id() == cpu;
	for (i = 0; i < JOBS; i++) {
		struct job *job = kzalloc_node(sizeof(*job), GFP_KERNEL, cpu_to_node(cpu));

		if (!job)
			break;
		job->owner = cpu;
		job->nr = i;
		job->padata.parallel = job_parallel;
		job->padata.serial = job_serial;
		while (padata_do_parallel(pinst, &job->padata, cpu) == -EBUSY)
			msleep(1);
	}
	while (READ_ONCE(s->next) < JOBS && !kthread_should_stop())
		schedule_timeout_interruptible(1);
	if (atomic_dec_and_test(&running)) {
		for_each_online_cpu(cpu) {
			s = &per_cpu(submitters, cpu);
			pr_info("cpu %d: submitter %s there, %d jobs %s on their callback CPU\n",
				cpu, s->on_cpu ? "ran" : "did NOT run", s->next,
				s->in_order ? "in order" : "NOT in order");
		}
		pr_info("end\n");
		orderly_poweroff(false);
	}
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int __init bound_init(void)
{
	long cpu;

	wq = alloc_workqueue("bound", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		return -ENOMEM;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst) {
		destroy_workqueue(wq);
		return -ENOMEM;
	}
	padata_start(pinst);
	atomic_set(&running, num_online_cpus());
	for_each_online_cpu(cpu) {
		struct submitter *s = per_cpu_ptr(&submitters, cpu);

		s->in_order = true;
		s->task = kthread_create_on_node(submit_fn, (void *)cpu, cpu_to_node(cpu),
						 "bound/%ld", cpu);
		if (IS_ERR(s->task)) {
			s->task = NULL;
			atomic_dec(&running);
			continue;
		}
		kthread_bind(s->task, cpu);
	}
	for_each_online_cpu(cpu)
		if (per_cpu(submitters, cpu).task)
			wake_up_process(per_cpu(submitters, cpu).task);
	return 0;
}

static void __exit bound_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu(submitters, cpu).task)
			kthread_stop(per_cpu(submitters, cpu).task);
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(bound_init);
module_exit(bound_exit);
MODULE_LICENSE("GPL");
