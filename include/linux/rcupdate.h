// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/rcupdate.h>. synchronize_rcu() waits for readers of both flavours, as on a kernel without preemption.
#ifndef PADATA_LINUX_RCUPDATE_H
#define PADATA_LINUX_RCUPDATE_H

#include <linux/atomic.h>
#include <linux/compiler.h>

void rcu_read_lock(void);
void rcu_read_unlock(void);
void rcu_read_lock_bh(void);
void rcu_read_unlock_bh(void);
void synchronize_rcu(void);

// What the pointer leads to is ordered behind it by the dependency.
#define rcu_dereference(p) READ_ONCE(p)
#define rcu_dereference_bh(p) READ_ONCE(p)
// What v points to was written before.
#define rcu_assign_pointer(p, v) smp_store_release(&(p), (v))
#define RCU_INIT_POINTER(p, v) WRITE_ONCE(p, v)

#endif
