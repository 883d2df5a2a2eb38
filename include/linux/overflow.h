// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/overflow.h>. Sizes that do not fit become SIZE_MAX, which no allocation can have.
#ifndef PADATA_LINUX_OVERFLOW_H
#define PADATA_LINUX_OVERFLOW_H

#include <linux/compiler_attributes.h>
#include <linux/limits.h>
#include <linux/types.h>

#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)
#define check_sub_overflow(a, b, d) __builtin_sub_overflow(a, b, d)
#define check_mul_overflow(a, b, d) __builtin_mul_overflow(a, b, d)

static inline __must_check size_t array_size(size_t a, size_t b)
{
	size_t bytes;

	return check_mul_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

static inline __must_check size_t array3_size(size_t a, size_t b, size_t c)
{
	size_t bytes;

	return check_mul_overflow(a, b, &bytes) || check_mul_overflow(bytes, c, &bytes) ? SIZE_MAX :
											  bytes;
}

static inline __must_check size_t __ab_c_size(size_t n, size_t size, size_t c)
{
	size_t bytes;

	return check_mul_overflow(n, size, &bytes) || check_add_overflow(bytes, c, &bytes) ?
		       SIZE_MAX :
		       bytes;
}

// Of a struct with n members in its flexible array.
#define struct_size(p, member, n) __ab_c_size(n, sizeof(*(p)->member), sizeof(*(p)))

#endif
