// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/srcu.h>. All domains are one, that of <linux/rcupdate.h>, whose readers may sleep
// too: so synchronize_srcu() also waits for readers of other domains.
#ifndef PADATA_LINUX_SRCU_H
#define PADATA_LINUX_SRCU_H

#include <linux/mutex.h>
#include <linux/rcupdate.h>

struct srcu_struct {
	int unused;
};

#define __DEFINE_SRCU(name, is_static) is_static struct srcu_struct name
#define DEFINE_SRCU(name) __DEFINE_SRCU(name, )
#define DEFINE_STATIC_SRCU(name) __DEFINE_SRCU(name, static)

static inline int init_srcu_struct(struct srcu_struct *ssp)
{
	ssp->unused = 0;
	return 0;
}

static inline void cleanup_srcu_struct(struct srcu_struct *ssp)
{
	(void)ssp;
}

static inline int srcu_read_lock(struct srcu_struct *ssp)
{
	(void)ssp;
	rcu_read_lock();
	return 0;
}

static inline void srcu_read_unlock(struct srcu_struct *ssp, int idx)
{
	(void)ssp;
	(void)idx;
	rcu_read_unlock();
}

static inline int srcu_read_lock_held(const struct srcu_struct *ssp)
{
	(void)ssp;
	return 1;
}

static inline void synchronize_srcu(struct srcu_struct *ssp)
{
	(void)ssp;
	synchronize_rcu();
}

static inline void synchronize_srcu_expedited(struct srcu_struct *ssp)
{
	synchronize_srcu(ssp);
}

static inline void call_srcu(struct srcu_struct *ssp, struct rcu_head *head,
			     void (*func)(struct rcu_head *head))
{
	(void)ssp;
	call_rcu(head, func);
}

static inline void srcu_barrier(struct srcu_struct *ssp)
{
	(void)ssp;
	rcu_barrier();
}

#define srcu_dereference(p, ssp) ((void)(ssp), rcu_dereference(p))
#define srcu_dereference_check(p, ssp, c) ((void)(ssp), rcu_dereference_check(p, c))

#endif
