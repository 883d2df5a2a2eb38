// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/string.h>: what the C library does not have.
#define _GNU_SOURCE
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "runtime.h"

// Newer C libraries have the two of them: then those are taken.
EXPORT_C __attribute__((weak)) size_t strlcpy(char *restrict dest, const char *restrict src,
					      size_t size)
{
	size_t length = strlen(src);

	if (size > 0) {
		size_t copied = length < size ? length : size - 1;

		memcpy(dest, src, copied);
		dest[copied] = '\0';
	}
	return length;
}

EXPORT_C __attribute__((weak)) size_t strlcat(char *restrict dest, const char *restrict src,
					      size_t count)
{
	size_t begun = strnlen(dest, count);

	return begun + (begun < count ? strlcpy(dest + begun, src, count - begun) : strlen(src));
}

EXPORT_C ssize_t strscpy(char *dest, const char *src, size_t count)
{
	size_t length;

	if (count == 0)
		return -E2BIG;
	length = strnlen(src, count);
	if (length == count) {
		memcpy(dest, src, count - 1);
		dest[count - 1] = '\0';
		return -E2BIG;
	}
	memcpy(dest, src, length + 1);
	return (ssize_t)length;
}

EXPORT_C char *strnchr(const char *s, size_t count, int c)
{
	for (; count-- > 0 && *s != '\0'; s++)
		if (*s == (char)c)
			return (char *)(unsigned long)s;
	return NULL;
}

EXPORT_C char *strnstr(const char *s1, const char *s2, size_t len)
{
	size_t wanted = strlen(s2);

	if (wanted == 0)
		return (char *)(unsigned long)s1;
	for (; len >= wanted; s1++, len--)
		if (memcmp(s1, s2, wanted) == 0)
			return (char *)(unsigned long)s1;
	return NULL;
}

EXPORT_C char *skip_spaces(const char *str)
{
	while (isspace((unsigned char)*str))
		str++;
	return (char *)(unsigned long)str;
}

EXPORT_C char *strim(char *s)
{
	size_t length = strlen(s);

	while (length > 0 && isspace((unsigned char)s[length - 1]))
		length--;
	s[length] = '\0';
	return skip_spaces(s);
}

EXPORT_C char *strreplace(char *s, char old, char new)
{
	for (; *s != '\0'; s++)
		if (*s == old)
			*s = new;
	return s;
}

EXPORT_C void *memscan(void *addr, int c, size_t size)
{
	void *found = memchr(addr, c, size);

	return found ? found : (char *)addr + size;
}

EXPORT_C void *memchr_inv(const void *s, int c, size_t n)
{
	for (const unsigned char *p = s; n-- > 0; p++)
		if (*p != (unsigned char)c)
			return (void *)(unsigned long)p;
	return NULL;
}

EXPORT_C void memzero_explicit(void *s, size_t count)
{
	memset(s, 0, count);
	// The compiler must not think that nobody looks.
	__asm__ __volatile__("" : : "r"(s) : "memory");
}

EXPORT_C size_t memweight(const void *ptr, size_t bytes)
{
	size_t weight = 0;

	for (const unsigned char *p = ptr; bytes-- > 0; p++)
		weight += (size_t)__builtin_popcount(*p);
	return weight;
}

EXPORT_C void *memset16(u16 *s, u16 v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		s[i] = v;
	return s;
}

EXPORT_C void *memset32(u32 *s, u32 v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		s[i] = v;
	return s;
}

EXPORT_C void *memset64(u64 *s, u64 v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		s[i] = v;
	return s;
}

EXPORT_C void *kmemdup(const void *src, size_t len, gfp_t gfp)
{
	void *p = kmalloc(len, gfp);

	if (p)
		memcpy(p, src, len);
	return p;
}

EXPORT_C char *kmemdup_nul(const char *s, size_t len, gfp_t gfp)
{
	char *p = s ? kmalloc(len + 1, gfp) : NULL;

	if (p) {
		memcpy(p, s, len);
		p[len] = '\0';
	}
	return p;
}

EXPORT_C char *kstrdup(const char *s, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strlen(s), gfp) : NULL;
}

EXPORT_C char *kstrndup(const char *s, size_t len, gfp_t gfp)
{
	return s ? kmemdup_nul(s, strnlen(s, len), gfp) : NULL;
}

EXPORT_C const char *kstrdup_const(const char *s, gfp_t gfp)
{
	return kstrdup(s, gfp);
}

EXPORT_C void kfree_const(const void *x)
{
	kfree(x);
}

EXPORT_C void *memdup_user(const void __user *src, size_t len)
{
	void *p = src ? kmemdup(src, len, GFP_KERNEL) : ERR_PTR(-EFAULT);

	return p ? p : ERR_PTR(-ENOMEM);
}

EXPORT_C void *vmemdup_user(const void __user *src, size_t len)
{
	return memdup_user(src, len);
}

EXPORT_C void *memdup_user_nul(const void __user *src, size_t len)
{
	char *p = src ? kmemdup_nul(src, len, GFP_KERNEL) : ERR_PTR(-EFAULT);

	return p ? p : ERR_PTR(-ENOMEM);
}

EXPORT_C char *strndup_user(const char __user *s, long n)
{
	size_t length = s ? strnlen(s, (size_t)n) : 0;

	return length == (size_t)n ? ERR_PTR(-EINVAL) : memdup_user_nul(s, length);
}

/* The words of a text, in one allocation: the pointers, and behind them the words. */
EXPORT_C char **argv_split(gfp_t gfp, const char *str, int *argcp)
{
	int argc = 0;
	char **argv, *text;

	for (const char *s = str; *(s = skip_spaces(s)) != '\0'; argc++)
		while (*s != '\0' && !isspace((unsigned char)*s))
			s++;
	argv = kmalloc(((size_t)argc + 1) * sizeof(*argv) + strlen(str) + 1, gfp);
	if (!argv)
		return NULL;
	text = strcpy((char *)(argv + argc + 1), str);
	for (int i = 0; i < argc; i++) {
		text = skip_spaces(text);
		argv[i] = text;
		while (*text != '\0' && !isspace((unsigned char)*text))
			text++;
		if (*text != '\0')
			*text++ = '\0';
	}
	argv[argc] = NULL;
	if (argcp)
		*argcp = argc;
	return argv;
}

EXPORT_C void argv_free(char **argv)
{
	kfree(argv);
}

EXPORT_C bool sysfs_streq(const char *s1, const char *s2)
{
	while (*s1 != '\0' && *s1 == *s2) {
		s1++;
		s2++;
	}
	if (*s1 == *s2)
		return true;
	return (*s1 == '\0' && s2[0] == '\n' && s2[1] == '\0') ||
	       (*s2 == '\0' && s1[0] == '\n' && s1[1] == '\0');
}

EXPORT_C int match_string(const char *const *array, size_t n, const char *string)
{
	for (size_t i = 0; i < n && array[i]; i++)
		if (strcmp(array[i], string) == 0)
			return (int)i;
	return -EINVAL;
}

EXPORT_C int __sysfs_match_string(const char *const *array, size_t n, const char *s)
{
	for (size_t i = 0; i < n && array[i]; i++)
		if (sysfs_streq(array[i], s))
			return (int)i;
	return -EINVAL;
}

/*
 * A number, and what follows: 0: none, 1: nothing, 2: a comma, which is skipped; 3: "-", a range.
 */
EXPORT_C int get_option(char **str, int *pint)
{
	char *at = *str;

	if (!at || !*at)
		return 0;
	*pint = (int)simple_strtol(at, str, 0);
	if (at == *str)
		return 0;
	if (**str == ',') {
		++*str;
		return 2;
	}
	return **str == '-' ? 3 : 1;
}

/* ints[0] is how many there are. */
EXPORT_C char *get_options(const char *str, int nints, int *ints)
{
	char *at = (char *)(unsigned long)str;
	int i = 1;

	while (i < nints) {
		int how = get_option(&at, ints + i);

		if (how == 0)
			break;
		if (how == 3) {
			int last = (int)simple_strtol(at + 1, &at, 0);

			for (int x = ints[i] + 1; x <= last && i + 1 < nints; x++)
				ints[++i] = x;
			if (*at == ',')
				at++;
			else
				how = 1;
		}
		i++;
		if (how == 1)
			break;
	}
	ints[0] = i - 1;
	return at;
}

EXPORT_C unsigned long long memparse(const char *ptr, char **retptr)
{
	static const char suffixes[] = "KMGTPE";
	char *end;
	unsigned long long number = simple_strtoull(ptr, &end, 0);
	const char *suffix = *end ? strchr(suffixes, toupper((unsigned char)*end)) : NULL;

	if (suffix) {
		number <<= 10 * (suffix - suffixes + 1);
		end++;
	}
	if (retptr)
		*retptr = end;
	return number;
}
