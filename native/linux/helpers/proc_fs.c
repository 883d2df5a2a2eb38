// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/proc_fs.h>.
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <stdlib.h>

#include "runtime.h"
#include "files.h"

/*
 * A proc_dir_entry is a file_entry; what proc_create_single() and the like are given stands behind
 * the operations.
 */
struct shown {
	struct file_operations fops;
	const struct seq_operations *ops;
	unsigned int state_size;
	int (*show)(struct seq_file *, void *);
	void *data;
};

static struct file_entry *directory(struct proc_dir_entry *parent)
{
	return parent ? (struct file_entry *)parent : &proc_root;
}

EXPORT_C struct proc_dir_entry *proc_create_data(const char *name, umode_t mode,
						 struct proc_dir_entry *parent,
						 const struct file_operations *proc_fops,
						 void *data)
{
	if ((mode & 0777) == 0)
		mode |= 0444;
	return (struct proc_dir_entry *)file_create(directory(parent), name, mode | S_IFREG,
						    proc_fops, data);
}

EXPORT_C void *PDE_DATA(const struct inode *inode)
{
	return file_data(file_of_inode(inode));
}

static const struct shown *shown_of(const struct file *file)
{
	return container_of(file->f_op, struct shown, fops);
}

static int shown_open(struct inode *inode, struct file *file)
{
	const struct shown *shown = shown_of(file);

	(void)inode;
	if (shown->show)
		return single_open(file, shown->show, shown->data);
	return shown->state_size ? seq_open_private(file, shown->ops, (int)shown->state_size) :
				   seq_open(file, shown->ops);
}

static int shown_release(struct inode *inode, struct file *file)
{
	const struct shown *shown = shown_of(file);

	if (shown->show)
		return single_release(inode, file);
	return shown->state_size ? seq_release_private(inode, file) : seq_release(inode, file);
}

static struct proc_dir_entry *create_shown(const char *name, umode_t mode,
					   struct proc_dir_entry *parent, struct shown shown)
{
	struct shown *kept = malloc(sizeof(*kept));
	struct proc_dir_entry *entry;

	if (!kept)
		return NULL;
	shown.fops = (struct file_operations){
		.open = shown_open, .read = seq_read, .llseek = seq_lseek, .release = shown_release
	};
	*kept = shown;
	entry = proc_create_data(name, mode, parent, &kept->fops, shown.data);
	if (entry)
		file_owns((struct file_entry *)entry, kept);
	else
		free(kept);
	return entry;
}

EXPORT_C struct proc_dir_entry *proc_create_single_data(const char *name, umode_t mode,
							struct proc_dir_entry *parent,
							int (*show)(struct seq_file *, void *),
							void *data)
{
	return create_shown(name, mode, parent, (struct shown){ .show = show, .data = data });
}

EXPORT_C struct proc_dir_entry *proc_create_seq_private(const char *name, umode_t mode,
							struct proc_dir_entry *parent,
							const struct seq_operations *ops,
							unsigned int state_size, void *data)
{
	return create_shown(name, mode, parent,
			    (struct shown){ .ops = ops, .state_size = state_size, .data = data });
}

EXPORT_C struct proc_dir_entry *proc_mkdir_data(const char *name, umode_t mode,
						struct proc_dir_entry *parent, void *data)
{
	return (struct proc_dir_entry *)file_create(directory(parent), name,
						    (mode ? mode : 0555) | S_IFDIR, NULL, data);
}

EXPORT_C struct proc_dir_entry *proc_mkdir_mode(const char *name, umode_t mode,
						struct proc_dir_entry *parent)
{
	return proc_mkdir_data(name, mode, parent, NULL);
}

EXPORT_C struct proc_dir_entry *proc_mkdir(const char *name, struct proc_dir_entry *parent)
{
	return proc_mkdir_data(name, 0, parent, NULL);
}

EXPORT_C void proc_remove(struct proc_dir_entry *de)
{
	if (de)
		file_remove((struct file_entry *)de);
}

EXPORT_C int remove_proc_subtree(const char *name, struct proc_dir_entry *parent)
{
	struct file_entry *entry = file_find(directory(parent), name);

	if (!entry || entry == directory(parent))
		return -ENOENT;
	file_remove(entry);
	return 0;
}

EXPORT_C void remove_proc_entry(const char *name, struct proc_dir_entry *parent)
{
	WARN(remove_proc_subtree(name, parent), "name '%s'\n", name);
}
