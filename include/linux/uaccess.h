// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/uaccess.h>. User space is this same process, so this copies; a bad address is a
// crash and no -EFAULT, but for NULL.
#ifndef PADATA_LINUX_UACCESS_H
#define PADATA_LINUX_UACCESS_H

#include <linux/compiler_attributes.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <linux/types.h>

#define VERIFY_READ 0
#define VERIFY_WRITE 1
#define access_ok(type, addr, size) ((void)(size), (addr) != NULL)

typedef struct {
	unsigned long seg;
} mm_segment_t;
#define KERNEL_DS ((mm_segment_t){ ~0ul })
#define USER_DS ((mm_segment_t){ 0x7ffffffff000ul })
#define get_ds() KERNEL_DS
#define get_fs() USER_DS
#define set_fs(x) ((void)(x))

// How many bytes have not been copied.
static inline unsigned long __must_check copy_from_user(void *to, const void __user *from,
							unsigned long n)
{
	if (!from)
		return n;
	memcpy(to, from, n);
	return 0;
}

static inline unsigned long __must_check copy_to_user(void __user *to, const void *from,
						      unsigned long n)
{
	if (!to)
		return n;
	memcpy(to, from, n);
	return 0;
}

static inline unsigned long __must_check clear_user(void __user *to, unsigned long n)
{
	if (!to)
		return n;
	memset(to, 0, n);
	return 0;
}

#define __copy_from_user(to, from, n) copy_from_user(to, from, n)
#define __copy_to_user(to, from, n) copy_to_user(to, from, n)
#define __clear_user(to, n) clear_user(to, n)

#define get_user(x, ptr) ({ \
	__typeof__(*(ptr)) __user *get_user_ = (ptr); \
	get_user_ ? ((x) = *get_user_, 0) : -EFAULT; \
})
#define put_user(x, ptr) ({ \
	__typeof__(*(ptr)) __user *put_user_ = (ptr); \
	put_user_ ? (*put_user_ = (x), 0) : -EFAULT; \
})
#define __get_user(x, ptr) get_user(x, ptr)
#define __put_user(x, ptr) put_user(x, ptr)

// The length, or count if there was no NUL.
static inline long __must_check strncpy_from_user(char *dst, const char __user *src, long count)
{
	long n;

	if (!src)
		return -EFAULT;
	for (n = 0; n < count; n++) {
		dst[n] = src[n];
		if (!src[n])
			return n;
	}
	return n;
}

static inline __must_check long strnlen_user(const char __user *str, long n)
{
	size_t len = str ? strnlen(str, n) : 0;

	return str ? (long)len + 1 : 0;
}

static inline void pagefault_disable(void)
{
}

static inline void pagefault_enable(void)
{
}

#endif
