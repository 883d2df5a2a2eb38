// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/debugfs.h>: files and directories below /sys/kernel/debug of the machine.
#ifndef PADATA_LINUX_DEBUGFS_H
#define PADATA_LINUX_DEBUGFS_H

#include <linux/fs.h>
#include <linux/seq_file.h>
#include <linux/types.h>

struct dentry;

// As in 4.18, NULL if that fails.
struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent,
				   void *data, const struct file_operations *fops);
#define debugfs_create_file_unsafe(name, mode, parent, data, fops) \
	debugfs_create_file(name, mode, parent, data, fops)
struct dentry *debugfs_create_dir(const char *name, struct dentry *parent);
void debugfs_remove(struct dentry *dentry);
void debugfs_remove_recursive(struct dentry *dentry);
struct dentry *debugfs_lookup(const char *name, struct dentry *parent);

struct dentry *debugfs_create_u8(const char *name, umode_t mode, struct dentry *parent, u8 *value);
struct dentry *debugfs_create_u16(const char *name, umode_t mode, struct dentry *parent,
				  u16 *value);
struct dentry *debugfs_create_u32(const char *name, umode_t mode, struct dentry *parent,
				  u32 *value);
struct dentry *debugfs_create_u64(const char *name, umode_t mode, struct dentry *parent,
				  u64 *value);
struct dentry *debugfs_create_ulong(const char *name, umode_t mode, struct dentry *parent,
				    unsigned long *value);
struct dentry *debugfs_create_x8(const char *name, umode_t mode, struct dentry *parent, u8 *value);
struct dentry *debugfs_create_x16(const char *name, umode_t mode, struct dentry *parent,
				  u16 *value);
struct dentry *debugfs_create_x32(const char *name, umode_t mode, struct dentry *parent,
				  u32 *value);
struct dentry *debugfs_create_x64(const char *name, umode_t mode, struct dentry *parent,
				  u64 *value);
struct dentry *debugfs_create_size_t(const char *name, umode_t mode, struct dentry *parent,
				     size_t *value);
struct dentry *debugfs_create_atomic_t(const char *name, umode_t mode, struct dentry *parent,
				       atomic_t *value);
struct dentry *debugfs_create_bool(const char *name, umode_t mode, struct dentry *parent,
				   bool *value);

static inline bool debugfs_initialized(void)
{
	return true;
}

#define DEFINE_DEBUGFS_ATTRIBUTE(__fops, __get, __set, __fmt) \
	DEFINE_SIMPLE_ATTRIBUTE(__fops, __get, __set, __fmt)

#endif
