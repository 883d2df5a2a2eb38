// SPDX-License-Identifier: GPL-2.0-only
//
// The machine's memory as C sees it. TypeScript's addresses are offsets in a SharedArrayBuffer, of
// 31 bits; C's are pointers of 64. So that both can follow the same pointers, the memory is made
// shared memory of the system, and mapped a second time at a place whose lower 32 bits are 0: a
// pointer's lower half is then TypeScript's address, and its upper half is the same for all.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime.h"
#include "sanitizer.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

uintptr_t memory_high;
size_t memory_size;

// Outside of what AddressSanitizer (above 0x1000_7fff_8000 is the program's) and ThreadSanitizer
// (below 0x80_0000_0000 is) keep for themselves, and within the 39 bits that some arm64 kernels
// have.
static const uintptr_t PLACES[] = { 0x2000, 0x2100, 0x3000, 0x40, 0x50, 0x60, 0x20 };

WEAK void __tsan_init(void);

static void *map_high(uintptr_t high, size_t size, int fd)
{
	void *at = (void *)(high << 32);
	void *got = mmap(at, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);

	if (got == MAP_FAILED)
		return NULL;
	// An old kernel takes the address as a hint.
	if (got != at) {
		munmap(got, size);
		return NULL;
	}
	return got;
}

/*
 * @base: where V8 has put the memory, of which nothing has been used
 * Returns 0 or a negative errno: then TypeScript goes on alone.
 */
int map_memory(void *base, size_t size)
{
	void *high = NULL;
	int err = 0;
	int fd;

	if (memory_high != 0)
		return -EBUSY;
	if ((uintptr_t)base % (size_t)sysconf(_SC_PAGESIZE) != 0)
		return -EINVAL;
	fd = (int)syscall(SYS_memfd_create, "padata", 1 /* MFD_CLOEXEC */);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) != 0)
		err = -errno;
	for (size_t i = 0; err == 0 && high == NULL && i < sizeof(PLACES) / sizeof(PLACES[0]);
	     i++) {
		// ThreadSanitizer ends the process when it sees memory where it expects none.
		if (__tsan_init && PLACES[i] >= 0x80)
			continue;
		high = map_high(PLACES[i], size, fd);
		if (high != NULL)
			memory_high = PLACES[i];
	}
	if (err == 0 && high == NULL)
		err = -ENOMEM;
	if (err == 0 &&
	    mmap(base, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
		err = -errno;
		munmap(high, size);
		memory_high = 0;
	}
	close(fd);
	if (err == 0)
		memory_size = size;
	return err;
}

/* The machine has shut down: no C code runs any more that knows a pointer into it. */
void unmap_memory(void)
{
	void *high = (void *)(memory_high << 32);
	size_t size = memory_size;

	if (memory_high == 0)
		return;
	san_unpoison(high, size);
	memory_high = 0;
	memory_size = 0;
	munmap(high, size);
}
