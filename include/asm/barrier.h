// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/barrier.h>. The barriers among CPUs are those of the hardware. ThreadSanitizer does
// not know fences; with it each one is also told as a release and an acquire of one address, which
// orders more than the hardware would, never less.
#ifndef PADATA_ASM_BARRIER_H
#define PADATA_ASM_BARRIER_H

#include <linux/compiler.h>

#define nop() __asm__ __volatile__("nop")

#ifdef PADATA_TSAN
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
extern int smp_barrier_word;
#define smp_fence_before_() __tsan_release(&smp_barrier_word)
#define smp_fence_after_() __tsan_acquire(&smp_barrier_word)
#else
#define smp_fence_before_() ((void)0)
#define smp_fence_after_() ((void)0)
#endif

#define mb() do { smp_fence_before_(); __sync_synchronize(); smp_fence_after_(); } while (0)
#if defined(__x86_64__)
// Loads stay behind loads and stores behind stores by themselves.
#define rmb() do { barrier(); smp_fence_after_(); } while (0)
#define wmb() do { smp_fence_before_(); barrier(); } while (0)
#else
#define rmb() do { __sync_synchronize(); smp_fence_after_(); } while (0)
#define wmb() do { smp_fence_before_(); __sync_synchronize(); } while (0)
#endif
#define dma_rmb() rmb()
#define dma_wmb() wmb()

#define smp_mb() mb()
#define smp_rmb() rmb()
#define smp_wmb() wmb()
// Of no use on any machine but one; READ_ONCE() does what there is to do.
#define read_barrier_depends() do { } while (0)
#define smp_read_barrier_depends() do { } while (0)
#define smp_mb__before_atomic() smp_mb()
#define smp_mb__after_atomic() smp_mb()
#define smp_mb__after_spinlock() smp_mb()
#define smp_mb__after_unlock_lock() smp_mb()
#define smp_acquire__after_ctrl_dep() smp_rmb()
// A store that whatever is read behind it comes after.
#define smp_store_mb(var, value) do { WRITE_ONCE(var, value); smp_mb(); } while (0)
#define set_mb(var, value) smp_store_mb(var, value)

#define smp_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)

// Busy waiting for a word; VAL is its value in cond_expr.
#define smp_cond_load_relaxed(ptr, cond_expr) ({ \
	__typeof__(*(ptr)) VAL; \
	unsigned int cond_turns_ = 0; \
	while (VAL = READ_ONCE(*(ptr)), !(cond_expr)) \
		cpu_relax_turn(cond_turns_++); \
	VAL; \
})
#define smp_cond_load_acquire(ptr, cond_expr) ({ \
	__typeof__(*(ptr)) cond_val_ = smp_cond_load_relaxed(ptr, cond_expr); \
	smp_rmb(); \
	cond_val_; \
})

// One turn of a busy wait: a spin, later the core is given away. @turns: how often before
void cpu_relax_turn(unsigned int turns);

#endif
