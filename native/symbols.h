/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Names of a module's functions.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct symbols;

/*
 * Those of a symbol table, which is copied. NULL if there is no memory.
 * @table: an array of Elf64_Sym, of `size` bytes
 * @names: what its st_name is an index into; the last of its bytes is 0
 * @base: where the library is loaded
 */
struct symbols *symbols_make(const void *table, size_t size, const char *names, size_t names_size,
			     uintptr_t base);
void symbols_free(struct symbols *symbols);

/* The function around an address, and where it begins; or NULL. */
const char *symbols_find(const struct symbols *symbols, uintptr_t address, uintptr_t *start);
