// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/percpu.h>. Every possible CPU has a unit of the same size, and so has the booting
// thread, which runs work items when no CPU is left. A percpu pointer is an offset that is valid in
// each unit. Offsets are given out in granules of two cache lines, so what two CPUs own never
// shares a line.
import { fill, load, store, store_u8, load_u8 } from '../machine/memory.js';
import { bss, machine_field } from '../machine/layout.js';
import { CACHELINE } from '../machine/struct.js';
import { on_attach, this_cpu } from '../machine/thread.js';
import { FAIL_PERCPU, should_failslab } from './fault-inject.js';
import { spin_lock, spin_unlock } from './spinlock.js';

const GRANULE = CACHELINE;
/** Largest unit: 2 MiB. */
const GRANULES_MAX = 16384;
/** [lock, granules in use] */
const CHUNK = bss(128, 128);
/**
 * One byte for each granule: 0 free, 1 first of an allocation, 2 one of its others. Granule 0 is
 * never given: NULL.
 */
const MAP = bss(GRANULES_MAX, 128);

let base = 0;
let unit = 0;
let cpus = 0;

on_attach(() => {
	base = load(machine_field('percpu'));
	unit = load(machine_field('percpu_unit'));
	cpus = load(machine_field('nr_cpu_ids'));
});

/**
 * Bytes of all units for `cpus` CPUs in a memory of `memory` bytes; each unit a multiple of 4 KiB.
 */
export function percpu_unit_size(cpus: number, memory: number): number {
	const share = Math.floor(memory / 8 / cpus / 4096) * 4096;
	return Math.max(16384, Math.min(share, GRANULES_MAX * GRANULE));
}

/**
 * Allocate `size` zeroed bytes in each possible CPU's unit.
 * @returns a percpu pointer, or NULL
 */
export function alloc_percpu(size: number): number {
	if (should_failslab(size, FAIL_PERCPU))
		return 0;
	const wanted = Math.max(1, Math.ceil(size / GRANULE));
	const granules = unit / GRANULE;
	spin_lock(CHUNK);
	let run = 0;
	let found = 0;
	for (let g = 1; g < granules; g++) {
		run = load_u8(MAP + g) === 0 ? run + 1 : 0;
		if (run === wanted) {
			found = g - wanted + 1;
			break;
		}
	}
	if (found !== 0) {
		store_u8(MAP + found, 1);
		for (let i = 1; i < wanted; i++)
			store_u8(MAP + found + i, 2);
		store(CHUNK + 4, load(CHUNK + 4) + wanted);
	}
	spin_unlock(CHUNK);
	if (found === 0)
		return 0;
	for (let cpu = 0; cpu <= cpus; cpu++)
		fill(per_cpu_ptr(found * GRANULE, cpu), 0, wanted * GRANULE);
	return found * GRANULE;
}

export function free_percpu(ptr: number): void {
	if (ptr === 0)
		return;
	spin_lock(CHUNK);
	let g = ptr / GRANULE;
	let freed = 0;
	do {
		store_u8(MAP + g, 0);
		g++;
		freed++;
	} while (g < GRANULES_MAX && load_u8(MAP + g) === 2);
	store(CHUNK + 4, load(CHUNK + 4) - freed);
	spin_unlock(CHUNK);
}

/** Granules (128 bytes in each unit) that are in use. */
export function percpu_in_use(): number {
	return load(CHUNK + 4);
}

/** A CPU's copy. The number behind the CPUs' is the booting thread's. */
export function per_cpu_ptr(ptr: number, cpu: number): number {
	return base + cpu * unit + ptr;
}

export function this_cpu_ptr(ptr: number): number {
	return base + this_cpu() * unit + ptr;
}
