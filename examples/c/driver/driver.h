// SPDX-License-Identifier: GPL-2.0-only
//
// A driver of the conformance suite (docs/driver-protocol.md) as a kernel module. Written against
// <linux/padata.h> of 4.18; what only this port's header has stands below, in one place.
#ifndef DRIVER_H
#define DRIVER_H

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/completion.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/padata.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#ifdef PADATA_LINUX_PADATA_H
// padata_alloc(), padata_set_cpumasks() and padata_add_cpu() of the document, which 4.18 does not
// export.
#define HAVE_DOCUMENTED_FUNCTIONS

// Objects in flight: what has been accepted, less what has been serialised, is the refcnt of 4.18.
static inline int pd_refcnt(struct parallel_data *pd)
{
	int serialised = atomic_read(&pd->serialised);

	return atomic_read(&pd->seq_nr) + 1 - serialised;
}

// Objects that wait for their turn: those in the lists of 4.18, and those in the ring that is there
// in their place.
static inline int pd_waiting(struct parallel_data *pd)
{
	int n = atomic_read(&pd->reorder_objects), i;

	for (i = 0; i < (pd->ring_mask + 1024) / 4; i++)
		n += READ_ONCE(pd->ring[i]) != 0;
	return n;
}

static inline void pd_set_serialised(struct parallel_data *pd, int n)
{
	atomic_set(&pd->serialised, n);
	// Threads remember how far it was, by this number.
	pd->id += 1 << 20;
}

static inline bool pd_is_waited_for(struct parallel_data *pd)
{
	return READ_ONCE(pd->flush_waits) != 0;
}
#else
static inline int pd_refcnt(struct parallel_data *pd)
{
	return atomic_read(&pd->refcnt);
}

static inline int pd_waiting(struct parallel_data *pd)
{
	return atomic_read(&pd->reorder_objects);
}

static inline void pd_set_serialised(struct parallel_data *pd, int n)
{
}

// It crashes instead.
static inline bool pd_is_waited_for(struct parallel_data *pd)
{
	return false;
}
#endif

// A command: its line, and that cut at blanks; a quoted text is one word.
struct command {
	const char *line;
	int argc;
	char *argv[8];
};

// A call that may sleep until objects have been serialised, and what it has come to.
struct call {
	char *line;
	void (*fn)(struct call *call);
	int args[2];
	cpumask_var_t masks[2];
	char *text;
	size_t length;
	struct notifier_block *nb;
	char result[64];
	struct completion begun, done;
	struct task_struct *task;
	struct list_head list;
};

extern struct workqueue_struct *wq;
extern struct padata_instance *pinst;

// driver.c: what is answered
void answer(const struct command *c, const char *fmt, ...) __printf(2, 3);
void say(const char *fmt, ...) __printf(1, 2);
void event(const char *fmt, ...) __printf(1, 2);
void print_events(void);
const char *error_name(int err, char *text, size_t size);
int number_in(const struct command *c, int i, int *n);

// calls.c
struct call *call_new(const struct command *c, void (*fn)(struct call *call));
void call_result(struct call *call, int ret);
int call_and_answer(const struct command *c, struct call *call);
void print_late_results(bool wait);
void quiet(void);

// instance.c
int instance_init(void);
void instance_exit(void);
int cmd_alloc(const struct command *c);
int cmd_alloc_possible(const struct command *c);
int cmd_start(const struct command *c);
int cmd_stop(const struct command *c);
int cmd_free(const struct command *c);
int cmd_kobj_get(const struct command *c);
int cmd_kobj_put(const struct command *c);
int cmd_set_cpumask(const struct command *c);
int cmd_set_cpumasks(const struct command *c);
int cmd_add_cpu(const struct command *c);
int cmd_remove_cpu(const struct command *c);
int cmd_cpu(const struct command *c);
int cmd_sysfs_add(const struct command *c);
int cmd_show(const struct command *c);
int cmd_store(const struct command *c);
int cmd_quiet(const struct command *c);
int cmd_settle(const struct command *c);
int cmd_timer(const struct command *c);
int cmd_state(const struct command *c);
int cmd_seq(const struct command *c);
bool settle(void);

// notifier.c
int notifier_init(void);
void notifier_exit(void);
void notifiers_are_gone(void);
int cmd_notifier_register(const struct command *c);
int cmd_notifier_unregister(const struct command *c);
const char *flags_text(unsigned int flags);

// objects.c
int objects_init(void);
void objects_exit(void);
void prepare_probe(struct padata_priv *probe);
int objects_held(void);
bool held_objects_are_waited_for(void);
void release_everything(void);
int cmd_submit(const struct command *c);
int cmd_release(const struct command *c);
int cmd_release_missed(const struct command *c);
int cmd_again(const struct command *c);
int cmd_reset(const struct command *c);
int cmd_trace(const struct command *c);
int cmd_summary(const struct command *c);

#endif
