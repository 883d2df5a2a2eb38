// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scenario language (compat-tests/golden/README.md) for the padata of a running kernel, Linux
 * 6.1 or newer. One command for each write to /proc/padata_driver, the lines it answers are read
 * back from there. What concerns files and CPUs is init's.
 *
 * Of this kernel's API: an instance is started by its allocation, so `alloc` and `start` together
 * stand for padata_alloc(); one shell is made with the instance and goes with it; a pd's reference
 * count has one for the shell, which is left out.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/padata.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "text.h"

#define MAX_OBJECTS	(1 << 16)
#define MAX_SERIALS	(1 << 17)
#define SLOW_MS		3
#define FILL		0x5a
#define STORM_LIMIT_MS	20000

enum mode { MODE_SYNC, MODE_HOLD, MODE_SLOW };
enum state { STATE_QUEUED, STATE_HELD, STATE_RELEASED, STATE_DONE };
static const char *const mode_names[] = { "sync", "hold", "slow" };
static const char *const state_names[] = { "queued", "held", "released", "done" };

struct object {
	struct padata_priv priv;
	int id;
	enum mode mode;
	int rc;
	/* As it was asked for, and as padata_do_parallel() has left it. */
	int cb_asked, cb;
	int par_cpu, par_count, ser_cpu, ser_count, bh_on;
	enum state state;
	bool info_changed, logged;
};

struct serial_call {
	int cpu, id;
};

static struct padata_instance *pinst;
static struct padata_shell *shell;
static bool start_answered;
static struct object **objects;
static int nr_objects;
static struct serial_call *serials;
static atomic_t nr_serials, outstanding;
/* One command at a time. */
static DEFINE_MUTEX(command_lock);
static struct text answer;

static struct parallel_data *current_pd(void)
{
	/*
	 * Only the commands replace it, one at a time; for hotplug's callbacks one has to be lucky,
	 * and they are made by init.
	 */
	return rcu_dereference_protected(shell->pd, true);
}

static int in_flight(struct parallel_data *pd)
{
	return refcount_read(&pd->refcnt) - 1;
}

/* ---- objects --------------------------------------------------------------------------------- */

static void seen(struct object *obj, int *cpu, int *count)
{
	*cpu = raw_smp_processor_id();
	(*count)++;
	if (!softirq_count())
		obj->bh_on++;
}

static void drive_parallel(struct padata_priv *padata)
{
	struct object *obj = container_of(padata, struct object, priv);

	seen(obj, &obj->par_cpu, &obj->par_count);
	if (obj->mode == MODE_HOLD) {
		/* Pairs with held(): who sees it held may finish it. */
		smp_store_release(&obj->state, STATE_HELD);
		return;
	}
	if (obj->mode == MODE_SLOW)
		mdelay(SLOW_MS);
	obj->state = STATE_RELEASED;
	padata_do_serial(padata);
}

static void drive_serial(struct padata_priv *padata)
{
	struct object *obj = container_of(padata, struct object, priv);
	int n;

	seen(obj, &obj->ser_cpu, &obj->ser_count);
	obj->info_changed = obj->priv.info != FILL * 0x01010101;
	if (obj->logged) {
		n = atomic_inc_return(&nr_serials) - 1;
		if (n < MAX_SERIALS)
			serials[n] = (struct serial_call){ obj->ser_cpu, obj->id };
	}
	obj->state = STATE_DONE;
	/*
	 * Pairs with atomic_read_acquire(): what was noted is seen by who sees nothing outstanding.
	 */
	smp_mb__before_atomic();
	atomic_dec(&outstanding);
}

static struct object *new_object(int id, enum mode mode, int cb)
{
	struct object *obj = kzalloc(sizeof(*obj), GFP_KERNEL);

	if (!obj)
		return NULL;
	memset(&obj->priv, FILL, sizeof(obj->priv));
	obj->priv.parallel = drive_parallel;
	obj->priv.serial = drive_serial;
	obj->id = id;
	obj->mode = mode;
	obj->cb_asked = obj->cb = cb;
	return obj;
}

static int submit(struct object *obj)
{
	int cb = obj->cb_asked;

	atomic_inc(&outstanding);
	obj->rc = padata_do_parallel(shell, &obj->priv, &cb);
	if (obj->rc)
		atomic_dec(&outstanding);
	else
		obj->cb = cb;
	return obj->rc;
}

static bool held(struct object *obj)
{
	return !obj->rc && smp_load_acquire(&obj->state) == STATE_HELD;
}

static long finish(void *arg)
{
	struct object *obj = arg;

	local_bh_disable();
	obj->state = STATE_RELEASED;
	padata_do_serial(&obj->priv);
	local_bh_enable();
	return 0;
}

static void release_on(struct object *obj, int cpu)
{
	cpus_read_lock();
	if (cpu_online(cpu))
		work_on_cpu(cpu, finish, obj);
	else
		finish(obj);
	cpus_read_unlock();
}

/* ---- commands on objects --------------------------------------------------------------------- */

static int parse_mode(const char *name)
{
	return name ? match_string(mode_names, ARRAY_SIZE(mode_names), name) : -EINVAL;
}

static void do_submit(char **args)
{
	int first = nr_objects, count, cb = 0, i, mode = parse_mode(args[2]), ok = 0, inval = 0,
	    busy = 0, other = 0;
	bool rr = args[1] && !strcmp(args[1], "rr");

	if (mode < 0 || kstrtoint(args[0], 10, &count) || count < 1 ||
	    nr_objects + count > MAX_OBJECTS || (!rr && kstrtoint(args[1], 10, &cb))) {
		text_result(&answer, "unsupported");
		return;
	}
	for (i = 0; i < count; i++) {
		struct object *obj = new_object(nr_objects, mode, rr ? i % (int)nr_cpu_ids : cb);

		if (!obj) {
			text_result(&answer, "-ENOMEM");
			return;
		}
		obj->logged = true;
		objects[nr_objects++] = obj;
		switch (submit(obj)) {
		case 0:
			ok++;
			break;
		case -EINVAL:
			inval++;
			break;
		case -EBUSY:
			busy++;
			break;
		default:
			other++;
			break;
		}
		cond_resched();
	}
	if (count == 1) {
		text_result(&answer, "%s ids=%d", errname_of(objects[first]->rc), first);
		return;
	}
	text_add(&answer, "%s => ok=%d", answer.command, ok);
	if (inval)
		text_add(&answer, " -EINVAL=%d", inval);
	if (busy)
		text_add(&answer, " -EBUSY=%d", busy);
	if (other)
		text_add(&answer, " other=%d", other);
	text_add(&answer, " ids=%d-%d\n", first, nr_objects - 1);
}

/* [A, B) of ids in a command's words. */
static bool range(char **args, int *a, int *b)
{
	*a = 0;
	*b = nr_objects;
	if (args[0] && kstrtoint(args[0], 10, a))
		return false;
	if (args[0] && args[1] && kstrtoint(args[1], 10, b))
		return false;
	*a = clamp(*a, 0, nr_objects);
	*b = clamp(*b, *a, nr_objects);
	return true;
}

static int release_cpu(const char *where, int own)
{
	int cpu;

	if (!where || !strcmp(where, "own"))
		return own;
	if (!strcmp(where, "other")) {
		cpu = cpumask_next(own, cpu_online_mask);
		return cpu < nr_cpu_ids ? cpu : cpumask_first(cpu_online_mask);
	}
	return !strncmp(where, "cpu", 3) && !kstrtoint(where + 3, 10, &cpu) && cpu >= 0 &&
			       cpu < nr_cpu_ids ?
		       cpu :
		       -1;
}

static void do_release(char **args)
{
	int a, b, i, released = 0, modulus = 1, rest = 0;
	const char *order = args[0] && args[1] && args[2] ? args[2] : "fwd";
	const char *where = args[0] && args[1] && args[2] ? args[3] : NULL;
	bool rev = !strcmp(order, "rev"), scramble = !strcmp(order, "scramble");

	if (!range(args, &a, &b) || release_cpu(where, 0) < 0 ||
	    (!rev && !scramble && strcmp(order, "fwd") &&
	     (sscanf(order, "mod:%d:%d", &modulus, &rest) != 2 || modulus < 1))) {
		text_result(&answer, "unsupported");
		return;
	}
	for (i = 0; i < b - a; i++) {
		int id = rev      ? b - 1 - i :
			 scramble ? a + (int)(((u64)i * 7919 + 13) % (b - a)) :
				    a + i;

		if (id % modulus != rest % modulus || !held(objects[id]))
			continue;
		release_on(objects[id], release_cpu(where, objects[id]->par_cpu));
		released++;
	}
	text_result(&answer, "released=%d", released);
}

static int serials_kept(void)
{
	return min(atomic_read(&nr_serials), MAX_SERIALS);
}

static void add_serials(int a, int b)
{
	int cpu, i;

	for_each_possible_cpu(cpu) {
		bool any = false;

		for (i = 0; i < serials_kept(); i++) {
			if (serials[i].cpu != cpu || serials[i].id < a || serials[i].id >= b)
				continue;
			if (!any)
				text_add(&answer, "| serial cb=%d:", cpu);
			any = true;
			text_add(&answer, " %d", serials[i].id);
		}
		if (any)
			text_add(&answer, "\n");
	}
}

static bool repeated(struct object *obj)
{
	return obj->par_count > 1 || obj->ser_count > 1;
}

/* This kernel chooses no CPU for an object: there is none to compare with. */
static void do_trace(char **args)
{
	int a, b, i;

	range(args, &a, &b);
	text_add(&answer, "trace => objects=%d\n", b - a);
	for (i = a; i < b; i++) {
		struct object *obj = objects[i];

		if (obj->rc)
			text_add(&answer, "| obj %d: rc=%s cb=%d\n", obj->id, errname_of(obj->rc),
				 obj->cb);
		else
			text_add(&answer, "| obj %d: rc=0 cb=%d cpu=- par=- ser=%s state=%s%s\n",
				 obj->id, obj->cb,
				 !obj->ser_count         ? "-" :
				 obj->ser_cpu == obj->cb ? "cb" :
							   "other",
				 state_names[obj->state], repeated(obj) ? " REPEATED" : "");
	}
	add_serials(a, b);
}

/* What is counted over objects, for `order` and `summary`. */
struct counts {
	int accepted, einval, ebusy, done, held, elsewhere, repeated, bh_on, info_changed;
};

static struct counts count(int a, int b)
{
	struct counts c = {};
	int i;

	for (i = a; i < b; i++) {
		struct object *obj = objects[i];

		c.einval += obj->rc == -EINVAL;
		c.ebusy += obj->rc == -EBUSY;
		if (obj->rc)
			continue;
		c.accepted++;
		c.done += obj->state == STATE_DONE;
		c.held += held(obj);
		c.elsewhere += obj->ser_count > 0 && obj->ser_cpu != obj->cb;
		c.repeated += repeated(obj);
		c.bh_on += obj->bh_on;
		c.info_changed += obj->info_changed;
	}
	return c;
}

static void do_order(char **args)
{
	struct counts c;
	int a, b;

	range(args, &a, &b);
	c = count(a, b);
	text_result(&answer, "accepted=%d done=%d ser_elsewhere=%d repeated=%d bh_on=%d",
		    c.accepted, c.done, c.elsewhere, c.repeated, c.bh_on);
	add_serials(a, b);
}

static void do_summary(void)
{
	struct counts c = count(0, nr_objects);
	int cpu, i, descents = 0;

	for_each_possible_cpu(cpu) {
		int last = -1;

		for (i = 0; i < serials_kept(); i++) {
			if (serials[i].cpu != cpu)
				continue;
			descents += serials[i].id < last;
			last = serials[i].id;
		}
	}
	text_result(&answer,
		    "objects=%d accepted=%d einval=%d ebusy=%d "
		    "done=%d held=%d par_elsewhere=- ser_elsewhere=%d repeated=%d "
		    "bh_on=%d descents=%d info_changed=%d per_cpu=-",
		    nr_objects, c.accepted, c.einval, c.ebusy, c.done, c.held, c.elsewhere,
		    c.repeated, c.bh_on, descents, c.info_changed);
}

/* ---- the instance ---------------------------------------------------------------------------- */

static bool parse_mask(const char *hex, struct cpumask *mask)
{
	u64 bits;
	int cpu;

	if (!hex || kstrtoull(hex, 16, &bits))
		return false;
	cpumask_clear(mask);
	for (cpu = 0; cpu < 64; cpu++)
		if (bits >> cpu & 1) {
			if (cpu >= nr_cpu_ids)
				return false;
			cpumask_set_cpu(cpu, mask);
		}
	return true;
}

/* 0, an errno, or 1 if the mask cannot be read. */
static int set_mask(int type, const char *hex)
{
	cpumask_var_t mask;
	int rc = 1;

	if (!zalloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	if (parse_mask(hex, mask))
		rc = padata_set_cpumask(pinst, type, mask);
	free_cpumask_var(mask);
	return rc;
}

static void do_set_cpumask(char **args)
{
	int type, rc;

	if (args[0] && !strcmp(args[0], "par"))
		type = PADATA_CPU_PARALLEL;
	else if (args[0] && !strcmp(args[0], "ser"))
		type = PADATA_CPU_SERIAL;
	else if (!args[0] || kstrtoint(args[0], 10, &type))
		type = -1;
	rc = set_mask(type, args[1]);
	text_result(&answer, "%s", rc > 0 ? "unsupported" : errname_of(rc));
}

static void do_alloc(char **masks)
{
	if (pinst) {
		text_result(&answer, "-EEXIST");
		return;
	}
	pinst = padata_alloc("padata_driver");
	if (pinst && masks &&
	    (set_mask(PADATA_CPU_PARALLEL, masks[0]) || set_mask(PADATA_CPU_SERIAL, masks[1]))) {
		padata_free(pinst);
		pinst = NULL;
	}
	shell = pinst ? padata_alloc_shell(pinst) : NULL;
	start_answered = false;
	text_result(&answer, "%s", shell ? "instance" : "NULL");
}

/* A shell that is freed with objects in flight is not refused but used after it. */
static void do_free(void)
{
	int left = kref_read(&pinst->kobj.kref) - 1;

	if (atomic_read(&outstanding)) {
		text_result(&answer, "unsupported");
		return;
	}
	if (shell)
		padata_free_shell(shell);
	shell = NULL;
	padata_free(pinst);
	if (left) {
		text_result(&answer, "references=%d", left);
		return;
	}
	pinst = NULL;
	text_result(&answer, "released");
}

static void do_kobj_put(void)
{
	int left = kref_read(&pinst->kobj.kref) - 1;

	if (!left) {
		do_free();
		return;
	}
	kobject_put(&pinst->kobj);
	text_result(&answer, "references=%d", left);
}

/*
 * Nothing is queued or running any more: parallel() queues serial work, and that may queue
 * reordering.
 */
static void quiet(void)
{
	int i;

	flush_workqueue(pinst->parallel_wq);
	for (i = 0; i < 3; i++)
		flush_workqueue(pinst->serial_wq);
}

static void add_masks(void)
{
	static const char *const names[] = { "INIT", "RESET", "INVALID" };
	bool any = false;
	int i;

	mutex_lock(&pinst->lock);
	text_add(&answer, "%s => flags=", answer.command);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (pinst->flags & 1 << i) {
			text_add(&answer, "%s%s", any ? "|" : "", names[i]);
			any = true;
		}
	text_add(&answer, "%s user=%*pb/%*pb usable=%*pb/%*pb", any ? "" : "0",
		 cpumask_pr_args(pinst->cpumask.pcpu), cpumask_pr_args(pinst->cpumask.cbcpu),
		 cpumask_pr_args(current_pd()->cpumask.pcpu),
		 cpumask_pr_args(current_pd()->cpumask.cbcpu));
	mutex_unlock(&pinst->lock);
}

static void do_state(void)
{
	struct parallel_data *pd = current_pd();

	add_masks();
	text_add(&answer, " refcnt=%d reorder=- processed=%u seq=%d index=-\n", in_flight(pd),
		 pd->processed, (int)pd->seq_nr);
}

/* As if N objects had been through. */
static void do_seq(char **args)
{
	struct parallel_data *pd = current_pd();
	unsigned int n, k;

	if (!args[0] || kstrtouint(args[0], 10, &n) || in_flight(pd)) {
		text_result(&answer, "unsupported");
		return;
	}
	pd->seq_nr = n - 1;
	pd->processed = n;
	pd->cpu = cpumask_first(pd->cpumask.pcpu);
	for (k = n % cpumask_weight(pd->cpumask.pcpu); k; k--)
		pd->cpu = cpumask_next(pd->cpu, pd->cpumask.pcpu);
	text_result(&answer, "0");
}

/* ---- the attributes -------------------------------------------------------------------------- */

static struct attribute *attribute(const char *name)
{
	const struct attribute_group *group = pinst->kobj.ktype->default_groups[0];
	struct attribute **attr;

	for (attr = group->attrs; name && *attr; attr++)
		if (!strncmp((*attr)->name, name, strlen(name)) &&
		    !strcmp((*attr)->name + strlen(name), "_cpumask"))
			return *attr;
	return NULL;
}

static void do_show(char **args)
{
	struct attribute *attr = attribute(args[0]);
	char *page = attr ? (char *)get_zeroed_page(GFP_KERNEL) : NULL;
	ssize_t n;

	if (!page) {
		text_result(&answer, "unsupported");
		return;
	}
	n = pinst->kobj.ktype->sysfs_ops->show(&pinst->kobj, attr, page);
	if (n < 0)
		text_result(&answer, "%s", errname_of(n));
	else
		text_quoted_result(&answer, page, n);
	free_page((unsigned long)page);
}

static void do_store(char **args)
{
	struct attribute *attr = attribute(args[0]);
	char *page = attr ? (char *)get_zeroed_page(GFP_KERNEL) : NULL;
	ssize_t n = page ? text_unquote(args[1], page, PAGE_SIZE - 1) : -1;

	if (n < 0) {
		text_result(&answer, "unsupported");
	} else {
		n = pinst->kobj.ktype->sysfs_ops->store(&pinst->kobj, attr, page, n);
		if (n < 0)
			text_result(&answer, "%s", errname_of(n));
		else
			text_result(&answer, "%zd", n);
	}
	free_page((unsigned long)page);
}

/* ---- storm ----------------------------------------------------------------------------------- */

/* Sets the parallel mask to one CPU and back to all, for as long as it is wanted. */
static int storm_masks(void *unused)
{
	cpumask_var_t mask;
	int i;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	for (i = 0; !kthread_should_stop(); i++) {
		cpumask_copy(mask, i & 1 ? cpu_possible_mask : cpumask_of(0));
		padata_set_cpumask(pinst, PADATA_CPU_PARALLEL, mask);
		cond_resched();
	}
	padata_set_cpumask(pinst, PADATA_CPU_PARALLEL, (struct cpumask *)cpu_possible_mask);
	free_cpumask_var(mask);
	return 0;
}

static bool drained(unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);

	/* Pairs with drive_serial(). */
	while (atomic_read_acquire(&outstanding)) {
		if (time_after(jiffies, end))
			return false;
		usleep_range(100, 200);
	}
	return true;
}

/*
 * Objects are submitted, each again after -EBUSY, until all are accepted and somebody was told
 * -EBUSY.
 */
static void do_storm(char **args)
{
	unsigned long end = jiffies + msecs_to_jiffies(STORM_LIMIT_MS);
	int wanted, n = 0, i, busy = 0, other = 0, lost = 0, twice = 0, rc;
	struct task_struct *task;
	struct object **own;

	if (!args[0] || kstrtoint(args[0], 10, &wanted) || wanted < 1 || wanted > MAX_OBJECTS ||
	    atomic_read(&outstanding)) {
		text_result(&answer, "unsupported");
		return;
	}
	own = vzalloc(array_size(MAX_OBJECTS, sizeof(*own)));
	task = own ? kthread_run(storm_masks, NULL, "storm") : ERR_PTR(-ENOMEM);
	if (IS_ERR(task)) {
		vfree(own);
		text_result(&answer, "-ENOMEM");
		return;
	}
	while ((n < wanted || !busy) && n < MAX_OBJECTS && time_before(jiffies, end)) {
		if (!own[n])
			own[n] = new_object(n, MODE_SYNC, n % (int)nr_cpu_ids);
		if (!own[n])
			break;
		rc = submit(own[n]);
		n += !rc;
		busy += rc == -EBUSY;
		other += rc && rc != -EBUSY;
		cond_resched();
	}
	kthread_stop(task);
	drained(STORM_LIMIT_MS);
	for (i = 0; i < n; i++) {
		lost += own[i]->state != STATE_DONE;
		twice += repeated(own[i]);
	}
	text_result(&answer, "accepted=%s busy=%s other=%d lost=%d repeated=%d",
		    n < wanted ? "some" : "all", busy ? "some" : "none", other, lost, twice);
	/* What is lost may turn up: it is left where it is. */
	for (i = 0; i < MAX_OBJECTS && own[i] && !lost; i++)
		kfree(own[i]);
	vfree(own);
}

/* ---- the end of a scenario ------------------------------------------------------------------- */

static void do_end(void)
{
	int i;

	for (i = 0; i < nr_objects; i++)
		if (held(objects[i]))
			release_on(objects[i], objects[i]->par_cpu);
	if (!drained(STORM_LIMIT_MS)) {
		text_add(&answer, "@@HANG: %d objects are in flight and do not come out\n",
			 atomic_read(&outstanding));
		return;
	}
	if (pinst) {
		quiet();
		if (shell)
			padata_free_shell(shell);
		for (i = kref_read(&pinst->kobj.kref); i > 0; i--)
			kobject_put(&pinst->kobj);
	}
	pinst = NULL;
	shell = NULL;
	for (i = 0; i < nr_objects; i++)
		kfree(objects[i]);
	nr_objects = 0;
	atomic_set(&nr_serials, 0);
}

/* ---- the commands ---------------------------------------------------------------------------- */

static bool run_without_instance(const char *name, char **args)
{
	if (!strcmp(name, "env"))
		text_result(&answer, "nr_cpu_ids=%u possible=%*pb online=%*pb", nr_cpu_ids,
			    cpumask_pr_args(cpu_possible_mask), cpumask_pr_args(cpu_online_mask));
	else if (!strcmp(name, "alloc_possible"))
		do_alloc(NULL);
	else if (!strcmp(name, "alloc"))
		do_alloc(args);
	else if (!strcmp(name, "release"))
		do_release(args);
	else if (!strcmp(name, "trace"))
		do_trace(args);
	else if (!strcmp(name, "order"))
		do_order(args);
	else if (!strcmp(name, "summary"))
		do_summary();
	else
		return false;
	return true;
}

static void run_with_shell(const char *name, char **args)
{
	if (!strcmp(name, "start") && !start_answered) {
		start_answered = true;
		text_result(&answer, "%s", pinst->flags & PADATA_INVALID ? "unsupported" : "0");
	} else if (!strcmp(name, "submit")) {
		do_submit(args);
	} else if (!strcmp(name, "masks")) {
		add_masks();
		text_add(&answer, "\n");
	} else if (!strcmp(name, "state")) {
		do_state();
	} else if (!strcmp(name, "seq")) {
		do_seq(args);
	} else if (!strcmp(name, "storm")) {
		do_storm(args);
	} else if (!strcmp(name, "quiet")) {
		quiet();
		text_result(&answer, "refcnt=%d", in_flight(current_pd()));
	} else if (!strcmp(name, "settle")) {
		quiet();
		/* It has no timer. */
		text_result(&answer, "refcnt=%d timer=idle", in_flight(current_pd()));
	} else {
		text_result(&answer, "unsupported");
	}
}

static void run_with_instance(const char *name, char **args)
{
	if (!strcmp(name, "free"))
		do_free();
	else if (!strcmp(name, "kobj_put"))
		do_kobj_put();
	else if (!strcmp(name, "kobj_get"))
		text_result(&answer, "references=%u",
			    kobject_get(&pinst->kobj) ? kref_read(&pinst->kobj.kref) : 0);
	else if (!strcmp(name, "set_cpumask"))
		do_set_cpumask(args);
	else if (!strcmp(name, "show"))
		do_show(args);
	else if (!strcmp(name, "store"))
		do_store(args);
	else if (!strcmp(name, "sysfs_add"))
		text_result(&answer, "%s",
			    errname_of(kobject_add(&pinst->kobj, kernel_kobj, "padata_drive")));
	else if (shell)
		run_with_shell(name, args);
	else
		text_result(&answer, "unsupported");
}

static void run(char *line)
{
	char *words[MAX_WORDS + 1];

	if (!strcmp(line, "!end")) {
		do_end();
		return;
	}
	if (!text_split(line, words)) {
		text_result(&answer, "unsupported");
		return;
	}
	if (run_without_instance(words[0], words + 1))
		return;
	if (pinst)
		run_with_instance(words[0], words + 1);
	else
		text_result(&answer, "no instance");
}

static ssize_t driver_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	char *line = memdup_user_nul(from, n);

	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&command_lock);
	text_begin(&answer, line);
	run(line);
	mutex_unlock(&command_lock);
	kfree(line);
	return n;
}

static ssize_t driver_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	ssize_t ret;

	mutex_lock(&command_lock);
	ret = simple_read_from_buffer(to, n, pos, answer.bytes, answer.length);
	mutex_unlock(&command_lock);
	return ret;
}

static const struct proc_ops driver_ops = { .proc_write = driver_write,
					    .proc_read = driver_read,
					    .proc_lseek = default_llseek };

static int __init drive_init(void)
{
	objects = vzalloc(array_size(MAX_OBJECTS, sizeof(*objects)));
	serials = vzalloc(array_size(MAX_SERIALS, sizeof(*serials)));
	if (!objects || !serials || !text_init(&answer) ||
	    !proc_create("padata_driver", 0600, NULL, &driver_ops))
		return -ENOMEM;
	return 0;
}

/* No exit function: the machine ends with it. */
module_init(drive_init);
MODULE_LICENSE("GPL v2");
MODULE_DESCRIPTION("plays padata scenarios");
