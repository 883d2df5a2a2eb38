// SPDX-License-Identifier: GPL-2.0-only
//
// The file /proc/padata_driver: a command is one write(), what came of it is read back. What a
// kernel leaves to its user is left to him: the files below /sys, failing allocations, and the end
// of the scenario (driver.mjs; on a kernel, a shell script).
//
// Two lines are no commands of the protocol: an empty one prints what has happened meanwhile, `end`
// lets go of held objects, and waits.
#include "driver.h"

#include <linux/fs.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

enum { LINE_MAX_ = 4096, OUT_MAX = 1 << 20, EVENTS_MAX = 1 << 18 };

static char *out, *events;
static size_t out_length, events_length;
static DEFINE_SPINLOCK(events_lock);
// One command at a time.
static DEFINE_MUTEX(control);

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	out_length += vscnprintf(out + out_length, OUT_MAX - out_length, fmt, ap);
	va_end(ap);
}

/* Something that happens in any task, while a command is carried out. */
void event(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	spin_lock(&events_lock);
	events_length += vscnprintf(events + events_length, EVENTS_MAX - events_length, fmt, ap);
	spin_unlock(&events_lock);
	va_end(ap);
}

void print_events(void)
{
	spin_lock(&events_lock);
	say("%.*s", (int)events_length, events);
	events_length = 0;
	spin_unlock(&events_lock);
}

/* The result of a command, behind what has happened meanwhile. */
void answer(const struct command *c, const char *fmt, ...)
{
	va_list ap;

	// Nothing is held that a blocked call could wait for: then it returns, and that belongs to
	// this command.
	print_late_results(objects_held() == 0);
	say("%s => ", strcmp(c->argv[0], "trace") ? c->line : "trace");
	va_start(ap, fmt);
	out_length += vscnprintf(out + out_length, OUT_MAX - out_length, fmt, ap);
	va_end(ap);
	say("\n");
}

/* As the traces have it: -EINVAL, else the number. */
const char *error_name(int err, char *text, size_t size)
{
	static const struct {
		int err;
		const char *name;
	} names[] = {
		{ EINVAL, "-EINVAL" }, { EBUSY, "-EBUSY" },         { ENOMEM, "-ENOMEM" },
		{ ENOENT, "-ENOENT" }, { EOVERFLOW, "-EOVERFLOW" }, { EIO, "-EIO" },
		{ EEXIST, "-EEXIST" }, { EDEADLK, "-EDEADLK" },     { EFAULT, "-EFAULT" },
		{ ENODEV, "-ENODEV" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (err == -names[i].err)
			return names[i].name;
	snprintf(text, size, "%d", err);
	return text;
}

int number_in(const struct command *c, int i, int *n)
{
	return i < c->argc ? kstrtoint(c->argv[i], 10, n) : -EINVAL;
}

static int cmd_env(const struct command *c)
{
	answer(c, "nr_cpu_ids=%u possible=%*pb online=%*pb", nr_cpu_ids,
	       cpumask_pr_args(cpu_possible_mask), cpumask_pr_args(cpu_online_mask));
	return 0;
}

static const struct {
	const char *name;
	int (*fn)(const struct command *c);
	bool needs_instance;
} commands[] = {
	{ "env", cmd_env },
	{ "alloc_possible", cmd_alloc_possible },
	{ "quiet", cmd_quiet },
	{ "cpu", cmd_cpu },
	{ "release", cmd_release },
	{ "release_missed", cmd_release_missed },
	{ "again", cmd_again },
	{ "reset", cmd_reset },
	{ "trace", cmd_trace },
	{ "summary", cmd_summary },
	{ "start", cmd_start, true },
	{ "stop", cmd_stop, true },
	{ "free", cmd_free, true },
	{ "kobj_get", cmd_kobj_get, true },
	{ "kobj_put", cmd_kobj_put, true },
	{ "set_cpumask", cmd_set_cpumask, true },
	{ "notifier_register", cmd_notifier_register, true },
	{ "notifier_unregister", cmd_notifier_unregister, true },
	{ "sysfs_add", cmd_sysfs_add, true },
	{ "show", cmd_show, true },
	{ "store", cmd_store, true },
	{ "submit", cmd_submit, true },
	{ "settle", cmd_settle, true },
	{ "timer", cmd_timer, true },
	{ "state", cmd_state, true },
	{ "seq", cmd_seq, true },
#ifdef HAVE_DOCUMENTED_FUNCTIONS
	{ "alloc", cmd_alloc },
	{ "set_cpumasks", cmd_set_cpumasks, true },
	{ "add_cpu", cmd_add_cpu, true },
	{ "remove_cpu", cmd_remove_cpu, true },
#endif
};

/* Cut a line at its blanks. A quoted text is one word, with its quotes. */
static int split(struct command *c, char *text)
{
	char *at = text;

	while (*(at = skip_spaces(at))) {
		if (c->argc == ARRAY_SIZE(c->argv))
			return -E2BIG;
		c->argv[c->argc++] = at;
		if (*at == '"') {
			for (at++; *at && *at != '"'; at++)
				if (*at == '\\' && at[1])
					at++;
			if (*at++ != '"')
				return -EINVAL;
		} else {
			at += strcspn(at, " ");
		}
		if (*at)
			*at++ = '\0';
	}
	return 0;
}

static int run(const char *line)
{
	struct command c = { .line = line };
	char *text;
	size_t i;
	int err;

	if (!strncmp(line, "echo ", 5)) {
		say("-- %s\n", line + 5);
		return 0;
	}
	text = kstrdup(line, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	err = split(&c, text);
	if (err)
		goto out;
	if (c.argc == 0 || !strcmp(c.argv[0], "end")) {
		if (c.argc)
			release_everything();
		print_late_results(c.argc);
		// Whatever is still on its way shall not be when the module is unloaded.
		if (c.argc && pinst)
			settle();
		goto out;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(c.argv[0], commands[i].name))
			break;
	if (i == ARRAY_SIZE(commands))
		answer(&c, "unsupported");
	else if (commands[i].needs_instance && !pinst)
		answer(&c, "no instance");
	else
		err = commands[i].fn(&c);
out:
	kfree(text);
	return err;
}

static ssize_t driver_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	char *line;
	int err;

	if (count >= LINE_MAX_)
		return -E2BIG;
	line = kmalloc(count + 1, GFP_KERNEL);
	if (!line)
		return -ENOMEM;
	if (copy_from_user(line, buf, count)) {
		kfree(line);
		return -EFAULT;
	}
	line[count] = '\0';
	line[strcspn(line, "\n")] = '\0';
	mutex_lock(&control);
	out_length = 0;
	err = run(line);
	mutex_unlock(&control);
	kfree(line);
	return err ? err : (ssize_t)count;
}

static ssize_t driver_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	ssize_t got;

	mutex_lock(&control);
	got = simple_read_from_buffer(buf, count, pos, out, out_length);
	mutex_unlock(&control);
	return got;
}

static const struct file_operations driver_fops = {
	.owner = THIS_MODULE,
	.read = driver_read,
	.write = driver_write,
	.llseek = default_llseek,
};

static void driver_leave(void)
{
	instance_exit();
	objects_exit();
	notifier_exit();
	if (wq)
		destroy_workqueue(wq);
	vfree(out);
	vfree(events);
}

static int __init driver_init(void)
{
	out_length = events_length = 0;
	out = vmalloc(OUT_MAX);
	events = vmalloc(EVENTS_MAX);
	// As pcrypt's.
	wq = alloc_workqueue("padata_driver", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!out || !events || !wq || instance_init() || objects_init() || notifier_init() ||
	    !proc_create("padata_driver", 0600, NULL, &driver_fops)) {
		driver_leave();
		return -ENOMEM;
	}
	return 0;
}

static void __exit driver_exit(void)
{
	remove_proc_entry("padata_driver", NULL);
	driver_leave();
}

module_init(driver_init);
module_exit(driver_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("drives padata by the commands of the conformance suite");
