// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/kobject.h> and <linux/sysfs.h>: the calls into lib/linux/kobject.ts and sysfs.ts. What
// describes a kobject (its type, attributes, their names) is static data of the client, so it has
// shadows, which call the client's show() and store(). They live until the client's module is
// unloaded.
#include <linux/errno.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime.h"
#include "shadow.h"

EXPORT_C struct kobject *kernel_kobj;

/* The client's kobject of one that the TypeScript kernel names. */
static struct kobject *client_of(struct kobject *kobj);

struct kobject_shadow {
	struct kobject kobj;
	struct kobject *client;
};

static ssize_t show_kobj_attribute(struct kobject *kobj, struct kobj_attribute *shadow, char *buf)
{
	struct kobj_attribute *attr = shadow_object(shadow);

	return attr->show != NULL ? attr->show(client_of(kobj), attr, buf) : -EIO;
}

static ssize_t store_kobj_attribute(struct kobject *kobj, struct kobj_attribute *shadow,
				    const char *buf, size_t count)
{
	struct kobj_attribute *attr = shadow_object(shadow);

	return attr->store != NULL ? attr->store(client_of(kobj), attr, buf, count) : -EIO;
}

struct attribute_shadow {
	struct kobj_attribute kattr;
	char name[];
};

/*
 * Is it the first part of a kobj_attribute? Only the kobject's type knows, so show() of the shadow
 * is called for those only.
 */
static struct attribute *attribute_in(const struct attribute *attr)
{
	size_t size = strlen(attr->name) + 1;
	bool made;
	struct attribute_shadow *shadow =
		shadow_always(SHADOW_ATTRIBUTE, attr, sizeof(*shadow) + size, &made);

	if (shadow == NULL)
		return NULL;
	if (made) {
		memcpy(shadow->name, attr->name, size);
		shadow->kattr.attr.name = shadow->name;
		shadow->kattr.show = show_kobj_attribute;
		shadow->kattr.store = store_kobj_attribute;
	}
	shadow->kattr.attr.mode = attr->mode;
	return &shadow->kattr.attr;
}

struct ktype_shadow {
	struct kobj_type ktype;
	struct sysfs_ops ops;
	struct attribute *attrs[];
};

static const struct kobj_type *client_type_of(struct kobject *kobj)
{
	return shadow_object(kobj->ktype);
}

static ssize_t show_attribute(struct kobject *kobj, struct attribute *shadow, char *buf)
{
	const struct sysfs_ops *ops = client_type_of(kobj)->sysfs_ops;

	return ops->show != NULL ? ops->show(client_of(kobj), shadow_object(shadow), buf) : -EIO;
}

static ssize_t store_attribute(struct kobject *kobj, struct attribute *shadow, const char *buf,
			       size_t count)
{
	const struct sysfs_ops *ops = client_type_of(kobj)->sysfs_ops;

	return ops->store != NULL ? ops->store(client_of(kobj), shadow_object(shadow), buf, count) :
				    -EIO;
}

static void release_kobject(struct kobject *kobj)
{
	const struct kobj_type *ktype = client_type_of(kobj);
	struct kobject *client = client_of(kobj);

	if (client != kobj)
		shadow_free(kobj);
	ktype->release(client);
}

// The attributes of a client whose kobjects are made with the operations for kobj_attributes use
// those as its type's.
EXPORT_C ssize_t kobj_attr_show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct kobj_attribute *kattr = container_of(attr, struct kobj_attribute, attr);

	return kattr->show != NULL ? kattr->show(kobj, kattr, buf) : -EIO;
}

EXPORT_C ssize_t kobj_attr_store(struct kobject *kobj, struct attribute *attr, const char *buf,
				 size_t count)
{
	struct kobj_attribute *kattr = container_of(attr, struct kobj_attribute, attr);

	return kattr->store != NULL ? kattr->store(kobj, kattr, buf, count) : -EIO;
}

EXPORT_C const struct sysfs_ops kobj_sysfs_ops = { .show = kobj_attr_show,
						   .store = kobj_attr_store };

static struct kobj_type *ktype_in(const struct kobj_type *ktype)
{
	struct ktype_shadow *shadow;
	size_t count = 0;
	bool made;

	if (ktype == NULL)
		return NULL;
	while (ktype->default_attrs != NULL && ktype->default_attrs[count] != NULL)
		count++;
	shadow = shadow_always(SHADOW_KTYPE, ktype,
			       sizeof(*shadow) + (count + 1) * sizeof(shadow->attrs[0]), &made);
	if (shadow == NULL || !made)
		return shadow != NULL ? &shadow->ktype : NULL;
	if (ktype->release != NULL)
		shadow->ktype.release = release_kobject;
	if (ktype->sysfs_ops != NULL) {
		shadow->ops = (struct sysfs_ops){ show_attribute, store_attribute };
		shadow->ktype.sysfs_ops = &shadow->ops;
	}
	if (ktype->default_attrs != NULL) {
		for (size_t i = 0; i < count; i++)
			shadow->attrs[i] = attribute_in(ktype->default_attrs[i]);
		shadow->ktype.default_attrs = shadow->attrs;
	}
	return &shadow->ktype;
}

/* A kobject as the TypeScript kernel can use it. */
static struct kobject *kobject_in(const struct kobject *kobj)
{
	return shadow_find(SHADOW_KOBJECT, kobj);
}

static struct kobject *client_of(struct kobject *kobj)
{
	struct kobject *client;

	if (kobj == NULL || kobj->ktype == NULL)
		return kobj;
	// Only a shadow has a head with the address of an object of which it is the shadow.
	client = shadow_object(kobj);
	return client != NULL && !in_memory(client) && shadow_find(SHADOW_KOBJECT, client) == kobj ?
		       client :
		       kobj;
}

/* A text or buffer of C's may lie anywhere; JavaScript's is in the machine's memory. */
static ssize_t show_in_js(struct kobject *client, struct attribute *attr, char *buf)
{
	char *page = in_memory(buf) ? buf : kmalloc(PAGE_SIZE, GFP_KERNEL);
	ssize_t length;

	if (page == NULL)
		return -ENOMEM;
	length = call_js(JS_sysfs_show, "ppp", kobject_in(client), attr, page);
	if (page != buf) {
		if (length > 0)
			memcpy(buf, page, (size_t)length);
		kfree(page);
	}
	return length;
}

static ssize_t store_in_js(struct kobject *client, struct attribute *attr, const char *buf,
			   size_t count)
{
	char *copy = in_memory(buf) ? NULL : kmalloc(count + 1, GFP_KERNEL);
	ssize_t ret;

	if (copy == NULL && !in_memory(buf))
		return -ENOMEM;
	if (copy != NULL) {
		memcpy(copy, buf, count);
		copy[count] = '\0';
	}
	ret = call_js(JS_sysfs_store, "pppn", kobject_in(client), attr, copy != NULL ? copy : buf,
		      (long)count);
	kfree(copy);
	return ret;
}

/* A type of the kernel's own, whose operations are JavaScript's, as C can use it. */
static struct kobj_type *view_of(struct kobj_type *type)
{
	static const struct sysfs_ops ops = { .show = show_in_js, .store = store_in_js };
	static struct {
		struct kobj_type *of;
		struct kobj_type view;
	} views[8];
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct kobj_type *view = NULL;

	// There are fewer types than places, and they stay where they are, as far as the machine's
	// memory does.
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]) && view == NULL; i++) {
		if (views[i].of != NULL && !in_memory(views[i].of))
			views[i].of = NULL;
		if (views[i].of != NULL && views[i].of != type)
			continue;
		view = &views[i].view;
		if (views[i].of == NULL)
			*view = (struct kobj_type){ .sysfs_ops = type->sysfs_ops != NULL ? &ops :
											   NULL,
						    .default_attrs = type->default_attrs };
		views[i].of = type;
	}
	pthread_mutex_unlock(&lock);
	return view;
}

EXPORT_C struct kobj_type *get_ktype(struct kobject *client)
{
	struct kobject *kobj = kobject_in(client);
	struct kobj_type *of_client;

	if (kobj == NULL || kobj->ktype == NULL)
		return NULL;
	of_client = shadow_object(kobj->ktype);
	if (of_client != NULL && !in_memory(of_client) &&
	    shadow_find(SHADOW_KTYPE, of_client) == kobj->ktype)
		return of_client;
	return view_of(kobj->ktype);
}

static int set_name(struct kobject *kobj, const char *fmt, va_list ap)
{
	char name[256];

	vsnprintf(name, sizeof(name), fmt, ap);
	return (int)call_js(JS_kobject_set_name, "ps", kobj, name);
}

/* What the client may read itself. */
static void show_client(struct kobject *client, struct kobject *kobj)
{
	if (client == kobj)
		return;
	client->name = kobj->name;
	client->parent = client_of(kobj->parent);
	client->kset = kobj->kset;
	client->ktype = kobj->ktype != NULL ? shadow_object(kobj->ktype) : NULL;
	client->sd = kobj->sd;
	client->kref = kobj->kref;
	client->state = kobj->state;
}

EXPORT_C int kobject_set_name(struct kobject *client, const char *fmt, ...)
{
	struct kobject *kobj = shadow_make(SHADOW_KOBJECT, client, sizeof(*kobj), NULL);
	va_list ap;
	int err;

	if (kobj == NULL)
		return -ENOMEM;
	va_start(ap, fmt);
	err = set_name(kobj, fmt, ap);
	va_end(ap);
	show_client(client, kobj);
	return err;
}

EXPORT_C void kobject_init(struct kobject *client, struct kobj_type *ktype)
{
	struct kobject *kobj = shadow_make(SHADOW_KOBJECT, client, sizeof(*kobj), NULL);

	if (kobj == NULL)
		return;
	call_js(JS_kobject_init, "pp", kobj, ktype_in(ktype));
	show_client(client, kobj);
}

static int add(struct kobject *client, struct kobject *parent)
{
	struct kobject *kobj = kobject_in(client);
	int err;

	if (kobj != client && client->kset != NULL)
		kobj->kset = client->kset;
	err = (int)call_js(JS_kobject_add, "pp", kobj, kobject_in(parent));
	show_client(client, kobj);
	return err;
}

EXPORT_C int kobject_add(struct kobject *client, struct kobject *parent, const char *fmt, ...)
{
	va_list ap;
	int err = 0;

	if (client == NULL || kobject_in(client) == NULL)
		return -EINVAL;
	if (fmt != NULL) {
		va_start(ap, fmt);
		err = set_name(kobject_in(client), fmt, ap);
		va_end(ap);
	}
	return err != 0 ? err : add(client, parent);
}

EXPORT_C int kobject_init_and_add(struct kobject *client, struct kobj_type *ktype,
				  struct kobject *parent, const char *fmt, ...)
{
	va_list ap;
	int err;

	kobject_init(client, ktype);
	va_start(ap, fmt);
	err = set_name(kobject_in(client), fmt, ap);
	va_end(ap);
	return err != 0 ? err : add(client, parent);
}

EXPORT_C void kobject_del(struct kobject *client)
{
	struct kobject *kobj = kobject_in(client);

	if (kobj == NULL)
		return;
	call_js(JS_kobject_del, "p", kobj);
	show_client(client, kobj);
}

EXPORT_C struct kobject *kobject_get(struct kobject *client)
{
	struct kobject *kobj = kobject_in(client);

	if (kobj != NULL) {
		call_js(JS_kobject_get, "p", kobj);
		show_client(client, kobj);
	}
	return client;
}

EXPORT_C void kobject_put(struct kobject *client)
{
	struct kobject *kobj = kobject_in(client);

	if (kobj == NULL)
		return;
	// Before the call: behind it both may be gone.
	if (kobj != client)
		atomic_set(&client->kref.refcount, (int)kref_read(&kobj->kref) - 1);
	call_js(JS_kobject_put, "p", kobj);
}

EXPORT_C struct kobject *kobject_create_and_add(const char *name, struct kobject *parent)
{
	return pointer_to(call_js(JS_kobject_create_and_add, "sp", name, kobject_in(parent)));
}

EXPORT_C int kobject_uevent(struct kobject *kobj, enum kobject_action action)
{
	return (int)call_js(JS_kobject_uevent, "pn", kobject_in(kobj), (long)action);
}

EXPORT_C int kobject_uevent_env(struct kobject *kobj, enum kobject_action action, char *envp[])
{
	(void)envp;
	return kobject_uevent(kobj, action);
}

EXPORT_C int kset_register(struct kset *kset)
{
	if (!in_memory(kset)) {
		kernel_misuse(
			"kset_register: kset %p is not in memory that the kernel has allocated",
			(void *)kset);
		return -EINVAL;
	}
	kset->kobj.ktype = ktype_in(kset->kobj.ktype);
	return (int)call_js(JS_kset_register, "p", kset);
}

EXPORT_C void kset_unregister(struct kset *kset)
{
	call_js(JS_kset_unregister, "p", kset);
}

EXPORT_C struct kset *kset_create_and_add(const char *name, const struct kset_uevent_ops *u,
					  struct kobject *parent_kobj)
{
	if (u != NULL)
		kernel_log(4, "kset_create_and_add: uevent_ops of C are not called\n");
	return pointer_to(
		call_js(JS_kset_create_and_add, "snp", name, 0L, kobject_in(parent_kobj)));
}

EXPORT_C int sysfs_create_file(struct kobject *kobj, const struct attribute *attr)
{
	struct attribute *file = attr != NULL ? attribute_in(attr) : NULL;

	if (kobject_in(kobj) == NULL || attr == NULL)
		return -EINVAL;
	return file != NULL ? (int)call_js(JS_sysfs_create_file, "pp", kobject_in(kobj), file) :
			      -ENOMEM;
}

EXPORT_C void sysfs_remove_file(struct kobject *kobj, const struct attribute *attr)
{
	bool made;
	struct attribute *file =
		shadow_always(SHADOW_ATTRIBUTE, attr, sizeof(struct attribute_shadow), &made);

	if (kobject_in(kobj) != NULL && file != NULL && !made)
		call_js(JS_sysfs_remove_file, "pp", kobject_in(kobj), file);
	// A static one may be in other directories too, and goes with its module; one in the
	// machine's memory has a shadow too.
	if (file != NULL && (made || in_memory(attr)))
		shadow_free(file);
}

EXPORT_C int sysfs_create_files(struct kobject *kobj, const struct attribute **attrs)
{
	int err = 0, i;

	for (i = 0; attrs[i] != NULL && err == 0; i++)
		err = sysfs_create_file(kobj, attrs[i]);
	if (err != 0)
		for (i -= 2; i >= 0; i--)
			sysfs_remove_file(kobj, attrs[i]);
	return err;
}

EXPORT_C void sysfs_remove_files(struct kobject *kobj, const struct attribute **attrs)
{
	for (int i = 0; attrs[i] != NULL; i++)
		sysfs_remove_file(kobj, attrs[i]);
}

EXPORT_C int sysfs_create_group(struct kobject *kobj, const struct attribute_group *grp)
{
	int err = 0;

	if (kobject_in(kobj) == NULL || grp->attrs == NULL)
		return -EINVAL;
	if (grp->name != NULL)
		err = (int)call_js(JS_sysfs_create_group_dir, "ps", kobject_in(kobj), grp->name);
	for (int i = 0; err == 0 && grp->attrs[i] != NULL; i++) {
		struct attribute attr = *grp->attrs[i];
		struct attribute *file;

		if (grp->is_visible != NULL)
			attr.mode = grp->is_visible(kobj, grp->attrs[i], i);
		if (attr.mode == 0)
			continue;
		file = attribute_in(grp->attrs[i]);
		if (file == NULL)
			err = -ENOMEM;
		else
			file->mode = attr.mode;
		if (err == 0)
			err = (int)call_js(JS_sysfs_create_file, "pps", kobject_in(kobj), file,
					   grp->name);
	}
	if (err != 0)
		sysfs_remove_group(kobj, grp);
	return err;
}

EXPORT_C void sysfs_remove_group(struct kobject *kobj, const struct attribute_group *grp)
{
	if (kobject_in(kobj) == NULL)
		return;
	if (grp->name != NULL)
		call_js(JS_sysfs_remove_group_dir, "ps", kobject_in(kobj), grp->name);
	else
		sysfs_remove_files(kobj, (const struct attribute **)grp->attrs);
}

EXPORT_C int sysfs_create_groups(struct kobject *kobj, const struct attribute_group **groups)
{
	int err = 0, i;

	for (i = 0; groups != NULL && groups[i] != NULL && err == 0; i++)
		err = sysfs_create_group(kobj, groups[i]);
	if (err != 0)
		for (i -= 2; i >= 0; i--)
			sysfs_remove_group(kobj, groups[i]);
	return err;
}

EXPORT_C void sysfs_remove_groups(struct kobject *kobj, const struct attribute_group **groups)
{
	for (int i = 0; groups != NULL && groups[i] != NULL; i++)
		sysfs_remove_group(kobj, groups[i]);
}
