// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/vmalloc.h>. All memory is contiguous, so this is kmalloc() by other names.
#ifndef PADATA_LINUX_VMALLOC_H
#define PADATA_LINUX_VMALLOC_H

#include <linux/slab.h>

static inline void *vmalloc(unsigned long size)
{
	return kmalloc(size, GFP_KERNEL);
}

static inline void *vzalloc(unsigned long size)
{
	return kzalloc(size, GFP_KERNEL);
}

static inline void *vmalloc_user(unsigned long size)
{
	return vzalloc(size);
}

static inline void *vmalloc_32(unsigned long size)
{
	return vmalloc(size);
}

static inline void *vmalloc_node(unsigned long size, int node)
{
	(void)node;
	return vmalloc(size);
}

static inline void *vzalloc_node(unsigned long size, int node)
{
	(void)node;
	return vzalloc(size);
}

static inline void vfree(const void *addr)
{
	kfree(addr);
}

#endif
