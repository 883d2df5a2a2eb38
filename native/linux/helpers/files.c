// SPDX-License-Identifier: GPL-2.0-only
//
// A tree of files that modules make, and reading and writing of them. One lock for the tree;
// operations of a file run without it, and removal waits until none is running, as the kernel does.
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <pthread.h>
#include <stdlib.h>

#include "runtime.h"
#include "files.h"

struct file_entry {
	struct inode inode;
	const char *name;
	struct file_entry *parent, *child, *next;
	const struct file_operations *fops;
	void *data;
	void *owned;
	/* Operations that are running. */
	int users;
	char text[];
};

struct file_entry proc_root = { .name = "proc", .inode = { .i_mode = S_IFDIR | 0555 } };
struct file_entry debugfs_root = { .name = "sys/kernel/debug",
				   .inode = { .i_mode = S_IFDIR | 0700 } };

static pthread_mutex_t tree = PTHREAD_MUTEX_INITIALIZER;

static struct file_entry *find_locked(struct file_entry *parent, const char *name, size_t length)
{
	for (struct file_entry *entry = parent->child; entry; entry = entry->next)
		if (strlen(entry->name) == length && memcmp(entry->name, name, length) == 0)
			return entry;
	return NULL;
}

/* From an entry down a path, NULL if it leads nowhere. */
static struct file_entry *walk(struct file_entry *entry, const char *path)
{
	while (entry && *path) {
		size_t length = strcspn(path, "/");

		if (length > 0)
			entry = find_locked(entry, path, length);
		path += length + (path[length] == '/');
	}
	return entry;
}

struct file_entry *file_create(struct file_entry *parent, const char *name, umode_t mode,
			       const struct file_operations *fops, void *data)
{
	const char *base = kbasename(name);
	struct file_entry *entry = calloc(1, sizeof(*entry) + strlen(base) + 1), *at;

	if (!entry)
		return NULL;
	entry->name = strcpy(entry->text, base);
	entry->inode.i_mode = mode;
	entry->inode.i_private = data;
	entry->data = data;
	entry->fops = fops;
	pthread_mutex_lock(&tree);
	// A name may be a path: the directories are there already.
	if (base != name) {
		char *directory = strndup(name, (size_t)(base - name));

		parent = directory ? walk(parent, directory) : NULL;
		free(directory);
	}
	at = parent && *base ? find_locked(parent, base, strlen(base)) : entry;
	if (!at) {
		struct file_entry **last = &parent->child;

		while (*last)
			last = &(*last)->next;
		*last = entry;
		entry->parent = parent;
	}
	pthread_mutex_unlock(&tree);
	if (at) {
		free(entry);
		return NULL;
	}
	return entry;
}

struct file_entry *file_find(struct file_entry *parent, const char *name)
{
	struct file_entry *entry;

	pthread_mutex_lock(&tree);
	entry = walk(parent, name);
	pthread_mutex_unlock(&tree);
	return entry;
}

static void wait_and_free(struct file_entry *entry)
{
	struct file_entry *next;

	for (struct file_entry *child = entry->child; child; child = next) {
		next = child->next;
		wait_and_free(child);
	}
	// Pairs with the release of put_entry().
	for (unsigned int turns = 0; __atomic_load_n(&entry->users, __ATOMIC_ACQUIRE) > 0; turns++)
		relax(turns);
	free(entry->owned);
	free(entry);
}

void file_remove(struct file_entry *entry)
{
	pthread_mutex_lock(&tree);
	for (struct file_entry **at = &entry->parent->child; *at; at = &(*at)->next)
		if (*at == entry) {
			*at = entry->next;
			break;
		}
	pthread_mutex_unlock(&tree);
	wait_and_free(entry);
}

void file_forget_all(void)
{
	struct file_entry *const roots[] = { &proc_root, &debugfs_root };

	for (size_t i = 0; i < ARRAY_SIZE(roots); i++)
		while (roots[i]->child)
			file_remove(roots[i]->child);
}

void file_owns(struct file_entry *entry, void *memory)
{
	entry->owned = memory;
}

void *file_data(const struct file_entry *entry)
{
	return entry->data;
}

struct file_entry *file_of_inode(const struct inode *inode)
{
	return container_of((struct inode *)(unsigned long)inode, struct file_entry, inode);
}

/* Held until put_entry(), so that it is not removed. */
static struct file_entry *get_entry(const char *path)
{
	struct file_entry *entry = NULL;
	struct file_entry *const roots[] = { &proc_root, &debugfs_root };

	while (*path == '/')
		path++;
	pthread_mutex_lock(&tree);
	for (size_t i = 0; i < ARRAY_SIZE(roots) && !entry; i++) {
		size_t length = strlen(roots[i]->name);

		if (strncmp(path, roots[i]->name, length) == 0 &&
		    (path[length] == '/' || path[length] == '\0'))
			entry = walk(roots[i], path + length);
	}
	if (entry)
		entry->users++;
	pthread_mutex_unlock(&tree);
	return entry;
}

static void put_entry(struct file_entry *entry)
{
	__atomic_sub_fetch(&entry->users, 1, __ATOMIC_RELEASE);
}

static int open_entry(struct file_entry *entry, struct file *file, fmode_t mode)
{
	if (S_ISDIR(entry->inode.i_mode))
		return -EISDIR;
	*file = (struct file){
		.f_inode = &entry->inode, .f_op = entry->fops, .f_mode = mode, .private_data = NULL
	};
	return file->f_op->open ? file->f_op->open(&entry->inode, file) : 0;
}

static void close_entry(struct file_entry *entry, struct file *file)
{
	if (file->f_op->release)
		file->f_op->release(&entry->inode, file);
}

static ssize_t read_open(struct file *file, char **text)
{
	enum { STEP = 4096 };
	size_t length = 0;

	if (!file->f_op->read)
		return -EINVAL;
	*text = NULL;
	for (;;) {
		char *larger = realloc(*text, length + STEP + 1);
		ssize_t got;

		if (!larger) {
			free(*text);
			return -ENOMEM;
		}
		*text = larger;
		got = file->f_op->read(file, larger + length, STEP, &file->f_pos);
		if (got < 0) {
			free(larger);
			return got;
		}
		length += (size_t)got;
		larger[length] = '\0';
		if (got == 0)
			return (ssize_t)length;
	}
}

ssize_t file_read_all(const char *path, char **text)
{
	struct file_entry *entry = get_entry(path);
	struct file file;
	ssize_t ret;

	if (!entry)
		return -ENOENT;
	ret = entry->inode.i_mode & 0444 || S_ISDIR(entry->inode.i_mode) ?
		      open_entry(entry, &file, FMODE_READ) :
		      -EACCES;
	if (ret == 0) {
		ret = read_open(&file, text);
		close_entry(entry, &file);
	}
	put_entry(entry);
	return ret;
}

ssize_t file_write_all(const char *path, const char *text, size_t length)
{
	struct file_entry *entry = get_entry(path);
	struct file file;
	ssize_t ret;

	if (!entry)
		return -ENOENT;
	ret = entry->inode.i_mode & 0222 || S_ISDIR(entry->inode.i_mode) ?
		      open_entry(entry, &file, FMODE_WRITE) :
		      -EACCES;
	if (ret == 0) {
		ret = file.f_op->write ? file.f_op->write(&file, text, length, &file.f_pos) :
					 -EINVAL;
		close_entry(entry, &file);
	}
	put_entry(entry);
	return ret;
}

ssize_t file_list(const char *path, char **text)
{
	struct file_entry *entry = get_entry(path);
	size_t length = 0;

	if (!entry)
		return -ENOENT;
	*text = NULL;
	pthread_mutex_lock(&tree);
	for (struct file_entry *child = entry->child; child; child = child->next)
		length += strlen(child->name) + 2;
	*text = calloc(1, length + 1);
	length = 0;
	for (struct file_entry *child = entry->child; child && *text; child = child->next)
		length += (size_t)sprintf(*text + length, "%s%s\n", child->name,
					  S_ISDIR(child->inode.i_mode) ? "/" : "");
	pthread_mutex_unlock(&tree);
	put_entry(entry);
	return *text ? (ssize_t)length : -ENOMEM;
}
