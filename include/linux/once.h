// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/once.h>: call something the first time only. Who comes meanwhile waits until it has
// been called.
#ifndef PADATA_LINUX_ONCE_H
#define PADATA_LINUX_ONCE_H

#include <linux/spinlock.h>
#include <linux/types.h>

#define DO_ONCE(func, ...) ({ \
	static DEFINE_SPINLOCK(once_lock_); \
	static bool once_done_; \
	bool once_first_ = false; \
	if (!__atomic_load_n(&once_done_, __ATOMIC_ACQUIRE)) { \
		spin_lock(&once_lock_); \
		if (!once_done_) { \
			func(__VA_ARGS__); \
			once_first_ = true; \
			__atomic_store_n(&once_done_, true, __ATOMIC_RELEASE); \
		} \
		spin_unlock(&once_lock_); \
	} \
	once_first_; \
})
#define get_random_once(buf, nbytes) DO_ONCE(get_random_bytes, (buf), (nbytes))

#endif
