// SPDX-License-Identifier: GPL-2.0-only
//
// seq_file, procfs and debugfs files, and the helpers for files. What these show is read through
// their operations here, as the kernel does.
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "api.h"

/* What a file of these operations shows. */
static ssize_t read_of(const struct file_operations *fops, struct inode *inode, char *buf,
		       size_t size)
{
	struct file file = { .f_inode = inode, .f_op = fops, .f_mode = FMODE_READ };
	ssize_t n, total = 0;

	if (fops->open(inode, &file) != 0)
		return -1;
	while ((n = fops->read(&file, buf + total, size - 1 - total, &file.f_pos)) > 0)
		total += n;
	buf[total] = '\0';
	fops->release(inode, &file);
	return n < 0 ? n : total;
}

static int all_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%d ", 1);
	seq_puts(m, "two");
	seq_putc(m, ' ');
	seq_put_decimal_ull(m, "n=", 3);
	seq_put_decimal_ll(m, ",", -4);
	seq_write(m, " w", 2);
	seq_escape(m, "\t", "\t");
	seq_setwidth(m, 4);
	seq_puts(m, "ab");
	seq_pad(m, '\n');
	CHECK(m->private == &all_show && !seq_has_overflowed(m));
	return 0;
}

static void print_va(struct seq_file *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	seq_vprintf(m, fmt, ap);
	va_end(ap);
}

static int long_show(struct seq_file *m, void *v)
{
	for (int i = 0; i < 3000; i++)
		print_va(m, "%04d\n", i);
	return 0;
}

static int open_all(struct inode *inode, struct file *file)
{
	return single_open(file, all_show, all_show);
}

static int open_long(struct inode *inode, struct file *file)
{
	return single_open_size(file, long_show, NULL, 20000);
}

TEST(single_files, SLEEP)
{
	struct file_operations fops = {
		.open = open_all, .read = seq_read, .llseek = seq_lseek, .release = single_release
	};
	struct inode inode = { 0 };
	char *buf = kmalloc(20000, GFP_KERNEL);

	CHECK(read_of(&fops, &inode, buf, 20000) > 0 &&
	      strcmp(buf, "1 two n=3,-4 w\\011ab  \n") == 0);
	fops.open = open_long;
	CHECK(read_of(&fops, &inode, buf, 20000) == 15000 && strncmp(buf + 14995, "2999", 4) == 0);
	kfree(buf);
}

struct item {
	struct list_head list;
	struct hlist_node node;
	int value;
};

static LIST_HEAD(list);
static HLIST_HEAD(hlist);

static void *list_start(struct seq_file *m, loff_t *pos)
{
	return seq_list_start(&list, *pos);
}

static void *list_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seq_list_next(v, &list, pos);
}

static void stop(struct seq_file *m, void *v)
{
}

static int list_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%d,", list_entry(v, struct item, list)->value);
	return 0;
}

static void *hlist_start(struct seq_file *m, loff_t *pos)
{
	return seq_hlist_start(&hlist, *pos);
}

static void *hlist_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seq_hlist_next(v, &hlist, pos);
}

static int hlist_show(struct seq_file *m, void *v)
{
	CHECK(m->private != NULL);
	seq_printf(m, "%d;", hlist_entry(v, struct item, node)->value);
	return 0;
}

static const struct seq_operations list_ops = { list_start, stop, list_next, list_show };
static const struct seq_operations hlist_ops = { hlist_start, stop, hlist_next, hlist_show };

static int open_list(struct inode *inode, struct file *file)
{
	return seq_open(file, &list_ops);
}

static int open_hlist(struct inode *inode, struct file *file)
{
	CHECK(seq_open_private(file, &hlist_ops, 16) == 0);
	seq_release_private(inode, file);
	return __seq_open_private(file, &hlist_ops, 16) != NULL ? 0 : -ENOMEM;
}

TEST(seq_files, SLEEP)
{
	struct file_operations fops = {
		.open = open_list, .read = seq_read, .llseek = seq_lseek, .release = seq_release
	};
	struct inode inode = { 0 };
	struct item items[3];
	char buf[64];

	INIT_LIST_HEAD(&list);
	INIT_HLIST_HEAD(&hlist);
	for (int i = 0; i < 3; i++) {
		items[i].value = i;
		list_add_tail(&items[i].list, &list);
		hlist_add_head(&items[i].node, &hlist);
	}
	CHECK(read_of(&fops, &inode, buf, sizeof(buf)) == 6 && strcmp(buf, "0,1,2,") == 0);
	fops.open = open_hlist;
	fops.release = seq_release_private;
	CHECK(read_of(&fops, &inode, buf, sizeof(buf)) == 6 && strcmp(buf, "2;1;0;") == 0);
	CHECK(seq_list_start_head(&list, 0) == &list &&
	      seq_list_start_head(&list, 1) == &items[0].list);
}

static int get_number(void *data, u64 *value)
{
	*value = *(u32 *)data;
	return 0;
}

static int set_number(void *data, u64 value)
{
	*(u32 *)data = (u32)value;
	return 0;
}

DEFINE_SIMPLE_ATTRIBUTE(number_fops, get_number, set_number, "%llu\n");

TEST(helpers, SLEEP)
{
	u32 number = 5;
	struct inode inode = { .i_private = &number, .i_size = 10 };
	struct file file = { .f_inode = &inode };
	char buf[16] = "";
	loff_t pos = 1;

	CHECK(read_of(&number_fops, &inode, buf, sizeof(buf)) == 2 && strcmp(buf, "5\n") == 0);
	CHECK(number_fops.open == number_fops_open && number_fops_open(&inode, &file) == 0);
	CHECK(simple_attr_write(&file, "17\n", 3, &pos) == 3 && number == 17);
	pos = 0;
	CHECK(simple_attr_read(&file, buf, sizeof(buf), &pos) == 3 &&
	      simple_attr_release(&inode, &file) == 0);
	CHECK(simple_attr_open(&inode, &file, get_number, NULL, "%llx\n") == 0 &&
	      simple_attr_release(&inode, &file) == 0);
	pos = 1;
	CHECK(simple_read_from_buffer(buf, 3, &pos, "abcdef", 6) == 3 &&
	      strncmp(buf, "bcd", 3) == 0 && pos == 4);
	pos = 2;
	CHECK(simple_write_to_buffer(buf, 4, &pos, "xyz", 3) == 2 && buf[2] == 'x' && pos == 4);
	CHECK(simple_open(&inode, &file) == 0 && file.private_data == &number &&
	      nonseekable_open(&inode, &file) == 0);
	file.f_pos = 3;
	CHECK(no_llseek(&file, 0, SEEK_SET) == -ESPIPE && noop_llseek(&file, 0, SEEK_SET) == 3);
	CHECK(default_llseek(&file, 2, SEEK_CUR) == 5 &&
	      generic_file_llseek(&file, 4, SEEK_SET) == 4 && file.f_pos == 4);
}

static int data_open(struct inode *inode, struct file *file)
{
	CHECK(PDE_DATA(inode) == &list);
	return single_open(file, all_show, all_show);
}

static const struct file_operations data_fops = { .open = data_open,
						  .read = seq_read,
						  .release = single_release };

TEST(procs, SLEEP)
{
	struct proc_dir_entry *dir = proc_mkdir("api", NULL), *entry;

	CHECK(dir != NULL && proc_mkdir("api", NULL) == NULL);
	entry = proc_create_data("data", 0444, dir, &data_fops, &list);
	CHECK(entry != NULL && proc_create("data", 0444, dir, &data_fops) == NULL);
	CHECK(proc_create_seq("seq", 0444, dir, &list_ops) != NULL);
	CHECK(proc_create_seq_private("private", 0444, dir, &hlist_ops, 16, NULL) != NULL);
	CHECK(proc_create_single_data("single", 0, dir, all_show, all_show) != NULL);
	CHECK(proc_mkdir_data("sub", 0755, dir, &list) != NULL &&
	      proc_mkdir_mode("mode", 0700, dir) != NULL);
	proc_remove(entry);
	remove_proc_entry("seq", dir);
	CHECK(remove_proc_subtree("api", NULL) == 0 && remove_proc_subtree("api", NULL) == -ENOENT);
	CHECK(proc_mkdir("api", NULL) != NULL);
	remove_proc_entry("api", NULL);
}

TEST(debugs, SLEEP)
{
	struct dentry *dir = debugfs_create_dir("api", NULL), *file;
	u8 a = 1;
	u16 b = 2;
	u32 c = 3;
	u64 d = 4;
	unsigned long e = 5;
	size_t f = 6;
	bool g = true;
	atomic_t h = ATOMIC_INIT(7);

	CHECK(!IS_ERR_OR_NULL(dir) && debugfs_initialized());
	file = debugfs_create_file("file", 0444, dir, &c, &number_fops);
	CHECK(!IS_ERR_OR_NULL(file) && debugfs_lookup("file", dir) == file &&
	      debugfs_lookup("none", dir) == NULL);
	CHECK(debugfs_create_u8("u8", 0644, dir, &a) != NULL &&
	      debugfs_create_u16("u16", 0644, dir, &b) != NULL);
	CHECK(debugfs_create_u32("u32", 0644, dir, &c) != NULL &&
	      debugfs_create_u64("u64", 0644, dir, &d) != NULL);
	CHECK(debugfs_create_x8("x8", 0644, dir, &a) != NULL &&
	      debugfs_create_x16("x16", 0644, dir, &b) != NULL);
	CHECK(debugfs_create_x32("x32", 0644, dir, &c) != NULL &&
	      debugfs_create_x64("x64", 0644, dir, &d) != NULL);
	CHECK(debugfs_create_ulong("ulong", 0644, dir, &e) != NULL &&
	      debugfs_create_size_t("size", 0644, dir, &f) != NULL);
	CHECK(debugfs_create_bool("bool", 0644, dir, &g) != NULL &&
	      debugfs_create_atomic_t("atomic", 0644, dir, &h) != NULL);
	debugfs_remove(file);
	CHECK(debugfs_lookup("file", dir) == NULL);
	debugfs_remove_recursive(dir);
	CHECK(debugfs_lookup("api", NULL) == NULL);
}
