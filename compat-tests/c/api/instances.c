// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/padata.h>: what is submitted from each context, and instances.
#include <linux/completion.h>

#include "api.h"

struct job {
	struct padata_priv padata;
	struct completion *done;
	bool freed;
};

static atomic_t serials;

static void parallel(struct padata_priv *padata)
{
	padata_do_serial(padata);
}

static void serial(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);

	atomic_inc(&serials);
	if (job->done != NULL)
		complete(job->done);
	if (job->freed)
		kfree(job);
}

static struct job static_job = { .padata = { .parallel = parallel, .serial = serial } };

/* In each context: what is in the machine's memory is submitted and forgotten. */
TEST(submits, ALL)
{
	struct job *job = kzalloc(sizeof(*job), GFP_ATOMIC);

	job->padata.parallel = parallel;
	job->padata.serial = serial;
	job->freed = true;
	CHECK(padata_do_parallel(api_pinst, &job->padata, 100) == -EINVAL &&
	      padata_do_parallel(api_pinst, &job->padata, -1) == -EINVAL);
	CHECK(padata_do_parallel(api_pinst, &job->padata, 2) == 0);
}

/* Where one may wait for it, it may be anywhere. */
TEST(waits_for, SLEEP)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct job on_stack = { .padata = { .parallel = parallel, .serial = serial },
				.done = &done };

	CHECK(padata_do_parallel(api_pinst, &on_stack.padata, 3) == 0);
	wait_for_completion(&done);
	static_job.done = &done;
	CHECK(padata_do_parallel(api_pinst, &static_job.padata, 0) == 0);
	wait_for_completion(&done);
	static_job.done = NULL;
}

static int changes;

static int changed(struct notifier_block *nb, unsigned long action, void *data)
{
	struct padata_cpumask *masks = data;

	changes = changes * 10 + (int)action;
	// By the TypeScript, whose owner is a number: that of its first thread is as small as can
	// be.
	CHECK(mutex_is_locked(&container_of(masks, struct parallel_data, cpumask)->pinst->lock));
	CHECK(cpumask_subset(masks->pcpu, cpu_online_mask) &&
	      cpumask_subset(masks->cbcpu, cpu_online_mask));
	return NOTIFY_OK;
}

static struct notifier_block nb = { .notifier_call = changed };

TEST(instances, SLEEP)
{
	cpumask_var_t mask;
	struct padata_instance *pinst;
	struct job on_stack = { .padata = { .parallel = parallel, .serial = serial } };

	CHECK(zalloc_cpumask_var(&mask, GFP_KERNEL));
	cpumask_set_cpu(1, mask);
	cpumask_set_cpu(2, mask);
	get_online_cpus();
	pinst = padata_alloc(api_wq, mask, cpu_possible_mask);
	put_online_cpus();
	CHECK(pinst != NULL && padata_do_parallel(pinst, &on_stack.padata, 0) == -EINVAL);
	changes = 0;
	CHECK(padata_register_cpumask_notifier(pinst, &nb) == 0 && !mutex_is_locked(&pinst->lock));
	CHECK(padata_start(pinst) == 0 && (pinst->flags & PADATA_INIT));
	CHECK(cpumask_equal(pinst->cpumask.pcpu, mask));
	CHECK(padata_remove_cpu(pinst, 1, PADATA_CPU_PARALLEL) == 0 &&
	      !cpumask_test_cpu(1, pinst->cpumask.pcpu));
	CHECK(padata_add_cpu(pinst, 1, PADATA_CPU_PARALLEL) == 0 &&
	      cpumask_test_cpu(1, pinst->cpumask.pcpu));
	CHECK(padata_set_cpumask(pinst, PADATA_CPU_SERIAL, mask) == 0 && changes != 0);
	CHECK(padata_set_cpumask(pinst, 99, mask) == -EINVAL);
	CHECK(padata_set_cpumasks(pinst, mask, mask) == 0 &&
	      cpumask_equal(pinst->cpumask.cbcpu, mask));
	CHECK(padata_unregister_cpumask_notifier(pinst, &nb) == 0 &&
	      padata_unregister_cpumask_notifier(pinst, &nb) == -ENOENT);
	padata_stop(pinst);
	CHECK(!(pinst->flags & PADATA_INIT) &&
	      padata_do_parallel(pinst, &on_stack.padata, 1) == -EINVAL);
	padata_free(pinst);
	free_cpumask_var(mask);
}

/*
 * What is behind padata_do_serial() in parallel(): waiting for the object's serial(), which runs on
 * another CPU; and the turn of another object.
 */
static struct job *held;
static atomic_t waited;

/* The ways of a loop that waits; none of them sleeps. */
static void by_completion_done(void)
{
	static DECLARE_COMPLETION(never);

	CHECK(!completion_done(&never));
}

static void by_try_wait(void)
{
	static DECLARE_COMPLETION(never);

	CHECK(!try_wait_for_completion(&never));
}

static void by_cond_resched(void)
{
	cond_resched();
}

static void (*const turns_of_loops[])(void) = { cpu_relax, by_cond_resched,    yield,
						schedule,  by_completion_done, by_try_wait };
static void (*turn)(void);

static void parallel_waits(struct padata_priv *padata)
{
	struct completion *done = container_of(padata, struct job, padata)->done;
	int before = atomic_read(&serials);
	unsigned long end = jiffies + 2 * HZ;

	CHECK(smp_processor_id() == 1);
	padata_do_serial(padata);
	while (atomic_read(&serials) == before && time_before(jiffies, end))
		turn();
	if (atomic_read(&serials) != before)
		atomic_inc(&waited);
	complete(done);
}

static void parallel_holds(struct padata_priv *padata)
{
	held = container_of(padata, struct job, padata);
}

static void parallel_ends_two(struct padata_priv *padata)
{
	padata_do_serial(padata);
	padata_do_serial(&held->padata);
}

TEST(goes_on_behind_it, SLEEP)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct job waits = { .padata = { .parallel = parallel_waits, .serial = serial },
			     .done = &done };
	struct job holds = { .padata = { .parallel = parallel_holds, .serial = serial },
			     .done = &done };
	struct job ends = { .padata = { .parallel = parallel_ends_two, .serial = serial },
			    .done = &done };
	struct padata_instance *pinst;

	get_online_cpus();
	pinst = padata_alloc(api_wq, cpumask_of(1), cpumask_of(2));
	put_online_cpus();
	CHECK(pinst != NULL && padata_start(pinst) == 0);
	for (size_t i = 0; i < ARRAY_SIZE(turns_of_loops); i++) {
		atomic_set(&waited, 0);
		turn = turns_of_loops[i];
		CHECK(padata_do_parallel(pinst, &waits.padata, 2) == 0);
		// From parallel() and from serial().
		wait_for_completion(&done);
		wait_for_completion(&done);
		CHECK(atomic_read(&waited) == 1);
	}
	CHECK(padata_do_parallel(pinst, &holds.padata, 2) == 0 &&
	      padata_do_parallel(pinst, &ends.padata, 2) == 0);
	wait_for_completion(&done);
	wait_for_completion(&done);
	padata_stop(pinst);
	padata_free(pinst);
}
