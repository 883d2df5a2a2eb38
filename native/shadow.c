// SPDX-License-Identifier: GPL-2.0-only
//
// The table of shadows, by kind and address of the client's object. A shadow begins with the
// kernel's object; in front of that, on a line of its own, stand its entry's fields, so it is found
// from the shadow without a search.
#include <pthread.h>
#include <stdint.h>

#include "runtime.h"
#include "shadow.h"
#include <linux/slab.h>

enum { BUCKETS = 1024, HEAD = 64 };

struct entry {
	struct entry *next;
	const void *object;
	enum shadow_kind kind;
};

static struct entry *buckets[BUCKETS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct entry **bucket_of(const void *object)
{
	return &buckets[((uintptr_t)object >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 54];
}

static struct entry *entry_of(const void *shadow)
{
	return (struct entry *)((uintptr_t)shadow - HEAD);
}

static void *find(enum shadow_kind kind, const void *object)
{
	for (struct entry *at = *bucket_of(object); at != NULL; at = at->next)
		if (at->object == object && at->kind == kind)
			return (char *)at + HEAD;
	return NULL;
}

static void *find_locked(enum shadow_kind kind, const void *object)
{
	pthread_mutex_lock(&lock);
	void *shadow = find(kind, object);
	pthread_mutex_unlock(&lock);
	return shadow;
}

void *shadow_find(enum shadow_kind kind, const void *object)
{
	return in_memory(object) || object == NULL ? (void *)object : find_locked(kind, object);
}

void *shadow_always(enum shadow_kind kind, const void *object, size_t size, bool *made)
{
	void *shadow = find_locked(kind, object);

	if (made != NULL)
		*made = false;
	if (shadow != NULL || object == NULL)
		return shadow;
	// Outside of the lock: kzalloc() may go through another thread.
	struct entry *entry = kzalloc(HEAD + size, GFP_ATOMIC);
	if (entry == NULL)
		return NULL;
	entry->object = object;
	entry->kind = kind;
	pthread_mutex_lock(&lock);
	shadow = find(kind, object);
	if (shadow == NULL) {
		struct entry **bucket = bucket_of(object);
		entry->next = *bucket;
		*bucket = entry;
		shadow = (char *)entry + HEAD;
		if (made != NULL)
			*made = true;
		entry = NULL;
	}
	pthread_mutex_unlock(&lock);
	kfree(entry);
	return shadow;
}

void *shadow_make(enum shadow_kind kind, const void *object, size_t size, bool *made)
{
	if (!in_memory(object))
		return shadow_always(kind, object, size, made);
	if (made != NULL)
		*made = false;
	return (void *)object;
}

void *shadow_object(const void *shadow)
{
	return (void *)entry_of(shadow)->object;
}

static bool take_out(struct entry *entry)
{
	for (struct entry **link = bucket_of(entry->object); *link != NULL; link = &(*link)->next) {
		if (*link == entry) {
			*link = entry->next;
			return true;
		}
	}
	return false;
}

void shadow_free(void *shadow)
{
	struct entry *entry = entry_of(shadow);

	pthread_mutex_lock(&lock);
	bool out = take_out(entry);
	pthread_mutex_unlock(&lock);
	if (out)
		kfree(entry);
}

void shadow_for_each(const void *from, const void *to,
		     void (*fn)(enum shadow_kind kind, void *shadow, const void *object))
{
	for (int i = 0; i < BUCKETS; i++) {
		for (int n = 0;; n++) {
			struct entry *at;
			int k = 0;

			// Without the lock while fn runs: the n-th that there is in this bucket.
			// Who else changes the bucket meanwhile is none of those.
			pthread_mutex_lock(&lock);
			for (at = buckets[i]; at != NULL; at = at->next)
				if (at->object >= from && at->object < to && k++ == n)
					break;
			pthread_mutex_unlock(&lock);
			if (at == NULL)
				break;
			fn(at->kind, (char *)at + HEAD, at->object);
		}
	}
}

void shadow_forget(const void *from, const void *to)
{
	struct entry *gone = NULL;

	pthread_mutex_lock(&lock);
	for (int i = 0; i < BUCKETS; i++) {
		for (struct entry **link = &buckets[i]; *link != NULL;) {
			struct entry *at = *link;
			if (at->object >= from && at->object < to) {
				*link = at->next;
				at->next = gone;
				gone = at;
			} else {
				link = &at->next;
			}
		}
	}
	pthread_mutex_unlock(&lock);
	while (gone != NULL) {
		struct entry *next = gone->next;
		kfree(gone);
		gone = next;
	}
}

void shadow_forget_all(void)
{
	pthread_mutex_lock(&lock);
	for (int i = 0; i < BUCKETS; i++)
		buckets[i] = NULL;
	pthread_mutex_unlock(&lock);
}
