// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: runs of pages, what the slab allocator is built on. First fit in a list of free runs by
// address, joined with their neighbours when freed; behind the last run the heap is untouched and
// costs nothing. A map with a word for each page says what a page is part of. Calls are rare (a
// slab serves hundreds of objects), so one lock does.
import { atomic_cmpxchg, atomic_store, fill, load, store } from '../machine/memory.js';
import { bss, machine_field } from '../machine/layout.js';
import { relax } from '../machine/park.js';
import { on_attach } from '../machine/thread.js';

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 1 << PAGE_SHIFT;

/** [lock, first free run, first page never used, pages in use] */
const ZONE = bss(128, 128);

let map = 0;
let first_page = 0;
let end_page = 0;

on_attach(() => {
	map = load(machine_field('heap'));
	end_page = load(machine_field('heap_end')) >>> PAGE_SHIFT;
	first_page = (map + ((end_page - (map >>> PAGE_SHIFT)) << 2) + PAGE_SIZE - 1) >>> PAGE_SHIFT;
});

/** Begin with an empty heap. The booting thread calls it once. */
export function page_alloc_init(): void {
	store(ZONE + 8, first_page);
}

/** What the page of an address is part of: 0 nothing, else what set_page_info() said. */
export function page_info(addr: number): number {
	return load(map + (((addr >>> PAGE_SHIFT) - (map >>> PAGE_SHIFT)) << 2));
}

export function set_page_info(addr: number, info: number): void {
	store(map + (((addr >>> PAGE_SHIFT) - (map >>> PAGE_SHIFT)) << 2), info);
}

export function is_heap_address(addr: number): boolean {
	const page = addr >>> PAGE_SHIFT;
	return page >= first_page && page < end_page;
}

export function pages_in_use(): number {
	return load(ZONE + 12);
}

function lock_zone(): void {
	for (let turns = 0; atomic_cmpxchg(ZONE, 0, 1) !== 0; turns++)
		relax(turns);
}

/** @returns the address of `pages` zeroed pages, or NULL */
export function alloc_pages(pages: number): number {
	lock_zone();
	let link = ZONE + 4;
	let run = load(link);
	while (run !== 0 && load(run + 4) < pages) {
		link = run;
		run = load(run);
	}
	let used_before = true;
	if (run !== 0) {
		const rest = load(run + 4) - pages;
		if (rest > 0) {
			const tail = run + pages * PAGE_SIZE;
			store(tail, load(run));
			store(tail + 4, rest);
			store(link, tail);
		} else {
			store(link, load(run));
		}
	} else if (load(ZONE + 8) + pages <= end_page) {
		run = load(ZONE + 8) << PAGE_SHIFT;
		store(ZONE + 8, load(ZONE + 8) + pages);
		used_before = false;
	}
	if (run !== 0)
		store(ZONE + 12, load(ZONE + 12) + pages);
	atomic_store(ZONE, 0);
	if (run !== 0 && used_before)
		fill(run, 0, pages * PAGE_SIZE);
	return run;
}

export function free_pages(addr: number, pages: number): void {
	for (let i = 0; i < pages; i++)
		set_page_info(addr + i * PAGE_SIZE, 0);
	lock_zone();
	store(ZONE + 12, load(ZONE + 12) - pages);
	let prev = ZONE + 4;
	let next = load(prev);
	while (next !== 0 && next < addr) {
		prev = next;
		next = load(next);
	}
	store(addr, next);
	store(addr + 4, pages);
	store(prev, addr);
	if (next !== 0 && addr + pages * PAGE_SIZE === next) {
		store(addr, load(next));
		store(addr + 4, pages + load(next + 4));
	}
	if (prev !== ZONE + 4 && prev + load(prev + 4) * PAGE_SIZE === addr) {
		store(prev, load(addr));
		store(prev + 4, load(prev + 4) + load(addr + 4));
	}
	atomic_store(ZONE, 0);
}
