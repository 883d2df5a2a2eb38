// SPDX-License-Identifier: GPL-2.0-only
//
// Notifier blocks: each records what it is called with, and answers as it was told to.
#include "driver.h"

#include <linux/mutex.h>
#include <linux/string.h>

enum { BLOCKS = 16 };
enum { NO_CALL, START, STOP, UNREGISTER };

struct block {
	struct notifier_block nb;
	int id, ret, call;
};

// In allocated memory: what is static has a copy for the kernel here, and the copies are allocated.
static struct {
	struct block blocks[BLOCKS];
	struct padata_priv probe;
} *mine;
static unsigned int registered;

const char *flags_text(unsigned int flags)
{
	static const char *const texts[] = {
		"0",       "INIT",         "RESET",         "INIT|RESET",
		"INVALID", "INIT|INVALID", "RESET|INVALID", "INIT|RESET|INVALID",
	};

	return texts[(flags & PADATA_INIT ? 1 : 0) | (flags & PADATA_RESET ? 2 : 0) |
		     (flags & PADATA_INVALID ? 4 : 0)];
}

static int notify(struct notifier_block *nb, unsigned long action, void *data)
{
	struct block *block = container_of(nb, struct block, nb);
	struct padata_cpumask *masks = data;
	unsigned int flags = pinst->flags, first = cpumask_first(masks->cbcpu);
	char text[16];
	int err = padata_do_parallel(pinst, &mine->probe, first < nr_cpu_ids ? first : 0);

	event("! notify id=%d action=%lu pcpu=%*pb cbcpu=%*pb "
	      "flags=%s user=%*pb/%*pb locked=%s current=%s submit=%s\n",
	      block->id, action, cpumask_pr_args(masks->pcpu), cpumask_pr_args(masks->cbcpu),
	      flags_text(flags), cpumask_pr_args(pinst->cpumask.pcpu),
	      cpumask_pr_args(pinst->cpumask.cbcpu), mutex_is_locked(&pinst->lock) ? "yes" : "no",
	      masks == &pinst->pd->cpumask ? "yes" : "no", error_name(err, text, sizeof(text)));
	switch (block->call) {
	case START:
		padata_start(pinst);
		break;
	case STOP:
		padata_stop(pinst);
		break;
	case UNREGISTER:
		padata_unregister_cpumask_notifier(pinst, nb);
		break;
	}
	return block->ret;
}

static int ret_in(const struct command *c, int i, int *ret)
{
	static const struct {
		const char *name;
		int ret;
	} named[] = {
		{ "DONE", NOTIFY_DONE }, { "OK", NOTIFY_OK },    { "STOP", NOTIFY_STOP },
		{ "BAD", NOTIFY_BAD },   { "-EINVAL", -EINVAL }, { "-ENOMEM", -ENOMEM },
	};
	size_t n;

	for (n = 0; i < c->argc && n < ARRAY_SIZE(named); n++)
		if (!strcmp(c->argv[i], named[n].name)) {
			*ret = named[n].ret;
			return 0;
		}
	return number_in(c, i, ret);
}

static int call_in(const struct command *c, int i, int *call)
{
	static const char *const names[] = { "start", "stop", "unregister" };
	int n = i < c->argc ? match_string(names, ARRAY_SIZE(names), c->argv[i]) : -1;

	*call = n + 1;
	return i < c->argc && n < 0 ? -EINVAL : 0;
}

static int block_in(const struct command *c, struct block **block)
{
	int id, err = number_in(c, 1, &id);

	if (err || id < 0 || id >= BLOCKS)
		return -EINVAL;
	*block = &mine->blocks[id];
	return 0;
}

static void do_register(struct call *call)
{
	int err = padata_register_cpumask_notifier(pinst, call->nb);

	if (err == 0)
		registered |= 1u << call->args[0];
	call_result(call, err);
}

static void do_unregister(struct call *call)
{
	int err = padata_unregister_cpumask_notifier(pinst, call->nb);

	if (err == 0)
		registered &= ~(1u << call->args[0]);
	call_result(call, err);
}

static int call_with_block(const struct command *c, struct block *block, void (*fn)(struct call *))
{
	struct call *call = call_new(c, fn);

	if (!call)
		return -ENOMEM;
	call->nb = &block->nb;
	call->args[0] = (int)(block - mine->blocks);
	return call_and_answer(c, call);
}

int cmd_notifier_register(const struct command *c)
{
	struct block *block, new = { .nb.notifier_call = notify };

	if (block_in(c, &block) || number_in(c, 2, &new.nb.priority) || ret_in(c, 3, &new.ret) ||
	    call_in(c, 4, &new.call))
		return -EINVAL;
	new.id = (int)(block - mine->blocks);
	// The same block a second time: as it is, in its place in the chain.
	if (!(registered & 1u << new.id))
		*block = new;
	return call_with_block(c, block, do_register);
}

int cmd_notifier_unregister(const struct command *c)
{
	struct block *block;

	return block_in(c, &block) ? -EINVAL : call_with_block(c, block, do_unregister);
}

/* They were the instance's. */
void notifiers_are_gone(void)
{
	registered = 0;
}

int notifier_init(void)
{
	registered = 0;
	mine = kzalloc(sizeof(*mine), GFP_KERNEL);
	if (!mine)
		return -ENOMEM;
	prepare_probe(&mine->probe);
	return 0;
}

void notifier_exit(void)
{
	kfree(mine);
	mine = NULL;
}
