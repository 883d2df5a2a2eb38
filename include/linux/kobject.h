// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/kobject.h>. A uevent is a record of the kernel log instead of a netlink message;
// there are no namespaces.
#ifndef PADATA_LINUX_KOBJECT_H
#define PADATA_LINUX_KOBJECT_H

#include <linux/compiler.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/types.h>

struct kernfs_node;
struct kobj_ns_type_operations;
struct kobj_uevent_env;

struct kobject {
	const char *name;
	struct list_head entry;
	struct kobject *parent;
	struct kset *kset;
	struct kobj_type *ktype;
	struct kernfs_node *sd;
	struct kref kref;
	union {
		// The bits below in one word, as TypeScript sees them.
		unsigned int state;
		struct {
			unsigned int state_initialized:1;
			unsigned int state_in_sysfs:1;
			unsigned int state_add_uevent_sent:1;
			unsigned int state_remove_uevent_sent:1;
			unsigned int uevent_suppress:1;
		};
	};
};

struct kobj_type {
	void (*release)(struct kobject *kobj);
	const struct sysfs_ops *sysfs_ops;
	struct attribute **default_attrs;
	const struct kobj_ns_type_operations *(*child_ns_type)(struct kobject *kobj);
	const void *(*namespace)(struct kobject *kobj);
};

struct kobj_attribute {
	struct attribute attr;
	ssize_t (*show)(struct kobject *kobj, struct kobj_attribute *attr, char *buf);
	ssize_t (*store)(struct kobject *kobj, struct kobj_attribute *attr, const char *buf,
			 size_t count);
};

struct kset_uevent_ops {
	int (*const filter)(struct kset *kset, struct kobject *kobj);
	const char *(*const name)(struct kset *kset, struct kobject *kobj);
	int (*const uevent)(struct kset *kset, struct kobject *kobj, struct kobj_uevent_env *env);
};

struct kset {
	struct list_head list;
	spinlock_t list_lock;
	struct kobject kobj;
	const struct kset_uevent_ops *uevent_ops;
};

enum kobject_action {
	KOBJ_ADD,
	KOBJ_REMOVE,
	KOBJ_CHANGE,
	KOBJ_MOVE,
	KOBJ_ONLINE,
	KOBJ_OFFLINE,
	KOBJ_BIND,
	KOBJ_UNBIND,
};

// The directory /sys/kernel.
extern struct kobject *kernel_kobj;

static inline const char *kobject_name(const struct kobject *kobj)
{
	return kobj->name;
}

int kobject_set_name(struct kobject *kobj, const char *name, ...) __printf(2, 3);
void kobject_init(struct kobject *kobj, struct kobj_type *ktype);
int __must_check kobject_add(struct kobject *kobj, struct kobject *parent, const char *fmt, ...)
	__printf(3, 4);
int __must_check kobject_init_and_add(struct kobject *kobj, struct kobj_type *ktype,
				      struct kobject *parent, const char *fmt, ...) __printf(4, 5);
void kobject_del(struct kobject *kobj);
struct kobject *kobject_get(struct kobject *kobj);
void kobject_put(struct kobject *kobj);
// Of a kobject of the kernel's, such as an instance's: with a show() and store() that C can call,
// as those behind kobj->ktype are JavaScript's.
struct kobj_type *get_ktype(struct kobject *kobj);
struct kobject *__must_check kobject_create_and_add(const char *name, struct kobject *parent);
int kobject_uevent(struct kobject *kobj, enum kobject_action action);
// envp is not passed on.
int kobject_uevent_env(struct kobject *kobj, enum kobject_action action, char *envp[]);

static inline struct kset *to_kset(struct kobject *kobj)
{
	return kobj ? container_of(kobj, struct kset, kobj) : NULL;
}

static inline struct kset *kset_get(struct kset *k)
{
	return k ? to_kset(kobject_get(&k->kobj)) : NULL;
}

static inline void kset_put(struct kset *k)
{
	kobject_put(&k->kobj);
}

extern const struct sysfs_ops kobj_sysfs_ops;

int __must_check kset_register(struct kset *kset);
void kset_unregister(struct kset *kset);
struct kset *__must_check kset_create_and_add(const char *name, const struct kset_uevent_ops *u,
					      struct kobject *parent_kobj);

#endif
