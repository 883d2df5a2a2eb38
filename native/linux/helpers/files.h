/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The files and directories that modules make with <linux/proc_fs.h> and <linux/debugfs.h>.
 */
#pragma once

#include <linux/fs.h>

struct file_entry;

extern struct file_entry proc_root, debugfs_root;

/* NULL if there is no memory, or one of this name in the directory. */
struct file_entry *file_create(struct file_entry *parent, const char *name, umode_t mode,
			       const struct file_operations *fops, void *data);
struct file_entry *file_find(struct file_entry *parent, const char *name);
/* With all that is below. */
void file_remove(struct file_entry *entry);
/*
 * All there are: the machine is gone, and with it its modules, of which some may not have been
 * unloaded.
 */
void file_forget_all(void);
/* Memory that is to be freed with it. */
void file_owns(struct file_entry *entry, void *memory);
void *file_data(const struct file_entry *entry);

/* Of an inode, whose i_private is data. */
struct file_entry *file_of_inode(const struct inode *inode);

/*
 * For whoever shows the files: path is from the root, such as "proc/name" or
 * "sys/kernel/debug/dir/name". All may sleep; they return a negative errno on failure. The text of
 * a file: its length; *text is to be freed with free().
 */
ssize_t file_read_all(const char *path, char **text);
ssize_t file_write_all(const char *path, const char *text, size_t length);
/* The names in a directory, each with a newline, directories with a slash before it. */
ssize_t file_list(const char *path, char **text);
