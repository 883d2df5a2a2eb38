// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/fs.h>: what files in memory are made of.
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <stdlib.h>

#include "runtime.h"

EXPORT_C int simple_open(struct inode *inode, struct file *file)
{
	if (inode->i_private)
		file->private_data = inode->i_private;
	return 0;
}

EXPORT_C int nonseekable_open(struct inode *inode, struct file *file)
{
	(void)inode;
	(void)file;
	return 0;
}

EXPORT_C loff_t generic_file_llseek(struct file *file, loff_t offset, int whence)
{
	loff_t base = whence == SEEK_CUR ? file->f_pos :
		      whence == SEEK_END ? file->f_inode->i_size :
					   0;

	if (whence < SEEK_SET || whence > SEEK_END || base + offset < 0)
		return -EINVAL;
	return file->f_pos = base + offset;
}

EXPORT_C loff_t default_llseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek(file, offset, whence);
}

EXPORT_C loff_t no_llseek(struct file *file, loff_t offset, int whence)
{
	(void)file;
	(void)offset;
	(void)whence;
	return -ESPIPE;
}

EXPORT_C loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	(void)offset;
	(void)whence;
	return file->f_pos;
}

EXPORT_C ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *ppos,
					 const void *from, size_t available)
{
	loff_t pos = *ppos;

	if (pos < 0)
		return -EINVAL;
	if ((size_t)pos >= available)
		return 0;
	count = min(count, available - (size_t)pos);
	memcpy(to, (const char *)from + pos, count);
	*ppos = pos + (loff_t)count;
	return (ssize_t)count;
}

EXPORT_C ssize_t simple_write_to_buffer(void *to, size_t available, loff_t *ppos,
					const void __user *from, size_t count)
{
	loff_t pos = *ppos;

	if (pos < 0)
		return -EINVAL;
	if ((size_t)pos >= available)
		return 0;
	count = min(count, available - (size_t)pos);
	memcpy((char *)to + pos, from, count);
	*ppos = pos + (loff_t)count;
	return (ssize_t)count;
}

struct simple_attr {
	int (*get)(void *, u64 *);
	int (*set)(void *, u64);
	const char *fmt;
	void *data;
	char text[32];
	int length;
};

EXPORT_C int simple_attr_open(struct inode *inode, struct file *file, int (*get)(void *, u64 *),
			      int (*set)(void *, u64), const char *fmt)
{
	struct simple_attr *attr = calloc(1, sizeof(*attr));

	if (!attr)
		return -ENOMEM;
	*attr = (struct simple_attr){
		.get = get, .set = set, .fmt = fmt, .data = inode->i_private, .length = -1
	};
	file->private_data = attr;
	return 0;
}

EXPORT_C int simple_attr_release(struct inode *inode, struct file *file)
{
	(void)inode;
	free(file->private_data);
	return 0;
}

EXPORT_C ssize_t simple_attr_read(struct file *file, char __user *buf, size_t len, loff_t *ppos)
{
	struct simple_attr *attr = file->private_data;

	if (!attr->get)
		return -EACCES;
	// One number for all of a reader's calls.
	if (attr->length < 0) {
		u64 value;
		int err = attr->get(attr->data, &value);

		if (err)
			return err;
		attr->length = scnprintf(attr->text, sizeof(attr->text), attr->fmt, value);
	}
	return simple_read_from_buffer(buf, len, ppos, attr->text, (size_t)attr->length);
}

EXPORT_C ssize_t simple_attr_write(struct file *file, const char __user *buf, size_t len,
				   loff_t *ppos)
{
	struct simple_attr *attr = file->private_data;
	char text[32];
	size_t copied = min(len, sizeof(text) - 1);
	int err;

	(void)ppos;
	if (!attr->set)
		return -EACCES;
	memcpy(text, buf, copied);
	text[copied] = '\0';
	err = attr->set(attr->data, text[0] == '-' ? (u64)simple_strtoll(text, NULL, 0) :
						     simple_strtoull(text, NULL, 0));
	return err ? err : (ssize_t)len;
}
