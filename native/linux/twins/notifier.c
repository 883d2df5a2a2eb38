// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/notifier.h>: chains of a client's own. The twin is lib/linux/notifier.ts, which has
// padata's chains. There are two because a chain of C may lie outside of the machine's memory, and
// because TypeScript has blocking chains only. As there, a block that is on the chain already is
// refused.
#include <linux/errno.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "runtime.h"

static int insert(struct notifier_block **link, struct notifier_block *nb)
{
	for (struct notifier_block *at = *link; at != NULL; at = at->next)
		if (at == nb)
			return -EEXIST;
	while (*link != NULL && nb->priority <= (*link)->priority)
		link = &(*link)->next;
	nb->next = *link;
	// Chains that are called without a lock see the block complete.
	__atomic_store_n(link, nb, __ATOMIC_RELEASE);
	return 0;
}

static int take_out(struct notifier_block **link, struct notifier_block *nb)
{
	while (*link != NULL && *link != nb)
		link = &(*link)->next;
	if (*link == NULL)
		return -ENOENT;
	__atomic_store_n(link, nb->next, __ATOMIC_RELEASE);
	return 0;
}

static int call_all(struct notifier_block **head, unsigned long val, void *v, int nr_to_call,
		    int *nr_calls)
{
	struct notifier_block *nb = __atomic_load_n(head, __ATOMIC_ACQUIRE);
	int ret = NOTIFY_DONE;

	while (nb != NULL && nr_to_call-- != 0) {
		// The callback may take its block out and free it.
		struct notifier_block *next = __atomic_load_n(&nb->next, __ATOMIC_ACQUIRE);
		ret = nb->notifier_call(nb, val, v);
		if (nr_calls != NULL)
			(*nr_calls)++;
		if (ret & NOTIFY_STOP_MASK)
			break;
		nb = next;
	}
	return ret;
}

EXPORT_C int blocking_notifier_chain_register(struct blocking_notifier_head *nh,
					      struct notifier_block *nb)
{
	int err;

	down_write(&nh->rwsem);
	err = insert(&nh->head, nb);
	up_write(&nh->rwsem);
	return err;
}

EXPORT_C int blocking_notifier_chain_unregister(struct blocking_notifier_head *nh,
						struct notifier_block *nb)
{
	int err;

	down_write(&nh->rwsem);
	err = take_out(&nh->head, nb);
	up_write(&nh->rwsem);
	return err;
}

EXPORT_C int __blocking_notifier_call_chain(struct blocking_notifier_head *nh, unsigned long val,
					    void *v, int nr_to_call, int *nr_calls)
{
	int ret;

	if (__atomic_load_n(&nh->head, __ATOMIC_ACQUIRE) == NULL)
		return NOTIFY_DONE;
	down_read(&nh->rwsem);
	ret = call_all(&nh->head, val, v, nr_to_call, nr_calls);
	up_read(&nh->rwsem);
	return ret;
}

EXPORT_C int blocking_notifier_call_chain(struct blocking_notifier_head *nh, unsigned long val,
					  void *v)
{
	return __blocking_notifier_call_chain(nh, val, v, -1, NULL);
}

EXPORT_C int atomic_notifier_chain_register(struct atomic_notifier_head *nh,
					    struct notifier_block *nb)
{
	int err;

	spin_lock(&nh->lock);
	err = insert(&nh->head, nb);
	spin_unlock(&nh->lock);
	return err;
}

EXPORT_C int atomic_notifier_chain_unregister(struct atomic_notifier_head *nh,
					      struct notifier_block *nb)
{
	int err;

	spin_lock(&nh->lock);
	err = take_out(&nh->head, nb);
	spin_unlock(&nh->lock);
	synchronize_rcu();
	return err;
}

EXPORT_C int __atomic_notifier_call_chain(struct atomic_notifier_head *nh, unsigned long val,
					  void *v, int nr_to_call, int *nr_calls)
{
	int ret;

	rcu_read_lock();
	ret = call_all(&nh->head, val, v, nr_to_call, nr_calls);
	rcu_read_unlock();
	return ret;
}

EXPORT_C int atomic_notifier_call_chain(struct atomic_notifier_head *nh, unsigned long val, void *v)
{
	return __atomic_notifier_call_chain(nh, val, v, -1, NULL);
}

EXPORT_C int raw_notifier_chain_register(struct raw_notifier_head *nh, struct notifier_block *nb)
{
	return insert(&nh->head, nb);
}

EXPORT_C int raw_notifier_chain_unregister(struct raw_notifier_head *nh, struct notifier_block *nb)
{
	return take_out(&nh->head, nb);
}

EXPORT_C int __raw_notifier_call_chain(struct raw_notifier_head *nh, unsigned long val, void *v,
				       int nr_to_call, int *nr_calls)
{
	return call_all(&nh->head, val, v, nr_to_call, nr_calls);
}

EXPORT_C int raw_notifier_call_chain(struct raw_notifier_head *nh, unsigned long val, void *v)
{
	return call_all(&nh->head, val, v, -1, NULL);
}
