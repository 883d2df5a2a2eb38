// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/atomic.h> and the barriers that come with it. As in the TypeScript, which works on
// the same words, every read-modify-write is a full barrier, whatever the end of its name; the
// kernel promises that for those that return a value.
#ifndef PADATA_LINUX_ATOMIC_H
#define PADATA_LINUX_ATOMIC_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/types.h>

// Macros of C's <stdatomic.h>, where that was included before. The kernel's functions have the same
// names.
#undef atomic_fetch_add
#undef atomic_fetch_sub
#undef atomic_fetch_or
#undef atomic_fetch_xor
#undef atomic_fetch_and

#define ATOMIC_INIT(i) { (i) }
#define ATOMIC64_INIT(i) { (i) }
#define ATOMIC_LONG_INIT(i) { (i) }

#define xchg(ptr, v) __atomic_exchange_n(ptr, v, __ATOMIC_SEQ_CST)
#define xchg_relaxed(ptr, v) xchg(ptr, v)
#define xchg_acquire(ptr, v) xchg(ptr, v)
#define xchg_release(ptr, v) xchg(ptr, v)
// The value found; the exchange took place if that is o.
#define cmpxchg(ptr, o, n) ({ \
	__typeof__(*(ptr)) found_ = (o); \
	(void)__atomic_compare_exchange_n(ptr, &found_, n, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	found_; \
})
#define cmpxchg_relaxed(ptr, o, n) cmpxchg(ptr, o, n)
#define cmpxchg_acquire(ptr, o, n) cmpxchg(ptr, o, n)
#define cmpxchg_release(ptr, o, n) cmpxchg(ptr, o, n)
#define cmpxchg_local(ptr, o, n) cmpxchg(ptr, o, n)
#define cmpxchg64(ptr, o, n) cmpxchg(ptr, o, n)
#define cmpxchg64_relaxed(ptr, o, n) cmpxchg(ptr, o, n)
#define cmpxchg64_local(ptr, o, n) cmpxchg(ptr, o, n)
// *old becomes what was found if that was another.
#define try_cmpxchg(ptr, old, n) \
	((bool)__atomic_compare_exchange_n(ptr, old, n, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))

// The functions for one type of counter. Those that only differ in their order are the same here.
#define PADATA_ATOMIC_ORDERS(ret, name, params, args) \
	static inline ret name##_relaxed params { return name args; } \
	static inline ret name##_acquire params { return name args; } \
	static inline ret name##_release params { return name args; }

#define PADATA_ATOMIC_FETCH(a, atomic_type, type, op) \
	static inline type a##_fetch_##op(type i, atomic_type *v) \
	{ \
		return __atomic_fetch_##op(&v->counter, i, __ATOMIC_SEQ_CST); \
	} \
	static inline void a##_##op(type i, atomic_type *v) \
	{ \
		(void)__atomic_fetch_##op(&v->counter, i, __ATOMIC_SEQ_CST); \
	} \
	PADATA_ATOMIC_ORDERS(type, a##_fetch_##op, (type i, atomic_type *v), (i, v))

#define PADATA_ATOMIC_OPS(a, atomic_type, type) \
	static inline type a##_read(const atomic_type *v) { return READ_ONCE(v->counter); } \
	static inline void a##_set(atomic_type *v, type i) { WRITE_ONCE(v->counter, i); } \
	static inline type a##_read_acquire(const atomic_type *v) \
	{ \
		return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE); \
	} \
	static inline void a##_set_release(atomic_type *v, type i) \
	{ \
		__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE); \
	} \
	PADATA_ATOMIC_FETCH(a, atomic_type, type, add) \
	PADATA_ATOMIC_FETCH(a, atomic_type, type, sub) \
	PADATA_ATOMIC_FETCH(a, atomic_type, type, and) \
	PADATA_ATOMIC_FETCH(a, atomic_type, type, or) \
	PADATA_ATOMIC_FETCH(a, atomic_type, type, xor) \
	static inline type a##_fetch_andnot(type i, atomic_type *v) \
	{ \
		return a##_fetch_and(~i, v); \
	} \
	static inline void a##_andnot(type i, atomic_type *v) { a##_and(~i, v); } \
	PADATA_ATOMIC_ORDERS(type, a##_fetch_andnot, (type i, atomic_type *v), (i, v)) \
	static inline type a##_add_return(type i, atomic_type *v) \
	{ \
		return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST); \
	} \
	static inline type a##_sub_return(type i, atomic_type *v) \
	{ \
		return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST); \
	} \
	static inline type a##_inc_return(atomic_type *v) { return a##_add_return(1, v); } \
	static inline type a##_dec_return(atomic_type *v) { return a##_sub_return(1, v); } \
	static inline type a##_fetch_inc(atomic_type *v) { return a##_fetch_add(1, v); } \
	static inline type a##_fetch_dec(atomic_type *v) { return a##_fetch_sub(1, v); } \
	PADATA_ATOMIC_ORDERS(type, a##_add_return, (type i, atomic_type *v), (i, v)) \
	PADATA_ATOMIC_ORDERS(type, a##_sub_return, (type i, atomic_type *v), (i, v)) \
	PADATA_ATOMIC_ORDERS(type, a##_inc_return, (atomic_type *v), (v)) \
	PADATA_ATOMIC_ORDERS(type, a##_dec_return, (atomic_type *v), (v)) \
	PADATA_ATOMIC_ORDERS(type, a##_fetch_inc, (atomic_type *v), (v)) \
	PADATA_ATOMIC_ORDERS(type, a##_fetch_dec, (atomic_type *v), (v)) \
	static inline void a##_inc(atomic_type *v) { a##_add(1, v); } \
	static inline void a##_dec(atomic_type *v) { a##_sub(1, v); } \
	static inline bool a##_sub_and_test(type i, atomic_type *v) \
	{ \
		return a##_sub_return(i, v) == 0; \
	} \
	static inline bool a##_dec_and_test(atomic_type *v) { return a##_sub_return(1, v) == 0; } \
	static inline bool a##_inc_and_test(atomic_type *v) { return a##_add_return(1, v) == 0; } \
	static inline bool a##_add_negative(type i, atomic_type *v) \
	{ \
		return a##_add_return(i, v) < 0; \
	} \
	static inline type a##_xchg(atomic_type *v, type new) { return xchg(&v->counter, new); } \
	static inline type a##_cmpxchg(atomic_type *v, type old, type new) \
	{ \
		return cmpxchg(&v->counter, old, new); \
	} \
	static inline bool a##_try_cmpxchg(atomic_type *v, type *old, type new) \
	{ \
		return try_cmpxchg(&v->counter, old, new); \
	} \
	PADATA_ATOMIC_ORDERS(type, a##_xchg, (atomic_type *v, type new), (v, new)) \
	PADATA_ATOMIC_ORDERS(type, a##_cmpxchg, (atomic_type *v, type old, type new), \
			     (v, old, new)) \
	PADATA_ATOMIC_ORDERS(bool, a##_try_cmpxchg, (atomic_type *v, type *old, type new), \
			     (v, old, new)) \
	/* Add i unless the value is u. What the value was. */ \
	static inline type a##_fetch_add_unless(atomic_type *v, type i, type u) \
	{ \
		type seen = a##_read(v); \
	\
		while (seen != u && !a##_try_cmpxchg(v, &seen, seen + i)) \
			; \
		return seen; \
	} \
	/* True if it was added. */ \
	static inline bool a##_add_unless(atomic_type *v, type i, type u) \
	{ \
		return a##_fetch_add_unless(v, i, u) != u; \
	} \
	static inline bool a##_inc_not_zero(atomic_type *v) { return a##_add_unless(v, 1, 0); } \
	static inline bool a##_inc_unless_negative(atomic_type *v) \
	{ \
		type seen = a##_read(v); \
	\
		while (seen >= 0) \
			if (a##_try_cmpxchg(v, &seen, seen + 1)) \
				return true; \
		return false; \
	} \
	static inline bool a##_dec_unless_positive(atomic_type *v) \
	{ \
		type seen = a##_read(v); \
	\
		while (seen <= 0) \
			if (a##_try_cmpxchg(v, &seen, seen - 1)) \
				return true; \
		return false; \
	} \
	/* The value less 1, also if that is negative and was not stored. */ \
	static inline type a##_dec_if_positive(atomic_type *v) \
	{ \
		type seen = a##_read(v); \
	\
		while (seen > 0 && !a##_try_cmpxchg(v, &seen, seen - 1)) \
			; \
		return seen - 1; \
	}

PADATA_ATOMIC_OPS(atomic, atomic_t, int)
PADATA_ATOMIC_OPS(atomic64, atomic64_t, long)
PADATA_ATOMIC_OPS(atomic_long, atomic_long_t, long)

#define __atomic_add_unless(v, a, u) atomic_fetch_add_unless(v, a, u)
#define atomic_cond_read_acquire(v, c) smp_cond_load_acquire(&(v)->counter, (c))
#define atomic_cond_read_relaxed(v, c) smp_cond_load_relaxed(&(v)->counter, (c))
#define atomic64_cond_read_acquire(v, c) smp_cond_load_acquire(&(v)->counter, (c))
#define atomic_long_cond_read_acquire(v, c) smp_cond_load_acquire(&(v)->counter, (c))

// Of earlier kernels.
#define smp_mb__before_atomic_inc() smp_mb()
#define smp_mb__after_atomic_inc() smp_mb()
#define smp_mb__before_atomic_dec() smp_mb()
#define smp_mb__after_atomic_dec() smp_mb()

#endif
