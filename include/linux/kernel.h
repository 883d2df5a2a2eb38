// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/kernel.h>, the macros that kernel code cannot do without. With -I include this file hides the C library's
// <linux/kernel.h>, which <sys/sysinfo.h> includes, so that one is included too.
#ifndef PADATA_LINUX_KERNEL_H
#define PADATA_LINUX_KERNEL_H

#if __has_include_next(<linux/kernel.h>)
#include_next <linux/kernel.h>
#endif
#include <linux/compiler.h>
#include <linux/printk.h>
#include <linux/types.h>

#define ARRAY_SIZE(arr) (sizeof(arr) / sizeof((arr)[0]))

// The struct around a member. The compiler warns if ptr does not point to such a member.
#define container_of(ptr, type, member) \
	((type *)((char *)(1 ? (ptr) : (__typeof__(((type *)0)->member) *)0) - offsetof(type, member)))

// Each argument is evaluated once; the compiler warns if the types differ.
#define min(x, y) ({ \
	__typeof__(x) min1_ = (x); \
	__typeof__(y) min2_ = (y); \
	(void)(&min1_ == &min2_); \
	min1_ < min2_ ? min1_ : min2_; \
})
#define max(x, y) ({ \
	__typeof__(x) max1_ = (x); \
	__typeof__(y) max2_ = (y); \
	(void)(&max1_ == &max2_); \
	max1_ > max2_ ? max1_ : max2_; \
})
#define min_t(type, x, y) min((type)(x), (type)(y))
#define max_t(type, x, y) max((type)(x), (type)(y))
#define clamp(val, lo, hi) min(max(val, lo), hi)

#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
// Up to a multiple of a power of two.
#define ALIGN(x, a) (((x) + ((__typeof__(x))(a) - 1)) & ~((__typeof__(x))(a) - 1))

// A crash: the kernel log has the message, the process is told, the caller does not go on.
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;

#endif
