// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/string.h>. What the C library has too is declared as it declares it, so that a
// module may use both; the rest is the runtime's.
#ifndef PADATA_LINUX_STRING_H
#define PADATA_LINUX_STRING_H

#include <linux/compiler_attributes.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <stdarg.h>

#if __has_include_next(<linux/string.h>)
#include_next <linux/string.h>
#endif

void *memset(void *s, int c, size_t count);
void *memcpy(void *restrict dest, const void *restrict src, size_t count);
void *memmove(void *dest, const void *src, size_t count);
int memcmp(const void *cs, const void *ct, size_t count);
void *memchr(const void *s, int c, size_t n);
char *strcpy(char *restrict dest, const char *restrict src);
char *strncpy(char *restrict dest, const char *restrict src, size_t count);
char *strcat(char *restrict dest, const char *restrict src);
char *strncat(char *restrict dest, const char *restrict src, size_t count);
int strcmp(const char *cs, const char *ct);
int strncmp(const char *cs, const char *ct, size_t count);
int strcasecmp(const char *s1, const char *s2);
int strncasecmp(const char *s1, const char *s2, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t count);
char *strpbrk(const char *cs, const char *ct);
char *strsep(char **restrict s, const char *restrict ct);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);
char *strstr(const char *s1, const char *s2);
// Newer C libraries have these too.
size_t strlcpy(char *restrict dest, const char *restrict src, size_t size);
size_t strlcat(char *restrict dest, const char *restrict src, size_t count);

char *strchrnul(const char *s, int c);

// What has been copied, or -E2BIG; dest is ended in any case.
ssize_t __must_check strscpy(char *dest, const char *src, size_t count);
char *strnchr(const char *s, size_t count, int c);
char *strnstr(const char *s1, const char *s2, size_t len);
char *__must_check skip_spaces(const char *str);
// It ends the text behind the last character that is no space.
char *strim(char *s);
static inline __must_check char *strstrip(char *str)
{
	return strim(str);
}
char *strreplace(char *s, char old, char new);
void *memscan(void *addr, int c, size_t size);
// The first byte that is not c, or NULL.
void *memchr_inv(const void *s, int c, size_t n);
void memzero_explicit(void *s, size_t count);
size_t memweight(const void *ptr, size_t bytes);
void *memset16(u16 *s, u16 v, size_t count);
void *memset32(u32 *s, u32 v, size_t count);
void *memset64(u64 *s, u64 v, size_t count);

static inline void *memset_l(unsigned long *p, unsigned long v, size_t n)
{
	return memset64((u64 *)(void *)p, v, n);
}

static inline void *memset_p(void **p, void *v, size_t n)
{
	return memset64((u64 *)(void *)p, (u64)(unsigned long)v, n);
}

#define memcpy_mcsafe(dst, src, cnt) ({ memcpy(dst, src, cnt); 0; })
#define memcpy_flushcache memcpy

// A pointer, to be freed with kfree(), or NULL.
char *kstrdup(const char *s, gfp_t gfp) __malloc;
const char *kstrdup_const(const char *s, gfp_t gfp);
void kfree_const(const void *x);
char *kstrndup(const char *s, size_t len, gfp_t gfp) __malloc;
void *kmemdup(const void *src, size_t len, gfp_t gfp);
char *kmemdup_nul(const char *s, size_t len, gfp_t gfp);
// A pointer or an error.
void *memdup_user(const void __user *src, size_t len);
void *vmemdup_user(const void __user *src, size_t len);
void *memdup_user_nul(const void __user *src, size_t len);
char *strndup_user(const char __user *s, long n);

char **argv_split(gfp_t gfp, const char *str, int *argcp);
void argv_free(char **argv);

// Equal but for a newline at the end?
bool sysfs_streq(const char *s1, const char *s2);
static inline int strtobool(const char *s, bool *res)
{
	int kstrtobool(const char *s, bool *res);

	return kstrtobool(s, res);
}
// The index, or -EINVAL.
int match_string(const char *const *array, size_t n, const char *string);
int __sysfs_match_string(const char *const *array, size_t n, const char *s);
#define sysfs_match_string(_a, _s) __sysfs_match_string(_a, ARRAY_SIZE(_a), _s)

static inline bool strstarts(const char *str, const char *prefix)
{
	return strncmp(str, prefix, strlen(prefix)) == 0;
}

static inline size_t str_has_prefix(const char *str, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(str, prefix, len) == 0 ? len : 0;
}

static inline const char *kbasename(const char *path)
{
	const char *tail = strrchr(path, '/');

	return tail ? tail + 1 : path;
}

static inline void memcpy_and_pad(void *dest, size_t dest_len, const void *src, size_t count,
				  int pad)
{
	size_t copied = count < dest_len ? count : dest_len;

	memcpy(dest, src, copied);
	memset((char *)dest + copied, pad, dest_len - copied);
}

#endif
