// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/compiler.h>, for gcc and clang. The marks that only sparse reads (__rcu, __percpu,
// ...) are empty. With -fsanitize=thread READ_ONCE() and WRITE_ONCE() are atomic accesses, since
// they are no data races in a kernel either; READ_ONCE() then also orders what is behind it, as the
// dependency on what it read would (ThreadSanitizer knows nothing of dependencies).
#ifndef PADATA_LINUX_COMPILER_H
#define PADATA_LINUX_COMPILER_H

#if defined(__SANITIZE_THREAD__)
#define PADATA_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PADATA_TSAN 1
#endif
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define barrier() __asm__ __volatile__("" ::: "memory")
#define barrier_data(ptr) __asm__ __volatile__("" : : "r"(ptr) : "memory")
#define OPTIMIZER_HIDE_VAR(var) __asm__ ("" : "=r"(var) : "0"(var))
#define RELOC_HIDE(ptr, off) ({ \
	unsigned long hidden_ = (unsigned long)(ptr); \
	__asm__ ("" : "+r"(hidden_)); \
	(__typeof__(ptr))(hidden_ + (off)); \
})
#define unreachable() __builtin_unreachable()
#define annotate_reachable()
#define annotate_unreachable()
#define __compiler_offsetof(a, b) __builtin_offsetof(a, b)
#define __native_word(t) (sizeof(t) == 1 || sizeof(t) == 2 || sizeof(t) == 4 || sizeof(t) == 8)
#define compiletime_assert(condition, msg) do { _Static_assert(condition, msg); } while (0)
#define compiletime_assert_atomic_type(t) \
	compiletime_assert(__native_word(t), "Need native word sized stores/loads for atomicity.")

#ifndef PADATA_TSAN
// One access, of a scalar, that the compiler neither repeats nor leaves out.
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val) (*(volatile __typeof__(x) *)&(x) = (val))
#else
typedef unsigned char __attribute__((__may_alias__)) once_1_t;
typedef unsigned short __attribute__((__may_alias__)) once_2_t;
typedef unsigned int __attribute__((__may_alias__)) once_4_t;
typedef unsigned long __attribute__((__may_alias__)) once_8_t;

static inline __attribute__((__always_inline__)) void read_once_size(const volatile void *p,
								     void *res, unsigned long size)
{
	switch (size) {
	case 1:
		*(once_1_t *)res = __atomic_load_n((const volatile once_1_t *)p, __ATOMIC_ACQUIRE);
		break;
	case 2:
		*(once_2_t *)res = __atomic_load_n((const volatile once_2_t *)p, __ATOMIC_ACQUIRE);
		break;
	case 4:
		*(once_4_t *)res = __atomic_load_n((const volatile once_4_t *)p, __ATOMIC_ACQUIRE);
		break;
	case 8:
		*(once_8_t *)res = __atomic_load_n((const volatile once_8_t *)p, __ATOMIC_ACQUIRE);
		break;
	default:
		__builtin_memcpy(res, (const void *)p, size);
	}
}

static inline __attribute__((__always_inline__)) void write_once_size(volatile void *p,
								      const void *from,
								      unsigned long size)
{
	switch (size) {
	case 1:
		__atomic_store_n((volatile once_1_t *)p, *(const once_1_t *)from, __ATOMIC_RELAXED);
		break;
	case 2:
		__atomic_store_n((volatile once_2_t *)p, *(const once_2_t *)from, __ATOMIC_RELAXED);
		break;
	case 4:
		__atomic_store_n((volatile once_4_t *)p, *(const once_4_t *)from, __ATOMIC_RELAXED);
		break;
	case 8:
		__atomic_store_n((volatile once_8_t *)p, *(const once_8_t *)from, __ATOMIC_RELAXED);
		break;
	default:
		__builtin_memcpy((void *)p, from, size);
	}
}

#define READ_ONCE(x) ({ \
	union { __typeof__(x) val; char bytes[sizeof(x)]; } once_; \
	read_once_size(&(x), once_.bytes, sizeof(x)); \
	once_.val; \
})
#define WRITE_ONCE(x, v) ({ \
	union { __typeof__(x) val; char bytes[sizeof(x)]; } once_ = { .val = (__typeof__(x))(v) }; \
	write_once_size(&(x), once_.bytes, sizeof(x)); \
	once_.val; \
})
#endif
// The condition of a wait is looked at without a lock, whatever it reads: no race is seen in that.
#ifdef PADATA_TSAN
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
#define padata_ignore_reads_begin() AnnotateIgnoreReadsBegin(__FILE__, __LINE__)
#define padata_ignore_reads_end() AnnotateIgnoreReadsEnd(__FILE__, __LINE__)
#define racy_condition(condition) ({ \
	padata_ignore_reads_begin(); \
	int racy_ = !!(condition); \
	padata_ignore_reads_end(); \
	racy_; \
})
#else
#define padata_ignore_reads_begin() ((void)0)
#define padata_ignore_reads_end() ((void)0)
#define racy_condition(condition) (condition)
#endif
#define READ_ONCE_NOCHECK(x) READ_ONCE(x)
// Gone in 4.15, but modules that are older have it.
#define ACCESS_ONCE(x) (*(volatile __typeof__(x) *)&(x))

#define __aligned(x) __attribute__((aligned(x)))
#define __packed __attribute__((packed))
#define __maybe_unused __attribute__((unused))
#define __must_check __attribute__((warn_unused_result))
#define __noreturn __attribute__((noreturn))
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))

#define __force
#define __percpu
#define __rcu
#define __user

#include <linux/compiler_attributes.h>

#endif
