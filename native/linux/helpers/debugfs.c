// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/debugfs.h>.
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/string.h>

#include "runtime.h"
#include "files.h"

static struct file_entry *directory(struct dentry *parent)
{
	return parent ? (struct file_entry *)parent : &debugfs_root;
}

EXPORT_C struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent,
					    void *data, const struct file_operations *fops)
{
	return IS_ERR(parent) ? NULL :
				(struct dentry *)file_create(directory(parent), name,
							     mode | S_IFREG, fops, data);
}

EXPORT_C struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	return IS_ERR(parent) ? NULL :
				(struct dentry *)file_create(directory(parent), name,
							     0755 | S_IFDIR, NULL, NULL);
}

EXPORT_C void debugfs_remove_recursive(struct dentry *dentry)
{
	if (!IS_ERR_OR_NULL(dentry))
		file_remove((struct file_entry *)dentry);
}

EXPORT_C void debugfs_remove(struct dentry *dentry)
{
	debugfs_remove_recursive(dentry);
}

EXPORT_C struct dentry *debugfs_lookup(const char *name, struct dentry *parent)
{
	return (struct dentry *)file_find(directory(parent), name);
}

#define NUMBER(name, type, fmt) \
static int name##_get(void *data, u64 *value) \
{ \
	*value = (u64)READ_ONCE(*(type *)data); \
	return 0; \
} \
static int name##_set(void *data, u64 value) \
{ \
	WRITE_ONCE(*(type *)data, (type)value); \
	return 0; \
} \
DEFINE_SIMPLE_ATTRIBUTE(fops_##name, name##_get, name##_set, fmt); \
EXPORT_C struct dentry *debugfs_create_##name(const char *file, umode_t mode, \
						     struct dentry *parent, type *value) \
{ \
	return debugfs_create_file(file, mode, parent, value, &fops_##name); \
}

// There is no module here.
#undef THIS_MODULE
#define THIS_MODULE NULL

NUMBER(u8, u8, "%llu\n")
NUMBER(u16, u16, "%llu\n")
NUMBER(u32, u32, "%llu\n")
NUMBER(u64, u64, "%llu\n")
NUMBER(ulong, unsigned long, "%llu\n")
NUMBER(x8, u8, "0x%02llx\n")
NUMBER(x16, u16, "0x%04llx\n")
NUMBER(x32, u32, "0x%08llx\n")
NUMBER(x64, u64, "0x%016llx\n")
NUMBER(size_t, size_t, "%llu\n")

static int atomic_get(void *data, u64 *value)
{
	*value = (u64)(s64)atomic_read((atomic_t *)data);
	return 0;
}

static int atomic_put(void *data, u64 value)
{
	atomic_set((atomic_t *)data, (int)value);
	return 0;
}

DEFINE_SIMPLE_ATTRIBUTE(fops_atomic, atomic_get, atomic_put, "%lld\n");

EXPORT_C struct dentry *debugfs_create_atomic_t(const char *name, umode_t mode,
						struct dentry *parent, atomic_t *value)
{
	return debugfs_create_file(name, mode, parent, value, &fops_atomic);
}

static ssize_t bool_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	char text[2] = { READ_ONCE(*(bool *)file->private_data) ? 'Y' : 'N', '\n' };

	return simple_read_from_buffer(buf, count, ppos, text, sizeof(text));
}

static ssize_t bool_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	bool value;

	(void)ppos;
	if (kstrtobool_from_user(buf, count, &value) == 0)
		WRITE_ONCE(*(bool *)file->private_data, value);
	return (ssize_t)count;
}

static const struct file_operations fops_bool = { .open = simple_open,
						  .read = bool_read,
						  .write = bool_write };

EXPORT_C struct dentry *debugfs_create_bool(const char *name, umode_t mode, struct dentry *parent,
					    bool *value)
{
	return debugfs_create_file(name, mode, parent, value, &fops_bool);
}
