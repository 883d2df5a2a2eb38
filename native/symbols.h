/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Names of a module's functions.
 */
#pragma once

#include <stdint.h>

struct symbols;

/* @base: where the library is loaded. NULL if it has no table of symbols. */
struct symbols *symbols_read(const char *path, uintptr_t base);
void symbols_free(struct symbols *symbols);

/* The function around an address, and where it begins; or NULL. */
const char *symbols_find(const struct symbols *symbols, uintptr_t address, uintptr_t *start);
