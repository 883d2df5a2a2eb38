// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/slab.h>. Objects of one size come from slabs; each thread keeps up to two
// magazines (chains of free objects) of every size, and full magazines are exchanged through a
// depot. So an allocation and a free take no lock and touch no line of another thread, also when
// one thread allocates and another frees all the time, which is what padata's submitters and serial
// callbacks do.
//
// Objects begin on a cache line. A debug boot adds red zones and poison (slab_debug.ts).
import { atomic_cmpxchg, atomic_store, fill, load, store } from '../machine/memory.js';
import { bss, machine_field, per_thread } from '../machine/layout.js';
import { load_native } from '../machine/native.js';
import { relax } from '../machine/park.js';
import { on_attach, on_detach, this_thread_ptr, thread_ptr } from '../machine/thread.js';
import { misuse } from './bug.js';
import { debug_find_active } from './debugobjects.js';
import { FAIL_KMALLOC, FAIL_KMEM_CACHE, FAIL_KZALLOC, should_failslab } from './fault-inject.js';
import { __GFP_DIRECT_RECLAIM, __GFP_ZERO, GFP_KERNEL, gfp_t } from './gfp.js';
import { alloc_pages, free_pages, is_heap_address, page_info, PAGE_SHIFT, PAGE_SIZE,
	set_page_info } from './page_alloc.js';
import { may_sleep } from './preempt.js';
import { check_free_object, debug_overhead, DEBUG_PREFIX, poison_object,
	unpoison_object } from './slab_debug.js';

export * from './gfp.js';

/** Sizes of kmalloc's caches; above the last one whole pages are given. */
const SIZES: readonly number[] = [64, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096,
	6144, 8192];
const CLASS_MAX = 64;
/** Objects in a full magazine. */
const BATCH = 32;

/**
 * For each cache: [size, align, depot lock, full magazines, size asked for, is it destroyed?, ctor]
 */
const CACHES = bss(CLASS_MAX * 128, 128);
const NR_CACHES = bss(8);
/**
 * For each cache: [chain, its length, full magazine, objects allocated minus freed by this thread]
 */
const MAGAZINES = per_thread(CLASS_MAX * 16, 128);

/**
 * page_info of a page of a slab: cache + 1 | page's number in its slab << 8; of a large object's
 * first page:
 */
const LARGE = 1 << 30;

let magazines = 0;
/** Where C code is checked by AddressSanitizer: may what is at an address be used? */
let sanitize: ((at: number, size: number, usable: boolean) => void) | null = null;
let debug = false;
let nr_threads = 0;
const class_of_64 = new Uint8Array(SIZES[SIZES.length - 1] / 64 + 1);
SIZES.forEach((size, i) => class_of_64.fill(i, i === 0 ? 0 : SIZES[i - 1] / 64 + 1, size / 64 + 1));

on_attach(() => {
	magazines = this_thread_ptr(MAGAZINES);
	debug = load(machine_field('debug')) !== 0;
	nr_threads = load(machine_field('nr_threads'));
	sanitize = load(machine_field('memory_high')) !== 0
		? load_native().native?.sanitizeMemory ?? null
		: null;
});
on_detach(() => {
	for (let c = 0; c < CLASS_MAX; c++)
		give_back(c);
});

/** Begin with empty caches. The booting thread calls it once. */
export function slab_init(): void {
	SIZES.forEach((size, c) => init_cache(c, size, 64, 0));
	store(NR_CACHES, SIZES.length);
}

function init_cache(c: number, size: number, align: number, ctor: number): void {
	const cache = CACHES + c * 128;
	const step = Math.max(align, 64);
	store(cache, Math.ceil((size + (debug ? debug_overhead(step) : 0)) / step) * step);
	store(cache + 4, step);
	store(cache + 8, 0);
	store(cache + 12, 0);
	store(cache + 16, size);
	store(cache + 24, ctor);
}

function cache_name(c: number): string {
	return c < SIZES.length ? `kmalloc-${SIZES[c]}` : `cache-${c}`;
}

/** A full magazine's first object holds: next object, next magazine, number of objects. */
function depot_put(c: number, chain: number, count: number): void {
	const cache = CACHES + c * 128;
	for (let turns = 0; atomic_cmpxchg(cache + 8, 0, 1) !== 0; turns++)
		relax(turns);
	store(chain + 4, load(cache + 12));
	store(chain + 8, count);
	store(cache + 12, chain);
	atomic_store(cache + 8, 0);
}

/** Give this thread's magazines of a cache to the others. */
function give_back(c: number): void {
	const m = magazines + c * 16;
	if (load(m) !== 0)
		depot_put(c, load(m), load(m + 4));
	if (load(m + 8) !== 0)
		depot_put(c, load(m + 8), BATCH);
	store(m, 0);
	store(m + 4, 0);
	store(m + 8, 0);
}

/**
 * The empty magazine gets objects: from the spare, from the depot, from a new slab.
 * @returns false if there is no memory
 */
function refill(c: number): boolean {
	const m = magazines + c * 16;
	if (load(m + 8) !== 0) {
		store(m, load(m + 8));
		store(m + 4, BATCH);
		store(m + 8, 0);
		return true;
	}
	const cache = CACHES + c * 128;
	for (let turns = 0; atomic_cmpxchg(cache + 8, 0, 1) !== 0; turns++)
		relax(turns);
	const chain = load(cache + 12);
	if (chain !== 0)
		store(cache + 12, load(chain + 4));
	atomic_store(cache + 8, 0);
	if (chain !== 0) {
		store(m, chain);
		store(m + 4, load(chain + 8));
		return true;
	}
	return new_slab(c, m);
}

function new_slab(c: number, m: number): boolean {
	const size = load(CACHES + c * 128);
	const pages = Math.ceil(Math.max(size * 8, 16 * 1024) / PAGE_SIZE);
	const slab = alloc_pages(pages);
	if (slab === 0)
		return false;
	for (let i = 0; i < pages; i++)
		set_page_info(slab + i * PAGE_SIZE, c + 1 | i << 8);
	let chain = load(m);
	let count = load(m + 4);
	for (let at = slab + (Math.floor(pages * PAGE_SIZE / size) - 1) * size; at >= slab;
		at -= size)
	{
		if (count === BATCH) {
			depot_put(c, chain, count);
			chain = 0;
			count = 0;
		}
		store(at, chain);
		if (debug)
			poison_object(at, size, true);
		chain = at;
		count++;
	}
	store(m, chain);
	store(m + 4, count);
	return true;
}

function alloc_object(c: number, size: number, flags: gfp_t): number {
	const m = magazines + c * 16;
	if (load(m) === 0 && !refill(c))
		return 0;
	let object = load(m);
	store(m, load(object));
	store(m + 4, load(m + 4) - 1);
	store(m + 12, load(m + 12) + 1);
	if (debug) {
		if ((flags & __GFP_DIRECT_RECLAIM) !== 0)
			may_sleep(`kmalloc(${size}, GFP_KERNEL)`);
		const align = load(CACHES + c * 128 + 4);
		unpoison_object(object, load(CACHES + c * 128), align, size, cache_name(c));
		object += DEBUG_PREFIX(align);
	}
	if ((flags & __GFP_ZERO) !== 0)
		fill(object, 0, size);
	if (sanitize !== null) {
		// What is behind it in its slab is none of the caller's.
		if (!debug)
			sanitize(object, load(CACHES + c * 128), false);
		sanitize(object, size, true);
	}
	return object;
}

function free_object(c: number, object: number): void {
	if (sanitize !== null)
		sanitize(object, load(CACHES + c * 128), false);
	const m = magazines + c * 16;
	const count = load(m + 4);
	if (count < BATCH) {
		store(object, load(m));
		store(m + 4, count + 1);
	} else {
		if (load(m + 8) !== 0)
			depot_put(c, load(m + 8), BATCH);
		store(m + 8, load(m));
		store(object, 0);
		store(m + 4, 1);
	}
	store(m, object);
	store(m + 12, load(m + 12) - 1);
}

function alloc_large(size: number, flags: gfp_t): number {
	const pages = Math.ceil(size / PAGE_SIZE);
	const at = alloc_pages(pages);
	if (at === 0)
		return 0;
	set_page_info(at, LARGE | pages);
	const m = magazines + (CLASS_MAX - 1) * 16;
	store(m + 12, load(m + 12) + 1);
	if ((flags & __GFP_ZERO) === 0 && debug)
		fill(at, 0x5a, pages * PAGE_SIZE);
	if (sanitize !== null)
		sanitize(at, size, true);
	return at;
}

function __kmalloc(size: number, flags: gfp_t): number {
	if (!(size >= 0 && size < 0x7fffffff))
		return 0;
	return size <= SIZES[SIZES.length - 1]
		? alloc_object(class_of_64[(size + 63) >> 6], size, flags)
		: alloc_large(size, flags);
}

/**
 * Allocate memory; it is not zeroed. Does not sleep.
 * @param size bytes, 0 and up
 * @returns its address, on a cache line (64 bytes), or NULL
 */
export function kmalloc(size: number, flags: gfp_t = GFP_KERNEL): number {
	return should_failslab(size, FAIL_KMALLOC) ? 0 : __kmalloc(size, flags);
}

/** As kmalloc, for an allocation that failslab counts as another kind. @param kind a FAIL_* bit */
export function kmalloc_kind(size: number, flags: gfp_t, kind: number): number {
	return should_failslab(size, kind) ? 0 : __kmalloc(size, flags);
}

/** As kmalloc, zeroed. */
export function kzalloc(size: number, flags: gfp_t = GFP_KERNEL): number {
	return should_failslab(size, FAIL_KZALLOC) ? 0 : __kmalloc(size, flags | __GFP_ZERO);
}

/** `n` objects of `size` bytes, zeroed; NULL also if the product is too large. */
export function kcalloc(n: number, size: number, flags: gfp_t = GFP_KERNEL): number {
	return kzalloc(n * size, flags);
}

/**
 * Free what kmalloc, kzalloc or kmem_cache_alloc returned; NULL is ignored. Any thread, any
 * context. A wild pointer and an object that padata still has in flight are reported and not freed.
 */
export function kfree(object: number): void {
	if (object === 0)
		return;
	if (!is_heap_address(object) || (object & 63) !== 0)
		return misuse(`kfree: ${object.toString(16)} is not the address of an allocated object`);
	const info = page_info(object);
	if ((info & LARGE) !== 0 && (object & PAGE_SIZE - 1) === 0)
		return free_large(object, info & ~LARGE);
	const c = (info & 255) - 1;
	if (c < 0 || (info & LARGE) !== 0)
		return misuse(`kfree: ${object.toString(16)} is not the address of an allocated object`);
	const cache = CACHES + c * 128;
	const active = debug_find_active(object, load(cache + 16));
	if (active !== 0)
		return misuse(
			`kfree: object ${object.toString(16)} (${cache_name(c)}) is in flight (its stamp at ${
				active.toString(16)
			}); not freed`,
		);
	if (!debug)
		return free_object(c, object);
	const at = object - DEBUG_PREFIX(load(cache + 4));
	const slab = (object >>> PAGE_SHIFT) - (info >> 8) << PAGE_SHIFT;
	if ((at - slab) % load(cache) !== 0)
		return misuse(
			`kfree: ${object.toString(16)} points into an object of ${
				cache_name(c)
			}, not at its beginning`,
		);
	if (check_free_object(at, load(cache), load(cache + 4), cache_name(c))) {
		poison_object(at, load(cache), false);
		free_object(c, at);
	}
}

function free_large(object: number, pages: number): void {
	const active = debug_find_active(object, pages * PAGE_SIZE);
	if (active !== 0)
		return misuse(
			`kfree: object ${object.toString(16)} is in flight (its stamp at ${
				active.toString(16)
			}); not freed`,
		);
	const m = magazines + (CLASS_MAX - 1) * 16;
	store(m + 12, load(m + 12) - 1);
	if (sanitize !== null)
		sanitize(object, pages * PAGE_SIZE, false);
	free_pages(object, pages);
}

/** Bytes that an object really has. */
export function ksize(object: number): number {
	const info = page_info(object);
	return (info & LARGE) !== 0
		? (info & ~LARGE) * PAGE_SIZE
		: load(CACHES + ((info & 255) - 1) * 128 + 16);
}

/**
 * A cache of objects of one size.
 * @param align power of two, up to 4096
 * @returns a handle for kmem_cache_alloc, or NULL if there are too many caches (there are 49) or
 *   the size is not 1..8192 or the alignment not as said
 */
export function kmem_cache_create(size: number, align = 64): number {
	if (!(size > 0 && size <= 8192) || !(align > 0 && align <= PAGE_SIZE)
		|| (align & align - 1) !== 0)
		return 0;
	for (let c = SIZES.length; c < load(NR_CACHES); c++)
		if (load(CACHES + c * 128 + 16) === size
			&& load(CACHES + c * 128 + 4) === Math.max(align, 64)
			&& atomic_cmpxchg(CACHES + c * 128 + 20, 1, 0) === 1)
			return CACHES + c * 128;
	for (;;) {
		const c = load(NR_CACHES);
		if (c >= CLASS_MAX - 1)
			return 0;
		if (atomic_cmpxchg(NR_CACHES, c, c + 1) === c) {
			init_cache(c, size, align, 0);
			return CACHES + c * 128;
		}
	}
}

export function kmem_cache_alloc(cache: number, flags: gfp_t = GFP_KERNEL): number {
	const size = load(cache + 16);
	return should_failslab(size, FAIL_KMEM_CACHE)
		? 0
		: alloc_object((cache - CACHES) >> 7, size, flags);
}

export function kmem_cache_free(cache: number, object: number): void {
	if (object !== 0 && (page_info(object) & 255) - 1 !== (cache - CACHES) >> 7)
		return misuse(
			`kmem_cache_free: ${object.toString(16)} is not an object of ${
				cache_name((cache - CACHES) >> 7)
			}`,
		);
	kfree(object);
}

/**
 * Give a cache back. What it has of memory is for the next cache of that size. Objects that are
 * left are reported.
 */
export function kmem_cache_destroy(cache: number): void {
	const c = (cache - CACHES) >> 7;
	let left = 0;
	for (let thread = 0; thread < nr_threads; thread++)
		left += load(thread_ptr(MAGAZINES, thread) + c * 16 + 12);
	if (left !== 0)
		return misuse(`kmem_cache_destroy: ${cache_name(c)} still has ${left} objects`);
	atomic_store(cache + 20, 1);
}

/** Objects allocated and not freed, over all threads. Exact when nobody allocates meanwhile. */
export function slab_objects(): number {
	let sum = 0;
	for (let thread = 0; thread < nr_threads; thread++)
		for (let c = 0; c < CLASS_MAX; c++)
			sum += load(thread_ptr(MAGAZINES, thread) + c * 16 + 12);
	return sum;
}
