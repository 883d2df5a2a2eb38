// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/sysfs.h>. The tree lies in the machine's memory; JavaScript reads and writes its files by path.
#ifndef PADATA_LINUX_SYSFS_H
#define PADATA_LINUX_SYSFS_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>

struct kobject;

struct attribute {
	const char *name;
	umode_t mode;
};

struct sysfs_ops {
	ssize_t (*show)(struct kobject *, struct attribute *, char *);
	ssize_t (*store)(struct kobject *, struct attribute *, const char *, size_t);
};

// For a struct that has an attr, a show() and a store().
#define __ATTR(_name, _mode, _show, _store) { \
	.attr = { .name = #_name, .mode = (_mode) }, \
	.show = _show, \
	.store = _store, \
}
#define __ATTR_RO(_name) __ATTR(_name, 0444, _name##_show, NULL)
#define __ATTR_WO(_name) __ATTR(_name, 0200, NULL, _name##_store)
#define __ATTR_RW(_name) __ATTR(_name, 0644, _name##_show, _name##_store)

int __must_check sysfs_create_file(struct kobject *kobj, const struct attribute *attr);
void sysfs_remove_file(struct kobject *kobj, const struct attribute *attr);

#endif
