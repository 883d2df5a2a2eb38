// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/types.h>: the kernel's types, and the list structs, which it keeps here. With -I include this file hides the
// C library's <linux/types.h>, which <signal.h> and others include, so that one is included too.
#ifndef PADATA_LINUX_TYPES_H
#define PADATA_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#if __has_include_next(<linux/types.h>)
#include_next <linux/types.h>
#endif

typedef unsigned char u8;
typedef signed char s8;
typedef unsigned short u16;
typedef short s16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;
typedef long long s64;

typedef long ssize_t;
typedef unsigned short umode_t;
typedef unsigned int gfp_t;
typedef unsigned int slab_flags_t;

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

#endif
