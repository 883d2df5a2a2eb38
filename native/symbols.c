// SPDX-License-Identifier: GPL-2.0-only
//
// Names of a module's functions, also of the static ones: the dynamic linker knows those only that others can use, and callbacks
// hardly ever are among them. They are in the file's symbol table, if that has not been stripped.
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* A part of the file, or NULL if it is not in it. */
static const void *part(const char *file, size_t size, uint64_t offset, uint64_t length)
{
	return offset <= size && length <= size - offset ? file + offset : NULL;
}

static struct symbols *read_table(const char *file, size_t size, const Elf64_Shdr *table, const Elf64_Shdr *strings, uintptr_t base)
{
	const Elf64_Sym *from = part(file, size, table->sh_offset, table->sh_size);
	const char *names = part(file, size, strings->sh_offset, strings->sh_size);
	size_t count = table->sh_size / sizeof(*from);
	struct symbols *symbols;

	if (from == NULL || names == NULL || strings->sh_size == 0 || names[strings->sh_size - 1] != '\0')
		return NULL;
	symbols = malloc(sizeof(*symbols) + count * sizeof(symbols->list[0]));
	if (symbols == NULL)
		return NULL;
	symbols->names = malloc(strings->sh_size);
	if (symbols->names == NULL) {
		free(symbols);
		return NULL;
	}
	memcpy(symbols->names, names, strings->sh_size);
	symbols->count = 0;
	for (size_t i = 0; i < count; i++)
		if (ELF64_ST_TYPE(from[i].st_info) == STT_FUNC && from[i].st_value != 0 && from[i].st_name < strings->sh_size)
			symbols->list[symbols->count++] = (struct symbol){ base + from[i].st_value, from[i].st_size, from[i].st_name };
	qsort(symbols->list, symbols->count, sizeof(symbols->list[0]), by_address);
	return symbols;
}

static struct symbols *read_image(const char *file, size_t size, uintptr_t base)
{
	const Elf64_Ehdr *header = part(file, size, 0, sizeof(*header));
	const Elf64_Shdr *sections = header == NULL ? NULL : part(file, size, header->e_shoff, (uint64_t)header->e_shnum * sizeof(*sections));

	if (sections == NULL || header->e_shentsize != sizeof(*sections))
		return NULL;
	for (int i = 0; i < header->e_shnum; i++)
		if (sections[i].sh_type == SHT_SYMTAB && sections[i].sh_link < header->e_shnum)
			return read_table(file, size, &sections[i], &sections[sections[i].sh_link], base);
	return NULL;
}

struct symbols *symbols_read(const char *path, uintptr_t base)
{
	struct symbols *symbols = NULL;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		char *file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (file != MAP_FAILED) {
			symbols = read_image(file, (size_t)st.st_size, base);
			munmap(file, (size_t)st.st_size);
		}
	}
	close(fd);
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
