// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/log2.h>. The compiler makes constants of constants.
#ifndef PADATA_LINUX_LOG2_H
#define PADATA_LINUX_LOG2_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

static inline __attribute_const__ int __ilog2_u32(u32 n)
{
	return n == 0 ? -1 : 31 - __builtin_clz(n);
}

static inline __attribute_const__ int __ilog2_u64(u64 n)
{
	return n == 0 ? -1 : 63 - __builtin_clzll(n);
}

static inline __attribute_const__ bool is_power_of_2(unsigned long n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static inline __attribute_const__ unsigned long __roundup_pow_of_two(unsigned long n)
{
	return 1ul << (__ilog2_u64(n - 1) + 1);
}

static inline __attribute_const__ unsigned long __rounddown_pow_of_two(unsigned long n)
{
	return 1ul << __ilog2_u64(n);
}

static inline __attribute_const__ int __order_base_2(unsigned long n)
{
	return n > 1 ? __ilog2_u64(n - 1) + 1 : 0;
}

static inline __attribute_const__ int __bits_per(unsigned long n)
{
	return n < 2 ? 1 : __ilog2_u64(n) + 1;
}

// Of a constant these are constants, also outside functions.
#define const_ilog2(n) ((n) < 2 ? 0 : 63 - __builtin_clzll((unsigned long long)(n) | 1))
#define ilog2(n) __builtin_choose_expr(__builtin_constant_p(n), const_ilog2(n), __ilog2_u64(n))
#define roundup_pow_of_two(n) __builtin_choose_expr(__builtin_constant_p(n), \
	((n) == 1 ? 1ul : 1ul << (const_ilog2((n) - 1) + 1)), __roundup_pow_of_two(n))
#define rounddown_pow_of_two(n) \
	__builtin_choose_expr(__builtin_constant_p(n), (1ul << const_ilog2(n)), \
			      __rounddown_pow_of_two(n))
#define order_base_2(n) __builtin_choose_expr(__builtin_constant_p(n), \
	((n) < 2 ? 0 : const_ilog2((n) - 1) + 1), __order_base_2(n))
#define bits_per(n) __bits_per(n)

#endif
