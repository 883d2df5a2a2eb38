// SPDX-License-Identifier: GPL-2.0-only
//
// Names of a module's functions, also of the static ones. The dynamic linker knows only the
// functions that others can use, and callbacks hardly ever are among them. All are in the symbol
// table of the module's file, which lib/c/elf.ts reads: the one reader of such files. The names are
// kept here, since reports need them in signal handlers and on threads without JavaScript.
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "symbols.h"

struct symbol {
	uintptr_t address, size;
	uint32_t name;
};

struct symbols {
	size_t count;
	char *names;
	struct symbol list[];
};

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

struct symbols *symbols_make(const void *table, size_t size, const char *names, size_t names_size,
			     uintptr_t base)
{
	size_t count = size / sizeof(Elf64_Sym);
	struct symbols *symbols = malloc(sizeof(*symbols) + count * sizeof(symbols->list[0]));

	if (symbols == NULL)
		return NULL;
	symbols->names = malloc(names_size);
	if (symbols->names == NULL) {
		free(symbols);
		return NULL;
	}
	memcpy(symbols->names, names, names_size);
	symbols->count = 0;
	for (size_t i = 0; i < count; i++) {
		Elf64_Sym from;

		memcpy(&from, (const char *)table + i * sizeof(from), sizeof(from));
		if (ELF64_ST_TYPE(from.st_info) == STT_FUNC && from.st_value != 0 &&
		    from.st_name < names_size)
			symbols->list[symbols->count++] =
				(struct symbol){ base + from.st_value, from.st_size, from.st_name };
	}
	qsort(symbols->list, symbols->count, sizeof(symbols->list[0]), by_address);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (symbols == NULL)
		return;
	free(symbols->names);
	free(symbols);
}

const char *symbols_find(const struct symbols *symbols, uintptr_t address, uintptr_t *start)
{
	size_t low = 0, high = symbols == NULL ? 0 : symbols->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (symbols->list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	const struct symbol *found = &symbols->list[low - 1];
	if (address - found->address >= (found->size == 0 ? 1 : found->size))
		return NULL;
	*start = found->address;
	return symbols->names + found->name;
}
