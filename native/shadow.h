/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Shadows: objects that a client has outside of the machine's memory (static data, the stack,
 * malloc) and gives to the TypeScript kernel. That kernel gets an object of the same layout in its
 * own memory, whose functions are those of shadow.c and the like: they call the client's functions
 * with the client's object.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum shadow_kind {
	SHADOW_PADATA,
	SHADOW_WORK,
	SHADOW_TIMER,
	SHADOW_NOTIFIER,
	SHADOW_ATTRIBUTE,
	SHADOW_KTYPE,
	SHADOW_KOBJECT
};

/* The shadow of an object, or NULL if it has none. An object in the machine's memory is its own. */
void *shadow_find(enum shadow_kind kind, const void *object);

/*
 * The same, and if it has none, make one of `size` zeroed bytes. NULL if there is no memory.
 * @made: set to whether it was made; may be NULL
 */
void *shadow_make(enum shadow_kind kind, const void *object, size_t size, bool *made);

/*
 * As shadow_make() also for an object in the machine's memory: for what the kernel cannot use in
 * place there either.
 */
void *shadow_always(enum shadow_kind kind, const void *object, size_t size, bool *made);

/* The object of a shadow. */
void *shadow_object(const void *shadow);

/* Forget a shadow and free it. An object in the machine's memory is left alone. */
void shadow_free(void *shadow);

/*
 * Call fn for each shadow of an object in [from, to). It may take their locks, and must not free
 * them.
 */
void shadow_for_each(const void *from, const void *to,
		     void (*fn)(enum shadow_kind kind, void *shadow, const void *object));

/* Forget the shadows of objects in [from, to): a module is unloaded. */
void shadow_forget(const void *from, const void *to);

/* Forget all: the machine and its memory are gone. */
void shadow_forget_all(void);
