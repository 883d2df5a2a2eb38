// SPDX-License-Identifier: GPL-2.0-only
//
// The instance: its calls, its attributes, what it looks like.
#include "driver.h"

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/timer.h>

// A timer that is pending after this long never stops.
enum { TIMER_LIMIT_S = 10 };

struct workqueue_struct *wq;
struct padata_instance *pinst;

static int allocated(const struct command *c, struct padata_instance *new)
{
	pinst = new;
	answer(c, new ? "instance" : "NULL");
	return 0;
}

int cmd_alloc_possible(const struct command *c)
{
	struct padata_instance *new;

	if (pinst) {
		answer(c, "-EEXIST");
		return 0;
	}
	get_online_cpus();
	new = padata_alloc_possible(wq);
	put_online_cpus();
	return allocated(c, new);
}

/* A mask in hex, bit n for CPU n. */
static int mask_in(const struct command *c, int i, cpumask_var_t *mask)
{
	u64 bits;
	int cpu;

	if (i >= c->argc || kstrtou64(c->argv[i], 16, &bits) ||
	    (nr_cpu_ids < 64 && bits >> nr_cpu_ids))
		return -EINVAL;
	if (!alloc_cpumask_var(mask, GFP_KERNEL))
		return -ENOMEM;
	cpumask_clear(*mask);
	for (cpu = 0; cpu < 64; cpu++)
		if (bits >> cpu & 1)
			cpumask_set_cpu(cpu, *mask);
	return 0;
}

/* A call with no more than the instance. */
static int call_plain(const struct command *c, void (*fn)(struct call *))
{
	struct call *call = call_new(c, fn);

	return call ? call_and_answer(c, call) : -ENOMEM;
}

static void do_start(struct call *call)
{
	call_result(call, padata_start(pinst));
}

int cmd_start(const struct command *c)
{
	return call_plain(c, do_start);
}

static void do_stop(struct call *call)
{
	padata_stop(pinst);
	strcpy(call->result, "done");
}

int cmd_stop(const struct command *c)
{
	return call_plain(c, do_stop);
}

static int references(void)
{
	return (int)kref_read(&pinst->kobj.kref);
}

/* A reference has been dropped; so many were left. */
static void dropped(struct call *call, int left)
{
	if (left > 0) {
		snprintf(call->result, sizeof(call->result), "references=%d", left);
		return;
	}
	pinst = NULL;
	notifiers_are_gone();
	strcpy(call->result, "released");
}

static void do_free(struct call *call)
{
	int left = references() - 1;

	padata_free(pinst);
	dropped(call, left);
}

int cmd_free(const struct command *c)
{
	return call_plain(c, do_free);
}

int cmd_kobj_get(const struct command *c)
{
	kobject_get(&pinst->kobj);
	answer(c, "references=%d", references());
	return 0;
}

static void do_kobj_put(struct call *call)
{
	int left = references() - 1;

	kobject_put(&pinst->kobj);
	dropped(call, left);
}

int cmd_kobj_put(const struct command *c)
{
	return call_plain(c, do_kobj_put);
}

static void do_set_cpumask(struct call *call)
{
	call_result(call, padata_set_cpumask(pinst, call->args[0], call->masks[0]));
}

int cmd_set_cpumask(const struct command *c)
{
	struct call *call;
	cpumask_var_t mask;
	int type, err;

	if (c->argc > 1 && !strcmp(c->argv[1], "par"))
		type = PADATA_CPU_PARALLEL;
	else if (c->argc > 1 && !strcmp(c->argv[1], "ser"))
		type = PADATA_CPU_SERIAL;
	else if (number_in(c, 1, &type))
		return -EINVAL;
	err = mask_in(c, 2, &mask);
	if (err)
		return err;
	call = call_new(c, do_set_cpumask);
	if (!call) {
		free_cpumask_var(mask);
		return -ENOMEM;
	}
	call->args[0] = type;
	call->masks[0] = mask;
	return call_and_answer(c, call);
}

/* A call with two numbers. */
static int call_with_numbers(const struct command *c, void (*fn)(struct call *))
{
	struct call *call;
	int args[2];

	if (number_in(c, 1, &args[0]) || number_in(c, 2, &args[1]))
		return -EINVAL;
	call = call_new(c, fn);
	if (!call)
		return -ENOMEM;
	memcpy(call->args, args, sizeof(args));
	return call_and_answer(c, call);
}

static void do_cpu(struct call *call)
{
	call_result(call, call->args[1] ? cpu_up(call->args[0]) : cpu_down(call->args[0]));
}

int cmd_cpu(const struct command *c)
{
	int cpu;

	if (number_in(c, 1, &cpu))
		return -EINVAL;
	if (!cpu_present(cpu)) {
		answer(c, "-ENOENT");
		return 0;
	}
	return call_with_numbers(c, do_cpu);
}

#ifdef HAVE_DOCUMENTED_FUNCTIONS
int cmd_alloc(const struct command *c)
{
	struct padata_instance *new;
	cpumask_var_t p, cb;
	int err;

	if (pinst) {
		answer(c, "-EEXIST");
		return 0;
	}
	err = mask_in(c, 1, &p);
	if (err)
		return err;
	err = mask_in(c, 2, &cb);
	if (err) {
		free_cpumask_var(p);
		return err;
	}
	get_online_cpus();
	new = padata_alloc(wq, p, cb);
	put_online_cpus();
	free_cpumask_var(p);
	free_cpumask_var(cb);
	return allocated(c, new);
}

static void do_set_cpumasks(struct call *call)
{
	call_result(call, padata_set_cpumasks(pinst, call->masks[0], call->masks[1]));
}

int cmd_set_cpumasks(const struct command *c)
{
	cpumask_var_t p, cb;
	struct call *call;
	int err = mask_in(c, 1, &p);

	if (err)
		return err;
	err = mask_in(c, 2, &cb);
	call = err ? NULL : call_new(c, do_set_cpumasks);
	if (!call) {
		free_cpumask_var(p);
		if (!err)
			free_cpumask_var(cb);
		return err ? err : -ENOMEM;
	}
	call->masks[0] = p;
	call->masks[1] = cb;
	return call_and_answer(c, call);
}

static void do_add_cpu(struct call *call)
{
	call_result(call, padata_add_cpu(pinst, call->args[0], call->args[1]));
}

int cmd_add_cpu(const struct command *c)
{
	return call_with_numbers(c, do_add_cpu);
}

static void do_remove_cpu(struct call *call)
{
	call_result(call, padata_remove_cpu(pinst, call->args[0], call->args[1]));
}

int cmd_remove_cpu(const struct command *c)
{
	return call_with_numbers(c, do_remove_cpu);
}
#endif

int cmd_sysfs_add(const struct command *c)
{
	char text[16];
	int err = kobject_add(&pinst->kobj, kernel_kobj, "padata_driver");

	answer(c, "%s", error_name(err, text, sizeof(text)));
	return 0;
}

static struct attribute *attribute_in(const struct command *c)
{
	char name[32];
	struct attribute **attr;

	if (c->argc < 2)
		return NULL;
	snprintf(name, sizeof(name), "%s_cpumask", c->argv[1]);
	for (attr = get_ktype(&pinst->kobj)->default_attrs; *attr; attr++)
		if (!strcmp((*attr)->name, name))
			return *attr;
	return NULL;
}

static const char escaped[] = "\n\t\r\0\"\\", letters[] = "ntr0\"\\";

int cmd_show(const struct command *c)
{
	struct attribute *attr = attribute_in(c);
	char *page, text[128], *at = text;
	ssize_t length, i;

	if (!attr)
		return -EINVAL;
	page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	length = get_ktype(&pinst->kobj)->sysfs_ops->show(&pinst->kobj, attr, page);
	if (length < 0) {
		answer(c, "%s", error_name((int)length, text, sizeof(text)));
		kfree(page);
		return 0;
	}
	for (i = 0; i < length && at < text + sizeof(text) - 3; i++) {
		const char *special = memchr(escaped, page[i], sizeof(letters) - 1);

		if (special)
			*at++ = '\\';
		*at++ = special ? letters[special - escaped] : page[i];
	}
	*at = '\0';
	answer(c, "%zd \"%s\"", length, text);
	kfree(page);
	return 0;
}

/* A quoted text becomes what it stands for, in place. */
static int unquote(char *text, size_t *length)
{
	char *from = text + 1, *to = text;

	if (*text != '"')
		return -EINVAL;
	while (*from != '"') {
		const char *letter = *from == '\\' ? strchr(letters, from[1]) : NULL;

		if (*from == '\\' && !letter)
			return -EINVAL;
		*to++ = letter ? escaped[letter - letters] : *from;
		from += letter ? 2 : 1;
	}
	*to = '\0';
	*length = to - text;
	return 0;
}

static void do_store(struct call *call)
{
	struct kobj_type *ktype = get_ktype(&pinst->kobj);

	call_result(call,
		    (int)ktype->sysfs_ops->store(&pinst->kobj, ktype->default_attrs[call->args[0]],
						 call->text, call->length));
}

int cmd_store(const struct command *c)
{
	struct attribute *attr = attribute_in(c), **attrs = get_ktype(&pinst->kobj)->default_attrs;
	struct call *call;

	if (!attr || c->argc < 3)
		return -EINVAL;
	call = call_new(c, do_store);
	if (!call)
		return -ENOMEM;
	while (attrs[call->args[0]] != attr)
		call->args[0]++;
	call->text = kstrdup(c->argv[2], GFP_KERNEL);
	if (!call->text || unquote(call->text, &call->length)) {
		kfree(call->text);
		kfree(call->line);
		kfree(call);
		return -EINVAL;
	}
	return call_and_answer(c, call);
}

int cmd_quiet(const struct command *c)
{
	quiet();
	if (pinst)
		answer(c, "refcnt=%d", pd_refcnt(pinst->pd));
	else
		answer(c, "no instance");
	return 0;
}

static void nothing(struct work_struct *work)
{
}

/*
 * Wait until nothing is queued and the timer does not run. @return is the timer armed all the same?
 */
bool settle(void)
{
	unsigned long end = jiffies + TIMER_LIMIT_S * HZ;

	do {
		while (timer_pending(&pinst->pd->timer) && time_before(jiffies, end)) {
			quiet();
			msleep(1);
		}
		// A handler that runs just now is about to queue work: it is through when each CPU
		// has run something else.
		schedule_on_each_cpu(nothing);
		quiet();
	} while (timer_pending(&pinst->pd->timer) && time_before(jiffies, end));
	return timer_pending(&pinst->pd->timer);
}

int cmd_settle(const struct command *c)
{
	bool armed = settle();

	answer(c, "refcnt=%d timer=%s", pd_refcnt(pinst->pd), armed ? "armed" : "idle");
	return 0;
}

int cmd_timer(const struct command *c)
{
	answer(c, timer_pending(&pinst->pd->timer) ? "armed" : "idle");
	return 0;
}

int cmd_state(const struct command *c)
{
	struct parallel_data *pd = pinst->pd;
	char *index = kmalloc(PAGE_SIZE, GFP_KERNEL);
	int cpu, length = 0;

	if (!index)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		length += scnprintf(index + length, PAGE_SIZE - length, ",%d",
				    per_cpu_ptr(pd->pqueue, cpu)->cpu_index);
	answer(c,
	       "flags=%s user=%*pb/%*pb usable=%*pb/%*pb "
	       "refcnt=%d reorder=%d processed=%u seq=%d index=%s",
	       flags_text(pinst->flags), cpumask_pr_args(pinst->cpumask.pcpu),
	       cpumask_pr_args(pinst->cpumask.cbcpu), cpumask_pr_args(pd->cpumask.pcpu),
	       cpumask_pr_args(pd->cpumask.cbcpu), pd_refcnt(pd), pd_waiting(pd), pd->processed,
	       atomic_read(&pd->seq_nr), index + 1);
	kfree(index);
	return 0;
}

/* The number is one of 32 bits, and may be written with a sign or without. */
int cmd_seq(const struct command *c)
{
	struct parallel_data *pd = pinst->pd;
	s64 n;

	if (c->argc < 2 || kstrtos64(c->argv[1], 10, &n) || n < INT_MIN || n > UINT_MAX)
		return -EINVAL;
	atomic_set(&pd->seq_nr, n - 1);
	pd->processed = n;
	pd_set_serialised(pd, n);
	answer(c, "0");
	return 0;
}

int instance_init(void)
{
	pinst = NULL;
	return 0;
}

/* Nobody but the driver has references. */
void instance_exit(void)
{
	int left;

	if (!pinst)
		return;
	for (left = references(); left > 0; left--)
		kobject_put(&pinst->kobj);
	pinst = NULL;
}
