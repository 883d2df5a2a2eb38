// SPDX-License-Identifier: GPL-2.0-only
//
// Readers in all contexts; grace periods where one may sleep.
#include <linux/rcupdate.h>

#include "api.h"

struct object {
	int value;
	struct rcu_head rcu;
};

static struct object __rcu *pointer;
static int calls;

TEST(readers, ALL)
{
	struct object object = { .value = 3 };

	rcu_assign_pointer(pointer, &object);
	rcu_read_lock();
	rcu_read_lock();
	CHECK(rcu_dereference(pointer)->value == 3);
	rcu_read_unlock();
	rcu_read_unlock();
	rcu_read_lock_bh();
	CHECK(rcu_dereference_bh(pointer)->value == 3 && in_softirq());
	rcu_read_unlock_bh();
	RCU_INIT_POINTER(pointer, NULL);
}

static void count_call(struct rcu_head *head)
{
	calls += container_of(head, struct object, rcu)->value;
	kfree(container_of(head, struct object, rcu));
}

TEST(callbacks, ALL)
{
	struct object *object = kmalloc(sizeof(*object), GFP_ATOMIC);

	CHECK(object != NULL);
	object->value = 1;
	call_rcu(&object->rcu, count_call);
	object = kmalloc(sizeof(*object), GFP_ATOMIC);
	kfree_rcu(object, rcu);
}

TEST(grace_periods, SLEEP)
{
	struct object *object = kmalloc(sizeof(*object), GFP_KERNEL);

	rcu_barrier();
	calls = 0;
	object->value = 5;
	call_rcu(&object->rcu, count_call);
	rcu_barrier();
	CHECK(calls == 5);
	synchronize_rcu();
}
