/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The addon is not instrumented, so it tells the sanitizers, where they are in the process, what
 * they cannot see: what happens before what, and which memory is allocated.
 */
#pragma once

#include <stddef.h>

#define WEAK __attribute__((weak))

WEAK void __tsan_acquire(void *addr);
WEAK void __tsan_release(void *addr);
WEAK void __asan_poison_memory_region(void const volatile *addr, size_t size);
WEAK void __asan_unpoison_memory_region(void const volatile *addr, size_t size);

/* What others did before their san_release() of the same address is seen behind this. */
static inline void san_acquire(const volatile void *addr)
{
	if (__tsan_acquire)
		__tsan_acquire((void *)addr);
}

static inline void san_release(const volatile void *addr)
{
	if (__tsan_release)
		__tsan_release((void *)addr);
}

/* Memory that is not allocated. */
static inline void san_poison(const volatile void *addr, size_t size)
{
	if (__asan_poison_memory_region)
		__asan_poison_memory_region(addr, size);
}

static inline void san_unpoison(const volatile void *addr, size_t size)
{
	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(addr, size);
}
