// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/completion.h>. done counts, and is what sleepers sleep on.
#ifndef PADATA_LINUX_COMPLETION_H
#define PADATA_LINUX_COMPLETION_H

#include <linux/types.h>
#include <linux/wait.h>

struct completion {
	unsigned int done;
	wait_queue_head_t wait;
};

#define COMPLETION_INITIALIZER(work) { 0, __WAIT_QUEUE_HEAD_INITIALIZER((work).wait) }
#define DECLARE_COMPLETION(work) struct completion work = COMPLETION_INITIALIZER(work)
#define DECLARE_COMPLETION_ONSTACK(work) DECLARE_COMPLETION(work)

static inline void init_completion(struct completion *x)
{
	*x = (struct completion)COMPLETION_INITIALIZER(*x);
}

static inline void reinit_completion(struct completion *x)
{
	x->done = 0;
}

void complete(struct completion *x);
void complete_all(struct completion *x);
bool completion_done(struct completion *x);
bool try_wait_for_completion(struct completion *x);
void wait_for_completion(struct completion *x);
// timeout in jiffies. 0 if it was over first, else what is left of it, at least 1.
unsigned long wait_for_completion_timeout(struct completion *x, unsigned long timeout);

#endif
