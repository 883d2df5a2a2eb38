// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/seq_file.h>. A record that does not fit into the buffer is shown again into one twice as
// large, so show() may be called more than once for it, as in the kernel.
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <stdlib.h>

#include "runtime.h"

EXPORT_C int seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->op = op;
	m->file = file;
	file->private_data = m;
	return 0;
}

EXPORT_C int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	(void)inode;
	free(m->buf);
	free(m);
	return 0;
}

/*
 * Fill the buffer, which is empty, with the record at index and as many behind it as fit. 0 at the
 * end.
 */
static int fill(struct seq_file *m)
{
	for (;;) {
		loff_t index = m->index;
		bool too_small = false;
		int err = 0;
		void *v;

		m->from = m->count = 0;
		v = m->op->start(m, &index);
		while (v && !IS_ERR(v)) {
			size_t before = m->count;

			err = m->op->show(m, v);
			if (err < 0)
				break;
			if (err == SEQ_SKIP) {
				m->count = before;
				err = 0;
			} else if (seq_has_overflowed(m)) {
				m->count = before;
				too_small = before == 0;
				break;
			}
			v = m->op->next(m, v, &index);
			m->index = index;
		}
		m->op->stop(m, v);
		if (IS_ERR(v))
			err = (int)PTR_ERR(v);
		if (too_small) {
			char *larger = realloc(m->buf, m->size * 2);

			if (!larger)
				return -ENOMEM;
			m->buf = larger;
			m->size *= 2;
			continue;
		}
		return err;
	}
}

EXPORT_C ssize_t seq_read(struct file *file, char __user *buf, size_t size, loff_t *ppos)
{
	struct seq_file *m = file->private_data;
	size_t copied = 0;

	if (!m->buf) {
		m->buf = malloc(m->size ? m->size : 4096);
		if (!m->buf)
			return -ENOMEM;
		if (!m->size)
			m->size = 4096;
	}
	// Somebody has moved: from the beginning again, up to there.
	if (*ppos != m->read_pos) {
		m->index = 0;
		m->from = m->count = 0;
		m->read_pos = 0;
		while (m->read_pos < *ppos) {
			size_t step;
			int err = m->count ? 0 : fill(m);

			if (err < 0)
				return err;
			if (m->count == 0)
				break;
			step = min(m->count, (size_t)(*ppos - m->read_pos));
			m->from += step;
			m->count -= step;
			m->read_pos += (loff_t)step;
		}
	}
	while (copied < size) {
		size_t step;

		if (m->count == 0) {
			int err = fill(m);

			if (err < 0 && copied == 0)
				return err;
			if (err < 0 || m->count == 0)
				break;
		}
		step = min(m->count, size - copied);
		memcpy(buf + copied, m->buf + m->from, step);
		m->from += step;
		m->count -= step;
		copied += step;
	}
	*ppos += (loff_t)copied;
	m->read_pos = *ppos;
	return (ssize_t)copied;
}

EXPORT_C loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	return generic_file_llseek(file, offset, whence);
}

static void *single_start(struct seq_file *m, loff_t *pos)
{
	(void)m;
	return *pos == 0 ? SEQ_START_TOKEN : NULL;
}

static void *single_next(struct seq_file *m, void *v, loff_t *pos)
{
	(void)m;
	(void)v;
	++*pos;
	return NULL;
}

static void single_stop(struct seq_file *m, void *v)
{
	(void)m;
	(void)v;
}

EXPORT_C int single_open(struct file *file, int (*show)(struct seq_file *, void *), void *data)
{
	struct seq_operations *op = malloc(sizeof(*op));
	int err;

	if (!op)
		return -ENOMEM;
	*op = (struct seq_operations){ single_start, single_stop, single_next, show };
	err = seq_open(file, op);
	if (err)
		free(op);
	else
		((struct seq_file *)file->private_data)->private = data;
	return err;
}

EXPORT_C int single_open_size(struct file *file, int (*show)(struct seq_file *, void *), void *data,
			      size_t size)
{
	int err = single_open(file, show, data);

	if (!err)
		((struct seq_file *)file->private_data)->size = size;
	return err;
}

EXPORT_C int single_release(struct inode *inode, struct file *file)
{
	void *op = (void *)(unsigned long)((struct seq_file *)file->private_data)->op;
	int err = seq_release(inode, file);

	free(op);
	return err;
}

EXPORT_C void *__seq_open_private(struct file *file, const struct seq_operations *ops, int psize)
{
	void *private = calloc(1, (size_t)psize);

	if (!private || seq_open(file, ops)) {
		free(private);
		return NULL;
	}
	return ((struct seq_file *)file->private_data)->private = private;
}

EXPORT_C int seq_open_private(struct file *file, const struct seq_operations *ops, int psize)
{
	return __seq_open_private(file, ops, psize) ? 0 : -ENOMEM;
}

EXPORT_C int seq_release_private(struct inode *inode, struct file *file)
{
	free(((struct seq_file *)file->private_data)->private);
	return seq_release(inode, file);
}

EXPORT_C void seq_vprintf(struct seq_file *m, const char *fmt, va_list args)
{
	if (m->count < m->size) {
		size_t length = (size_t)vsnprintf(m->buf + m->count, m->size - m->count, fmt, args);

		m->count = min(m->count + length, m->size);
	}
}

EXPORT_C void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	seq_vprintf(m, fmt, args);
	va_end(args);
}

EXPORT_C int seq_write(struct seq_file *m, const void *data, size_t len)
{
	if (m->count + len >= m->size) {
		m->count = m->size;
		return -1;
	}
	memcpy(m->buf + m->count, data, len);
	m->count += len;
	return 0;
}

EXPORT_C void seq_putc(struct seq_file *m, char c)
{
	seq_write(m, &c, 1);
}

EXPORT_C void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

EXPORT_C void seq_pad(struct seq_file *m, char c)
{
	while (m->count < m->pad_until && m->count < m->size)
		seq_putc(m, ' ');
	if (c)
		seq_putc(m, c);
}

EXPORT_C void seq_put_decimal_ull(struct seq_file *m, const char *delimiter, unsigned long long num)
{
	seq_printf(m, "%s%llu", delimiter ? delimiter : "", num);
}

EXPORT_C void seq_put_decimal_ll(struct seq_file *m, const char *delimiter, long long num)
{
	seq_printf(m, "%s%lld", delimiter ? delimiter : "", num);
}

EXPORT_C void seq_escape(struct seq_file *m, const char *s, const char *esc)
{
	for (; *s; s++)
		if (strchr(esc, *s))
			seq_printf(m, "\\%03o", (unsigned char)*s);
		else
			seq_putc(m, *s);
}

EXPORT_C struct list_head *seq_list_start(struct list_head *head, loff_t pos)
{
	struct list_head *at;

	list_for_each(at, head)
		if (pos-- == 0)
			return at;
	return NULL;
}

EXPORT_C struct list_head *seq_list_start_head(struct list_head *head, loff_t pos)
{
	return pos == 0 ? head : seq_list_start(head, pos - 1);
}

EXPORT_C struct list_head *seq_list_next(void *v, struct list_head *head, loff_t *ppos)
{
	struct list_head *next = ((struct list_head *)v)->next;

	++*ppos;
	return next == head ? NULL : next;
}

EXPORT_C struct hlist_node *seq_hlist_start(struct hlist_head *head, loff_t pos)
{
	struct hlist_node *at;

	hlist_for_each(at, head)
		if (pos-- == 0)
			return at;
	return NULL;
}

EXPORT_C struct hlist_node *seq_hlist_next(void *v, struct hlist_head *head, loff_t *ppos)
{
	struct hlist_node *node = v;

	++*ppos;
	return v == SEQ_START_TOKEN ? head->first : node->next;
}
