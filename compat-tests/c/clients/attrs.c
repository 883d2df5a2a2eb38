// SPDX-License-Identifier: GPL-2.0
/*
 * A directory under /sys/kernel: files that stand alone, a group, a kobject of its own type.
 * Writing N to /sys/kernel/attrs/run submits N jobs and waits for them; writing 0 to it ends the
 * module's work.
 *
 * After "echo 3 > scale; echo 5 > run", with scale -> 2 refused, reading:
 *	/sys/kernel/attrs/sum		30
 *	/sys/kernel/attrs/stats/jobs	5
 *	/sys/kernel/attrs/stats/runs	1
 *	/sys/kernel/attrs/object/value	42
 *
 *	attrs: 5 jobs, sum 30
 *	attrs: object released
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include <linux/string.h>
#include <linux/slab.h>
#include <linux/mutex.h>
#include <linux/cpu.h>
#include <linux/padata.h>
#include <linux/completion.h>
#include <linux/reboot.h>

struct job {
	struct padata_priv padata;
	int nr;
	int result;
};

static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static struct kobject *attrs_kobj;
static DEFINE_MUTEX(run_mutex);
static int scale = 1, sum, jobs, runs, expected;
static DECLARE_COMPLETION(done);

static void job_parallel(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);

	job->result = job->nr * scale;
	padata_do_serial(padata);
}

static void job_serial(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);

	sum += job->result;
	jobs++;
	kfree(job);
	if (--expected == 0)
		complete(&done);
}

static int run_jobs(int n)
{
	int i, err;

	reinit_completion(&done);
	sum = 0;
	expected = n;
	for (i = 0; i < n; i++) {
		struct job *job = kzalloc(sizeof(*job), GFP_KERNEL);

		if (!job)
			return -ENOMEM;
		job->nr = i;
		job->padata.parallel = job_parallel;
		job->padata.serial = job_serial;
		err = padata_do_parallel(pinst, &job->padata, cpumask_first(cpu_online_mask));
		if (err) {
			kfree(job);
			return err;
		}
	}
	return wait_for_completion_interruptible(&done);
}

static ssize_t run_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			 size_t count)
{
	unsigned int n;
	int err = kstrtouint(buf, 0, &n);

	if (err)
		return err;
	if (n > 1000)
		return -E2BIG;
	if (n == 0) {
		orderly_poweroff(false);
		return count;
	}
	mutex_lock(&run_mutex);
	err = run_jobs(n);
	runs++;
	pr_info("%u jobs, sum %d\n", n, sum);
	mutex_unlock(&run_mutex);
	return err ? err : count;
}
static struct kobj_attribute run_attribute = __ATTR_WO(run);

static ssize_t sum_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", sum);
}
static struct kobj_attribute sum_attribute = __ATTR_RO(sum);

static ssize_t scale_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return scnprintf(buf, PAGE_SIZE, "%d\n", scale);
}

static ssize_t scale_store(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			   size_t count)
{
	int n;

	if (sscanf(buf, "%d", &n) != 1 || n % 2 == 0)
		return -EINVAL;
	scale = n;
	return count;
}
static struct kobj_attribute scale_attribute = __ATTR(scale, 0664, scale_show, scale_store);

static ssize_t stats_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	if (strcmp(attr->attr.name, "jobs") == 0)
		return sprintf(buf, "%d\n", jobs);
	return sprintf(buf, "%d\n", runs);
}
static struct kobj_attribute jobs_attribute = __ATTR(jobs, S_IRUGO, stats_show, NULL);
static struct kobj_attribute runs_attribute = __ATTR(runs, S_IRUGO, stats_show, NULL);

static struct attribute *stats_attrs[] = {
	&jobs_attribute.attr,
	&runs_attribute.attr,
	NULL,
};

static struct attribute_group stats_group = {
	.name = "stats",
	.attrs = stats_attrs,
};

/* an object with a type of its own */
struct object {
	struct kobject kobj;
	int value;
};

static ssize_t object_show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	return sprintf(buf, "%d\n", container_of(kobj, struct object, kobj)->value);
}

static const struct sysfs_ops object_sysfs_ops = {
	.show = object_show,
};

static void object_release(struct kobject *kobj)
{
	pr_info("%s released\n", kobject_name(kobj));
	kfree(container_of(kobj, struct object, kobj));
}

static struct attribute value_attr = { .name = "value", .mode = 0444 };
static struct attribute *object_attrs[] = { &value_attr, NULL };

static struct kobj_type object_ktype = {
	.sysfs_ops = &object_sysfs_ops,
	.release = object_release,
	.default_attrs = object_attrs,
};

static struct object *object;

static int make_object(void)
{
	int err;

	object = kzalloc(sizeof(*object), GFP_KERNEL);
	if (!object)
		return -ENOMEM;
	object->value = 42;
	err = kobject_init_and_add(&object->kobj, &object_ktype, attrs_kobj, "object");
	if (err) {
		kobject_put(&object->kobj);
		return err;
	}
	kobject_uevent(&object->kobj, KOBJ_ADD);
	return 0;
}

static int __init attrs_init(void)
{
	int err = -ENOMEM;

	wq = alloc_workqueue("attrs", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		return -ENOMEM;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_wq;
	padata_start(pinst);
	attrs_kobj = kobject_create_and_add("attrs", kernel_kobj);
	if (!attrs_kobj)
		goto out_padata;
	err = sysfs_create_file(attrs_kobj, &run_attribute.attr);
	if (!err)
		err = sysfs_create_file(attrs_kobj, &sum_attribute.attr);
	if (!err)
		err = sysfs_create_file(attrs_kobj, &scale_attribute.attr);
	if (!err)
		err = sysfs_create_group(attrs_kobj, &stats_group);
	if (!err)
		err = make_object();
	if (!err)
		return 0;
	kobject_put(attrs_kobj);
out_padata:
	padata_stop(pinst);
	padata_free(pinst);
out_wq:
	destroy_workqueue(wq);
	return err;
}

static void __exit attrs_exit(void)
{
	kobject_put(&object->kobj);
	sysfs_remove_group(attrs_kobj, &stats_group);
	kobject_put(attrs_kobj);
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(attrs_init);
module_exit(attrs_exit);
MODULE_LICENSE("GPL");
