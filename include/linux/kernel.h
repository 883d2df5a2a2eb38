// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/kernel.h>, the macros and functions that kernel code cannot do without. With -I
// include this file hides the C library's <linux/kernel.h>, which <sys/sysinfo.h> includes, so that
// one is included too.
#ifndef PADATA_LINUX_KERNEL_H
#define PADATA_LINUX_KERNEL_H

#if __has_include_next(<linux/kernel.h>)
#include_next <linux/kernel.h>
#endif
#include <asm/byteorder.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/compiler_attributes.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/linkage.h>
#include <linux/log2.h>
#include <linux/printk.h>
#include <linux/stddef.h>
#include <linux/typecheck.h>
#include <linux/types.h>
#include <stdarg.h>

#define STACK_MAGIC 0xdeadbeef
#define READ 0
#define WRITE 1

// The second part refuses what is no array.
#define ARRAY_SIZE(arr) (sizeof(arr) / sizeof((arr)[0]) + \
	0 * sizeof(char[1 - 2 * __builtin_types_compatible_p(__typeof__(arr), \
							     __typeof__(&(arr)[0]))]))
#define FIELD_SIZEOF(t, f) (sizeof(((t *)0)->f))

// The struct around a member. The compiler warns if ptr does not point to such a member.
#define container_of(ptr, type, member) \
	((type *)((char *)(1 ? (ptr) : (__typeof__(((type *)0)->member) *)0) - \
		  offsetof(type, member)))
#define container_of_safe(ptr, type, member) ({ \
	__typeof__(ptr) safe_ptr_ = (ptr); \
	(unsigned long)(const void *)safe_ptr_ >= (unsigned long)-4095 || !safe_ptr_ ? \
		(type *)(void *)safe_ptr_ : container_of(safe_ptr_, type, member); \
})

/*
 * Each argument is evaluated once; the compiler warns if the types differ. Of two constants it is a
 * constant, so that it may be the size of an array: a null pointer constant takes the type of the
 * other operand, any other pointer to void makes it one.
 */
#define __is_constexpr(x) (sizeof(int) == sizeof(*(8 ? ((void *)((long)(x) * 0l)) : (int *)8)))
#define padata_choose(x, y, op, one, two) \
	__builtin_choose_expr(__is_constexpr(x) && __is_constexpr(y), ((x) op (y) ? (x) : (y)), ({ \
		__typeof__(x) one = (x); \
		__typeof__(y) two = (y); \
		(void)(&one == &two); \
		one op two ? one : two; \
	}))
#define min(x, y) padata_choose(x, y, <, min1_, min2_)
#define max(x, y) padata_choose(x, y, >, max1_, max2_)
#define padata_choose_t(type, x, y, op, one, two) \
	__builtin_choose_expr(__is_constexpr(x) && __is_constexpr(y), \
			      ((type)(x) op (type)(y) ? (type)(x) : (type)(y)), ({ \
		type one = (type)(x); \
		type two = (type)(y); \
		one op two ? one : two; \
	}))
#define min_t(type, x, y) padata_choose_t(type, x, y, <, min1_, min2_)
#define max_t(type, x, y) padata_choose_t(type, x, y, >, max1_, max2_)
#define min3(x, y, z) min((__typeof__(x))min(x, y), z)
#define max3(x, y, z) max((__typeof__(x))max(x, y), z)
#define min_not_zero(x, y) ({ \
	__typeof__(x) not_zero1_ = (x); \
	__typeof__(y) not_zero2_ = (y); \
	not_zero1_ == 0 ? not_zero2_ : not_zero2_ == 0 ? not_zero1_ : min(not_zero1_, not_zero2_); \
})
#define clamp(val, lo, hi) min((__typeof__(val))max(val, lo), hi)
#define clamp_t(type, val, lo, hi) min_t(type, max_t(type, val, lo), hi)
#define clamp_val(val, lo, hi) clamp_t(__typeof__(val), val, lo, hi)

#define swap(a, b) do { \
	__typeof__(a) swap_ = (a); \
	(a) = (b); \
	(b) = swap_; \
} while (0)

// Of the argument's type, made signed; <stdlib.h> has a function of this name, for int.
#define abs(x) ({ \
	__typeof__(__builtin_choose_expr(sizeof(x) == sizeof(long long), 0ll, \
		   __builtin_choose_expr(__builtin_types_compatible_p(__typeof__(x), long), \
					 0l, 0))) abs_ = (x); \
	abs_ < 0 ? -abs_ : abs_; \
})

#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define DIV_ROUND_UP_ULL(ll, d) (((unsigned long long)(ll) + (d) - 1) / (d))
#define DIV_ROUND_DOWN_ULL(ll, d) ((unsigned long long)(ll) / (d))
#define DIV_ROUND_UP_SECTOR_T(ll, d) DIV_ROUND_UP_ULL(ll, d)
// To the nearest; halves go away from zero. The type of the divisor says whether it may be
// negative.
#define DIV_ROUND_CLOSEST(x, divisor) ({ \
	__typeof__(x) closest_x_ = (x); \
	__typeof__(divisor) closest_d_ = (divisor); \
	((__typeof__(x))-1) > 0 || ((__typeof__(divisor))-1) > 0 || \
	(closest_x_ > 0) == (closest_d_ > 0) ? \
		(closest_x_ + closest_d_ / 2) / closest_d_ : \
		(closest_x_ - closest_d_ / 2) / closest_d_; \
})
#define DIV_ROUND_CLOSEST_ULL(x, divisor) (((unsigned long long)(x) + (divisor) / 2) / (divisor))
#define mult_frac(x, numer, denom) ({ \
	__typeof__(x) frac_quot_ = (x) / (denom); \
	__typeof__(x) frac_rem_ = (x) % (denom); \
	frac_quot_ * (numer) + frac_rem_ * (numer) / (denom); \
})

// To a multiple of a power of two, up and down.
#define __ALIGN_KERNEL_MASK(x, mask) (((x) + (mask)) & ~(mask))
#define ALIGN(x, a) __ALIGN_KERNEL_MASK(x, (__typeof__(x))(a) - 1)
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define PTR_ALIGN(p, a) ((__typeof__(p))ALIGN((unsigned long)(p), (a)))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define round_up(x, y) ((((x) - 1) | ((__typeof__(x))((y) - 1))) + 1)
#define round_down(x, y) ((x) & ~((__typeof__(x))((y) - 1)))
// To a multiple of anything. <sys/param.h> has one of the same name.
#undef roundup
#define roundup(x, y) ({ \
	__typeof__(y) roundup_ = (y); \
	((x) + (roundup_ - 1)) / roundup_ * roundup_; \
})
#define rounddown(x, y) ({ \
	__typeof__(x) rounddown_ = (x); \
	rounddown_ - rounddown_ % (y); \
})

#define upper_32_bits(n) ((u32)(((n) >> 16) >> 16))
#define lower_32_bits(n) ((u32)(n))
#define REPEAT_BYTE(x) (~0ul / 0xff * (x))
#define u64_to_user_ptr(x) ((void __user *)(unsigned long)(u64)(x))
#define sector_div(n, b) ({ \
	u32 sector_rem_ = (n) % (b); \
	(n) /= (b); \
	sector_rem_; \
})

// One of 2^32 slots, scaled to ep_ro slots.
static inline u32 reciprocal_scale(u32 val, u32 ep_ro)
{
	return (u32)(((u64)val * ep_ro) >> 32);
}

#define _RET_IP_ (unsigned long)__builtin_return_address(0)
#define _THIS_IP_ ({ __label__ here_; here_: (unsigned long)&&here_; })

// A crash: the kernel log has the message, the process is told, the caller does not go on.
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;

// Is the caller in a context that must not sleep? Then that is reported.
void __might_sleep(const char *file, int line, int preempt_offset);
#define might_sleep() __might_sleep(__FILE__, __LINE__, 0)
#define might_sleep_if(condition) do { if (condition) might_sleep(); } while (0)
#define cant_sleep() do { } while (0)
#define might_fault() do { } while (0)

enum system_states {
	SYSTEM_BOOTING,
	SYSTEM_SCHEDULING,
	SYSTEM_RUNNING,
	SYSTEM_HALT,
	SYSTEM_POWER_OFF,
	SYSTEM_RESTART,
};
// Modules run when it is up.
#define system_state SYSTEM_RUNNING
#define oops_in_progress 0

#define TAINT_WARN 9
#define TAINT_OOT_MODULE 12
enum lockdep_ok {
	LOCKDEP_STILL_OK,
	LOCKDEP_NOW_UNRELIABLE,
};
static inline void add_taint(unsigned int flag, enum lockdep_ok ok)
{
	(void)flag;
	(void)ok;
}

/*
 * The kernel's formats, which go beyond the C library's: "%pS", "%*pbl", "%pI4" and others. A
 * module that uses the C library too gets these; scnprintf() returns what has been written, the
 * others what would have been.
 */
#define sprintf kernel_sprintf
#define snprintf kernel_snprintf
#define vsprintf kernel_vsprintf
#define vsnprintf kernel_vsnprintf
#define sscanf kernel_sscanf
#define vsscanf kernel_vsscanf
int sprintf(char *buf, const char *fmt, ...) __printf(2, 3);
int vsprintf(char *buf, const char *fmt, va_list args) __printf(2, 0);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vscnprintf(char *buf, size_t size, const char *fmt, va_list args) __printf(3, 0);
// To be freed with kfree().
char *kasprintf(gfp_t gfp, const char *fmt, ...) __malloc __printf(2, 3);
char *kvasprintf(gfp_t gfp, const char *fmt, va_list args) __malloc __printf(2, 0);
const char *kvasprintf_const(gfp_t gfp, const char *fmt, va_list args) __printf(2, 0);
int sscanf(const char *buf, const char *fmt, ...) __scanf(2, 3);
int vsscanf(const char *buf, const char *fmt, va_list args) __scanf(2, 0);

#define trace_printk(fmt, ...) printk(KERN_DEBUG fmt, ##__VA_ARGS__)
#define trace_puts(str) printk(KERN_DEBUG "%s", str)

// 0, -EINVAL or -ERANGE. One newline may end the text; base 0 looks for 0x and 0.
int __must_check kstrtoull(const char *s, unsigned int base, unsigned long long *res);
int __must_check kstrtoll(const char *s, unsigned int base, long long *res);
int __must_check kstrtoul(const char *s, unsigned int base, unsigned long *res);
int __must_check kstrtol(const char *s, unsigned int base, long *res);
int __must_check kstrtouint(const char *s, unsigned int base, unsigned int *res);
int __must_check kstrtoint(const char *s, unsigned int base, int *res);
int __must_check kstrtou64(const char *s, unsigned int base, u64 *res);
int __must_check kstrtos64(const char *s, unsigned int base, s64 *res);
int __must_check kstrtou32(const char *s, unsigned int base, u32 *res);
int __must_check kstrtos32(const char *s, unsigned int base, s32 *res);
int __must_check kstrtou16(const char *s, unsigned int base, u16 *res);
int __must_check kstrtos16(const char *s, unsigned int base, s16 *res);
int __must_check kstrtou8(const char *s, unsigned int base, u8 *res);
int __must_check kstrtos8(const char *s, unsigned int base, s8 *res);
int __must_check kstrtobool(const char *s, bool *res);

// From a buffer without a NUL.
int __must_check kstrtoull_from_user(const char __user *s, size_t count, unsigned int base,
				     unsigned long long *res);
int __must_check kstrtoll_from_user(const char __user *s, size_t count, unsigned int base,
				    long long *res);
int __must_check kstrtoul_from_user(const char __user *s, size_t count, unsigned int base,
				    unsigned long *res);
int __must_check kstrtol_from_user(const char __user *s, size_t count, unsigned int base,
				   long *res);
int __must_check kstrtouint_from_user(const char __user *s, size_t count, unsigned int base,
				      unsigned int *res);
int __must_check kstrtoint_from_user(const char __user *s, size_t count, unsigned int base,
				     int *res);
int __must_check kstrtobool_from_user(const char __user *s, size_t count, bool *res);

// What is behind the number is not looked at.
unsigned long simple_strtoul(const char *cp, char **endp, unsigned int base);
long simple_strtol(const char *cp, char **endp, unsigned int base);
unsigned long long simple_strtoull(const char *cp, char **endp, unsigned int base);
long long simple_strtoll(const char *cp, char **endp, unsigned int base);

#define strict_strtoul kstrtoul
#define strict_strtol kstrtol
#define strict_strtoull kstrtoull
#define strict_strtoll kstrtoll

int num_to_str(char *buf, int size, unsigned long long num, unsigned int width);
int get_option(char **str, int *pint);
char *get_options(const char *str, int nints, int *ints);
unsigned long long memparse(const char *ptr, char **retptr);

extern const char hex_asc[];
extern const char hex_asc_upper[];
#define hex_asc_lo(x) hex_asc[(x) & 0x0f]
#define hex_asc_hi(x) hex_asc[((x) & 0xf0) >> 4]
#define hex_asc_upper_lo(x) hex_asc_upper[(x) & 0x0f]
#define hex_asc_upper_hi(x) hex_asc_upper[((x) & 0xf0) >> 4]

static inline char *hex_byte_pack(char *buf, u8 byte)
{
	*buf++ = hex_asc_hi(byte);
	*buf++ = hex_asc_lo(byte);
	return buf;
}

static inline char *hex_byte_pack_upper(char *buf, u8 byte)
{
	*buf++ = hex_asc_upper_hi(byte);
	*buf++ = hex_asc_upper_lo(byte);
	return buf;
}

// The digit's value, or -1.
int hex_to_bin(char ch);
int __must_check hex2bin(u8 *dst, const char *src, size_t count);
char *bin2hex(char *dst, const void *src, size_t count);

unsigned long int_sqrt(unsigned long x);
static inline u32 int_sqrt64(u64 x)
{
	return (u32)int_sqrt(x);
}

#include <linux/ratelimit.h>

#endif
