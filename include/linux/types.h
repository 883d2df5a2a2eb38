// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/types.h>: the kernel's types, and the list structs, which it keeps here. With -I
// include this file hides the C library's <linux/types.h>, which <signal.h> and others include, so
// that one is included too. Where the two differ about a type, the kernel's is taken, and the C
// library told that it is there; if the C library came first, its own stays.
#ifndef PADATA_LINUX_TYPES_H
#define PADATA_LINUX_TYPES_H

#include <linux/kconfig.h>
#include <stdbool.h>
#include <stddef.h>
#if __has_include_next(<linux/types.h>)
#include_next <linux/types.h>
#endif
#include <linux/compiler_attributes.h>

// A kernel's bool is a type and no macro: module_param(x, bool, 0) makes names of it.
#undef bool
typedef _Bool bool;

typedef unsigned char u8;
typedef signed char s8;
typedef unsigned short u16;
typedef short s16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;
typedef long long s64;

typedef unsigned char unchar;
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;

// A kernel's 64-bit integers are long long, so that "%llu" prints them.
#ifndef _BITS_STDINT_INTN_H
#define _BITS_STDINT_INTN_H 1
typedef s8 int8_t;
typedef s16 int16_t;
typedef s32 int32_t;
typedef s64 int64_t;
#endif
#ifndef _BITS_STDINT_UINTN_H
#define _BITS_STDINT_UINTN_H 1
typedef u8 uint8_t;
typedef u16 uint16_t;
typedef u32 uint32_t;
typedef u64 uint64_t;
#endif
typedef unsigned char u_int8_t;
typedef unsigned short u_int16_t;
typedef unsigned int u_int32_t;
typedef unsigned long u_int64_t;
typedef unsigned long uintptr_t;

typedef long ssize_t;
typedef long off_t;
#ifndef PADATA_LOFF_T
#define PADATA_LOFF_T
typedef long long loff_t;
#endif
#ifndef __dev_t_defined
#define __dev_t_defined
typedef unsigned int dev_t;
#endif
#ifndef __blkcnt_t_defined
#define __blkcnt_t_defined
typedef u64 blkcnt_t;
#endif
typedef unsigned long ino_t;
typedef unsigned int mode_t;
typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef long time_t;
typedef long clock_t;
typedef int clockid_t;
typedef void *timer_t;
typedef char *caddr_t;

typedef u64 sector_t;
typedef unsigned long pgoff_t;
typedef u64 dma_addr_t;
typedef u64 phys_addr_t;
typedef phys_addr_t resource_size_t;
typedef unsigned long irq_hw_number_t;

typedef unsigned short umode_t;
typedef unsigned int gfp_t;
typedef unsigned int slab_flags_t;
typedef unsigned int fmode_t;

typedef struct {
	int counter;
} atomic_t;

// As in 4.18, whose 64-bit counters are long on 64-bit machines.
typedef struct {
	long counter;
} atomic64_t;

typedef atomic64_t atomic_long_t;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct callback_head {
	struct callback_head *next;
	void (*func)(struct callback_head *head);
} __attribute__((aligned(sizeof(void *))));
#define rcu_head callback_head

typedef void (*rcu_callback_t)(struct rcu_head *head);
typedef void (*call_rcu_func_t)(struct rcu_head *head, rcu_callback_t func);

#define BITS_PER_BYTE 8
#ifndef BITS_PER_LONG
#define BITS_PER_LONG 64
#endif
#define BITS_PER_LONG_LONG 64
#define BITS_TO_LONGS(nr) (((nr) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

#endif
