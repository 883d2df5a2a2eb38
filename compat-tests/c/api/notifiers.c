// SPDX-License-Identifier: GPL-2.0-only
//
// Notifier chains of a client's own, with blocks on the stack and in static memory.
#include <linux/notifier.h>

#include "api.h"

static BLOCKING_NOTIFIER_HEAD(blocking);
static ATOMIC_NOTIFIER_HEAD(atomic);
static RAW_NOTIFIER_HEAD(raw);

struct own_block {
	struct notifier_block nb;
	int nr, ret;
};

static int order;

static int note(struct notifier_block *nb, unsigned long action, void *data)
{
	struct own_block *own = container_of(nb, struct own_block, nb);

	CHECK(action == 7 && data == &order);
	order = order * 10 + own->nr;
	return own->ret;
}

static struct own_block first = { { .notifier_call = note, .priority = 10 }, 1, NOTIFY_OK };
static struct own_block third = { { .notifier_call = note, .priority = -5 }, 3, NOTIFY_DONE };

TEST(atomic_chains, ALL)
{
	struct own_block second = { { .notifier_call = note }, 2, NOTIFY_OK };
	int nr = 0;

	CHECK(atomic_notifier_chain_register(&atomic, &third.nb) == 0 &&
	      atomic_notifier_chain_register(&atomic, &first.nb) == 0);
	CHECK(atomic_notifier_chain_register(&atomic, &second.nb) == 0);
	order = 0;
	CHECK(atomic_notifier_call_chain(&atomic, 7, &order) == NOTIFY_DONE && order == 123);
	second.ret = NOTIFY_BAD;
	order = 0;
	CHECK(__atomic_notifier_call_chain(&atomic, 7, &order, -1, &nr) == NOTIFY_BAD &&
	      order == 12 && nr == 2);
	CHECK(notifier_to_errno(notifier_from_errno(-EPERM)) == -EPERM);
	// Unregistering waits for readers in a kernel: it is for where one may sleep.
	if (api_context & SLEEP) {
		CHECK(atomic_notifier_chain_unregister(&atomic, &second.nb) == 0);
		CHECK(atomic_notifier_chain_unregister(&atomic, &first.nb) == 0 &&
		      atomic_notifier_chain_unregister(&atomic, &third.nb) == 0);
		CHECK(atomic_notifier_chain_unregister(&atomic, &third.nb) == -ENOENT);
	}
	ATOMIC_INIT_NOTIFIER_HEAD(&atomic);
}

TEST(raw_chains, ALL)
{
	struct own_block second = { { .notifier_call = note }, 2, NOTIFY_OK };
	int nr = 0;

	CHECK(raw_notifier_chain_register(&raw, &second.nb) == 0 &&
	      raw_notifier_chain_register(&raw, &first.nb) == 0);
	order = 0;
	CHECK(raw_notifier_call_chain(&raw, 7, &order) == NOTIFY_OK && order == 12);
	order = 0;
	CHECK(__raw_notifier_call_chain(&raw, 7, &order, 1, &nr) == NOTIFY_OK && order == 1 &&
	      nr == 1);
	CHECK(raw_notifier_chain_unregister(&raw, &second.nb) == 0 &&
	      raw_notifier_chain_unregister(&raw, &first.nb) == 0);
	CHECK(raw_notifier_chain_unregister(&raw, &first.nb) == -ENOENT && raw.head == NULL);
}

TEST(blocking_chains, SLEEP)
{
	struct own_block second = { { .notifier_call = note }, 2, NOTIFY_OK };
	int nr = 0;

	CHECK(blocking_notifier_chain_register(&blocking, &third.nb) == 0 &&
	      blocking_notifier_chain_register(&blocking, &first.nb) == 0);
	CHECK(blocking_notifier_chain_register(&blocking, &second.nb) == 0);
	CHECK(blocking_notifier_chain_register(&blocking, &second.nb) == -EEXIST);
	order = 0;
	CHECK(blocking_notifier_call_chain(&blocking, 7, &order) == NOTIFY_DONE && order == 123);
	order = 0;
	CHECK(__blocking_notifier_call_chain(&blocking, 7, &order, 2, &nr) == NOTIFY_OK &&
	      order == 12 && nr == 2);
	CHECK(blocking_notifier_chain_unregister(&blocking, &first.nb) == 0 &&
	      blocking_notifier_chain_unregister(&blocking, &second.nb) == 0);
	CHECK(blocking_notifier_chain_unregister(&blocking, &third.nb) == 0);
	CHECK(blocking_notifier_chain_unregister(&blocking, &third.nb) == -ENOENT);
}
