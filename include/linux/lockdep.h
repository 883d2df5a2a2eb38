// SPDX-License-Identifier: GPL-2.0-only
//
// stub: <linux/lockdep.h>, as in a kernel without CONFIG_LOCKDEP. The locks check themselves, not
// their order.
#ifndef PADATA_LINUX_LOCKDEP_H
#define PADATA_LINUX_LOCKDEP_H

#include <linux/compiler.h>

struct task_struct;
struct lockdep_map {};
struct lock_class_key {};
struct pin_cookie {};

#define SINGLE_DEPTH_NESTING 1
#define STATIC_LOCKDEP_MAP_INIT(_name, _key) { }

#define lockdep_init_map(lock, name, key, sub) do { (void)(name); (void)(key); } while (0)
#define lockdep_set_class(lock, key) do { (void)(key); } while (0)
#define lockdep_set_class_and_name(lock, key, name) do { (void)(key); (void)(name); } while (0)
#define lockdep_set_class_and_subclass(lock, key, sub) do { (void)(key); } while (0)
#define lockdep_set_subclass(lock, sub) do { } while (0)
#define lockdep_set_novalidate_class(lock) do { } while (0)
#define lockdep_match_class(lock, key) 0
#define lockdep_off() do { } while (0)
#define lockdep_on() do { } while (0)
#define lockdep_register_key(key) do { (void)(key); } while (0)
#define lockdep_unregister_key(key) do { (void)(key); } while (0)

#define lock_acquire(l, s, t, r, c, n, i) do { } while (0)
#define lock_release(l, n, i) do { } while (0)
#define lock_map_acquire(l) do { } while (0)
#define lock_map_release(l) do { } while (0)
#define lock_acquired(lock, ip) do { } while (0)
#define lock_contended(lock, ip) do { } while (0)

#define lockdep_depth(tsk) 0
#define lockdep_is_held(lock) 1
#define lockdep_is_held_type(lock, r) 1
#define lockdep_assert_held(l) do { (void)(l); } while (0)
#define lockdep_assert_held_exclusive(l) do { (void)(l); } while (0)
#define lockdep_assert_held_read(l) do { (void)(l); } while (0)
#define lockdep_assert_held_once(l) do { (void)(l); } while (0)
#define lockdep_assert_irqs_enabled() do { } while (0)
#define lockdep_assert_irqs_disabled() do { } while (0)
#define might_lock(lock) do { } while (0)
#define might_lock_read(lock) do { } while (0)
#define debug_show_held_locks(task) do { } while (0)

#endif
