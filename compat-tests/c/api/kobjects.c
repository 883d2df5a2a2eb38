// SPDX-License-Identifier: GPL-2.0-only
//
// Kobjects, ksets and their files, in memory of the machine's and elsewhere. All of these sleep.
#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "api.h"

static int released, visits;

static void release(struct kobject *kobj)
{
	released++;
}

static void release_and_free(struct kobject *kobj)
{
	released++;
	kfree(kobj);
}

static ssize_t show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	return sprintf(buf, "%s\n", attr->name);
}

static ssize_t store(struct kobject *kobj, struct attribute *attr, const char *buf, size_t size)
{
	return size;
}

static const struct sysfs_ops ops = { .show = show, .store = store };
static struct attribute one = { .name = "one", .mode = 0644 },
			two = { .name = "two", .mode = 0444 };
static struct attribute *attrs[] = { &one, &two, NULL };
static struct kobj_type static_type = { .release = release,
					.sysfs_ops = &ops,
					.default_attrs = attrs };
static struct kobj_type heap_type = { .release = release_and_free, .sysfs_ops = &ops };

TEST(heap_kobjects, SLEEP)
{
	struct kobject *kobj = kzalloc(sizeof(*kobj), GFP_KERNEL), *other;

	released = 0;
	kobject_init(kobj, &heap_type);
	CHECK(kobj->state_initialized && kref_read(&kobj->kref) == 1);
	CHECK(kobject_set_name(kobj, "name%d", 1) == 0 && strcmp(kobject_name(kobj), "name1") == 0);
	CHECK(kobject_add(kobj, kernel_kobj, "api%d", 2) == 0);
	CHECK(strcmp(kobject_name(kobj), "api2") == 0 && kobj->parent == kernel_kobj &&
	      kobj->state_in_sysfs && kobj->sd != NULL);
	// It is in no kset.
	CHECK(kobject_uevent(kobj, KOBJ_ADD) == -EINVAL &&
	      kobject_uevent_env(kobj, KOBJ_CHANGE, NULL) == -EINVAL);
	CHECK(kobject_get(kobj) == kobj && kref_read(&kobj->kref) == 2);
	other = kobject_create_and_add("below", kobj);
	CHECK(other != NULL && other->parent == kobj && strcmp(kobject_name(other), "below") == 0);
	kobject_put(other);
	kobject_put(kobj);
	CHECK(released == 0);
	kobject_del(kobj);
	CHECK(!kobj->state_in_sysfs);
	kobject_put(kobj);
	CHECK(released == 1);
}

TEST(static_kobjects, SLEEP)
{
	static struct kobject kobj;

	memset(&kobj, 0, sizeof(kobj));
	released = 0;
	CHECK(kobject_init_and_add(&kobj, &static_type, kernel_kobj, "api-%s", "static") == 0);
	CHECK(strcmp(kobject_name(&kobj), "api-static") == 0 && kobj.state_in_sysfs);
	kobject_get(&kobj);
	kobject_put(&kobj);
	CHECK(released == 0);
	kobject_put(&kobj);
	CHECK(released == 1);
}

static umode_t visible(struct kobject *kobj, struct attribute *attr, int n)
{
	visits++;
	return n == 0 ? attr->mode : 0;
}

static struct kobj_attribute value = __ATTR(value, 0644, NULL, NULL);
static struct attribute *value_attrs[] = { &value.attr, NULL };
static const struct attribute_group group = { .name = "group",
					      .is_visible = visible,
					      .attrs = attrs },
				    values = { .attrs = value_attrs };
static const struct attribute_group *groups[] = { &group, &values, NULL };
static const struct attribute *files[] = { &one, &two, NULL };

TEST(attributes, SLEEP)
{
	struct kobject *kobj = kobject_create_and_add("api-files", kernel_kobj);

	CHECK(kobj != NULL);
	CHECK(sysfs_create_file(kobj, &value.attr) == 0 &&
	      sysfs_create_file(kobj, &value.attr) == -EEXIST);
	sysfs_remove_file(kobj, &value.attr);
	CHECK(sysfs_create_files(kobj, files) == 0 && sysfs_create_file(kobj, &two) == -EEXIST);
	sysfs_remove_files(kobj, files);
	visits = 0;
	CHECK(sysfs_create_group(kobj, &group) == 0 && visits == 2 &&
	      sysfs_create_group(kobj, &group) == -EEXIST);
	sysfs_remove_group(kobj, &group);
	CHECK(sysfs_create_groups(kobj, groups) == 0 &&
	      sysfs_create_file(kobj, &value.attr) == -EEXIST);
	sysfs_remove_groups(kobj, groups);
	CHECK(sysfs_create_file(kobj, &value.attr) == 0);
	kobject_put(kobj);
}

TEST(ksets, SLEEP)
{
	struct kset *made = kset_create_and_add("api-kset", NULL, kernel_kobj),
		    *own = kzalloc(sizeof(*own), GFP_KERNEL);
	struct kobject *kobj = kzalloc(sizeof(*kobj), GFP_KERNEL);

	released = 0;
	CHECK(made != NULL && kset_get(made) == made);
	kset_put(made);
	kobj->kset = made;
	CHECK(kobject_init_and_add(kobj, &heap_type, NULL, "in") == 0 &&
	      kobj->parent == &made->kobj && kobj->kset == made);
	CHECK(kobject_uevent(kobj, KOBJ_ADD) == 0 &&
	      kobject_uevent_env(kobj, KOBJ_CHANGE, NULL) == 0);
	kobject_put(kobj);
	CHECK(released == 1);
	kset_unregister(made);
	CHECK(kobject_set_name(&own->kobj, "api-own") == 0);
	own->kobj.parent = kernel_kobj;
	own->kobj.ktype = &static_type;
	CHECK(kset_register(own) == 0);
	kset_unregister(own);
	CHECK(released == 2);
	kfree(own);
}

TEST(types, SLEEP)
{
	struct kobject *kobj = &api_pinst->kobj, *own = kzalloc(sizeof(*own), GFP_KERNEL);
	struct kobj_type *ktype = get_ktype(kobj);
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL), on_stack[64];
	struct attribute *serial = ktype->default_attrs[0], *parallel = ktype->default_attrs[1];

	// The kernel's: what C finds there it can call.
	CHECK(strcmp(serial->name, "serial_cpumask") == 0 &&
	      strcmp(parallel->name, "parallel_cpumask") == 0 && ktype->default_attrs[2] == NULL);
	CHECK(serial->mode == 0644 && get_ktype(kobj) == ktype);
	CHECK(ktype->sysfs_ops->show(kobj, serial, page) == 2 && strcmp(page, "f\n") == 0);
	CHECK(ktype->sysfs_ops->show(kobj, parallel, on_stack) == 2 &&
	      memcmp(on_stack, "f\n", 2) == 0);
	strcpy(page, "zz");
	CHECK(ktype->sysfs_ops->store(kobj, serial, page, 2) == -EINVAL);
	strcpy(on_stack, "10");
	CHECK(ktype->sysfs_ops->store(kobj, parallel, on_stack, 2) == -EOVERFLOW);
	kfree(page);
	// The client's own, by the address that it has given.
	kobject_init(own, &heap_type);
	CHECK(get_ktype(own) == &heap_type && get_ktype(kernel_kobj)->default_attrs == NULL &&
	      get_ktype(NULL) == NULL);
	kobject_put(own);
}
