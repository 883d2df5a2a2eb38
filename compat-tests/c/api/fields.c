// SPDX-License-Identifier: GPL-2.0-only
//
// What the kernel, which is TypeScript, writes into a client's structs, as C reads it: in the
// machine's memory, on the stack, in static memory and in malloc()'s.
#include <linux/completion.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "api.h"

void *malloc(size_t size);
void free(void *p);

struct seen {
	int cb_cpu, cpu, info, on;
	unsigned int seq_nr;
};

struct job {
	struct padata_priv padata;
	struct completion done;
	struct seen parallel, serial;
	struct padata_priv *object;
};

static struct seen see(const struct padata_priv *padata)
{
	return (struct seen){ padata->cb_cpu, padata->cpu, padata->info, smp_processor_id(),
			      padata->seq_nr };
}

static void parallel(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);

	CHECK(job->object == padata && in_softirq());
	job->parallel = see(padata);
	padata->info = -5;
	padata_do_serial(padata);
}

static void serial(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);

	CHECK(job->object == padata && in_softirq());
	job->serial = see(padata);
	complete(&job->done);
}

static void submit_all(struct job **jobs, int n)
{
	unsigned int before = 0;

	for (int i = 0; i < n; i++) {
		struct job *job = jobs[i];

		memset(job, 0, sizeof(*job));
		init_completion(&job->done);
		job->object = &job->padata;
		job->padata.parallel = parallel;
		job->padata.serial = serial;
		job->padata.info = 40 + i;
		CHECK(padata_do_parallel(api_pinst, &job->padata, i % 4) == 0);
	}
	for (int i = 0; i < n; i++) {
		struct job *job = jobs[i];

		wait_for_completion(&job->done);
		CHECK(job->parallel.cb_cpu == i % 4 && job->serial.cb_cpu == i % 4 &&
		      job->serial.on == i % 4);
		CHECK(job->parallel.on == job->parallel.cpu &&
		      job->parallel.cpu == job->serial.cpu);
		// The kernel takes info for what it hands on; the client's comes back as the client
		// has set it.
		CHECK(job->parallel.info == 40 + i || job->parallel.info == 0);
		CHECK(job->serial.info == -5);
		CHECK(i == 0 || job->serial.seq_nr == before + 1);
		CHECK(job->parallel.seq_nr == job->serial.seq_nr);
		before = job->serial.seq_nr;
	}
}

TEST(jobs, SLEEP)
{
	static struct job static_job;
	struct job on_stack, *heap = kmalloc(sizeof(*heap), GFP_KERNEL),
			     *mallocked = malloc(sizeof(*mallocked));
	struct job *jobs[] = { heap, &on_stack, &static_job, mallocked };

	submit_all(jobs, 4);
	kfree(heap);
	free(mallocked);
}

static struct padata_cpumask masks;
static unsigned long mask_action;
static int note_order;

struct own_block {
	struct notifier_block nb;
	int nr;
};

static int note(struct notifier_block *nb, unsigned long action, void *data)
{
	struct padata_cpumask *from = data;

	mask_action = action;
	cpumask_copy(masks.pcpu, from->pcpu);
	cpumask_copy(masks.cbcpu, from->cbcpu);
	note_order = note_order * 10 + container_of(nb, struct own_block, nb)->nr;
	return NOTIFY_OK;
}

static struct own_block static_block = { { .notifier_call = note, .priority = 5 }, 2 };

TEST(notifiers, SLEEP)
{
	struct own_block on_stack = { { .notifier_call = note, .priority = 9 }, 1 };
	struct own_block *heap = kzalloc(sizeof(*heap), GFP_KERNEL);
	cpumask_var_t mask;

	heap->nb.notifier_call = note;
	heap->nr = 3;
	CHECK(zalloc_cpumask_var(&masks.pcpu, GFP_KERNEL) &&
	      zalloc_cpumask_var(&masks.cbcpu, GFP_KERNEL));
	CHECK(zalloc_cpumask_var(&mask, GFP_KERNEL));
	CHECK(padata_register_cpumask_notifier(api_pinst, &heap->nb) == 0);
	CHECK(padata_register_cpumask_notifier(api_pinst, &static_block.nb) == 0);
	CHECK(padata_register_cpumask_notifier(api_pinst, &on_stack.nb) == 0);
	note_order = 0;
	cpumask_set_cpu(1, mask);
	CHECK(padata_set_cpumask(api_pinst, PADATA_CPU_SERIAL, mask) == 0);
	CHECK(mask_action == PADATA_CPU_SERIAL && note_order == 123);
	CHECK(cpumask_equal(masks.cbcpu, mask) && cpumask_equal(masks.pcpu, cpu_online_mask));
	CHECK(padata_set_cpumask(api_pinst, PADATA_CPU_PARALLEL, mask) == 0);
	CHECK(mask_action == PADATA_CPU_PARALLEL && cpumask_equal(masks.pcpu, mask));
	CHECK(padata_set_cpumasks(api_pinst, (struct cpumask *)cpu_possible_mask,
				  (struct cpumask *)cpu_possible_mask) == 0);
	CHECK(cpumask_equal(masks.pcpu, cpu_online_mask));
	CHECK(padata_unregister_cpumask_notifier(api_pinst, &on_stack.nb) == 0);
	CHECK(padata_unregister_cpumask_notifier(api_pinst, &static_block.nb) == 0);
	CHECK(padata_unregister_cpumask_notifier(api_pinst, &heap->nb) == 0);
	kfree(heap);
	free_cpumask_var(masks.pcpu);
	free_cpumask_var(masks.cbcpu);
	free_cpumask_var(mask);
}

static void nothing(struct timer_list *timer)
{
}

static void check_timer(struct timer_list *timer)
{
	unsigned long expires = jiffies + 1000 * HZ;

	timer_setup(timer, nothing, 0);
	CHECK(!timer_pending(timer));
	mod_timer(timer, expires);
	CHECK(timer_pending(timer) && timer->expires == expires && timer->function == nothing);
	mod_timer(timer, expires + 5);
	CHECK(timer->expires == expires + 5);
	del_timer_sync(timer);
	CHECK(!timer_pending(timer));
	destroy_timer_on_stack(timer);
}

TEST(timers, SLEEP)
{
	static struct timer_list static_timer;
	struct timer_list on_stack, *heap = kmalloc(sizeof(*heap), GFP_KERNEL),
				    *mallocked = malloc(sizeof(*mallocked));

	check_timer(&static_timer);
	check_timer(&on_stack);
	check_timer(heap);
	check_timer(mallocked);
	kfree(heap);
	free(mallocked);
}

static void do_nothing(struct work_struct *work)
{
}

static void check_work(struct delayed_work *work)
{
	INIT_DELAYED_WORK(work, do_nothing);
	CHECK(!delayed_work_pending(work));
	queue_delayed_work_on(2, system_wq, work, 1000 * HZ);
	CHECK(delayed_work_pending(work) && work_pending(&work->work) &&
	      work->work.func == do_nothing);
	cancel_delayed_work_sync(work);
	CHECK(!delayed_work_pending(work));
	destroy_delayed_work_on_stack(work);
}

TEST(works, SLEEP)
{
	static struct delayed_work static_work;
	struct delayed_work on_stack, *heap = kmalloc(sizeof(*heap), GFP_KERNEL),
				      *mallocked = malloc(sizeof(*mallocked));

	check_work(&static_work);
	check_work(&on_stack);
	check_work(heap);
	check_work(mallocked);
	kfree(heap);
	free(mallocked);
}

static void release(struct kobject *kobj)
{
}

static struct kobj_type type = { .release = release };

static void check_kobject(struct kobject *kobj, struct kset *kset)
{
	memset(kobj, 0, sizeof(*kobj));
	kobject_init(kobj, &type);
	kobj->kset = kset;
	CHECK(kobj->state_initialized && !kobj->state_in_sysfs);
	CHECK(kobject_add(kobj, NULL, "field") == 0);
	CHECK(strcmp(kobj->name, "field") == 0 && kobj->parent == &kset->kobj &&
	      kobj->kset == kset);
	// In the machine's memory it is the kernel's, which calls this one's functions.
	CHECK(kobj->ktype == &type || (kobj->ktype != NULL && kobj->ktype->release != NULL));
	CHECK(kobj->state_in_sysfs && kref_read(&kobj->kref) == 1 && kobj->sd != NULL);
	kobject_get(kobj);
	CHECK(kref_read(&kobj->kref) == 2);
	kobject_put(kobj);
	kobject_del(kobj);
	CHECK(!kobj->state_in_sysfs);
	kobject_put(kobj);
}

TEST(kobjects_heap, SLEEP)
{
	struct kset *kset = kset_create_and_add("api-fields", NULL, kernel_kobj);
	struct kobject *heap = kmalloc(sizeof(*heap), GFP_KERNEL);

	check_kobject(heap, kset);
	kfree(heap);
	kset_unregister(kset);
}

TEST(kobjects_elsewhere, SLEEP)
{
	struct kset *kset = kset_create_and_add("api-fields", NULL, kernel_kobj);
	struct kobject on_stack;
	static struct kobject static_kobject;

	check_kobject(&on_stack, kset);
	check_kobject(&static_kobject, kset);
	kset_unregister(kset);
}
