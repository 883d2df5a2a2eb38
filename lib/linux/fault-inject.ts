// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: failslab of <linux/fault-inject.h>, with its knobs: probability (percent), interval,
// times (-1: for ever) and space (bytes that succeed first). Instead of the kernel's filter by call
// trace there is one by kind of allocation.
import { atomic_cmpxchg, atomic_store, load, READ_ONCE, store } from '../machine/memory.js';
import { bss } from '../machine/layout.js';
import { relax } from '../machine/park.js';

export const FAIL_KMALLOC = 1;
export const FAIL_KZALLOC = 2;
export const FAIL_KMEM_CACHE = 4;
export const FAIL_PERCPU = 8;
export const FAIL_CPUMASK = 16;
export const FAIL_ALL = 31;

export interface FailslabKnobs {
	/** 0..100, in percent; 100 with an interval is the usual way. */
	readonly probability?: number;
	/** Only every interval-th candidate can fail; 0 and 1 are every one. */
	readonly interval?: number;
	/** How many failures at most; -1 is no limit. */
	readonly times?: number;
	/** So many bytes are allocated before the first failure. */
	readonly space?: number;
	/** FAIL_* bits: which allocations are candidates. */
	readonly filter?: number;
}

/** [enabled, lock, probability, interval, times, space, filter, candidates so far, random state] */
const ATTR = bss(128, 128);

const RANGES: Readonly<Record<keyof FailslabKnobs, readonly [number, number]>> = {
	probability: [0, 100],
	interval: [0, 0x7fffffff],
	times: [-1, 0x7fffffff],
	space: [0, 0x7fffffff],
	filter: [0, FAIL_ALL],
};

/**
 * Set the knobs; what is not named gets the kernel's default. `{}` switches failslab off.
 * @throws RangeError naming the knob that is wrong
 */
export function failslab(knobs: FailslabKnobs): void {
	for (const [name, value] of Object.entries(knobs) as [keyof FailslabKnobs,
		number | undefined][])
	{
		if (!Object.hasOwn(RANGES, name))
			throw new RangeError(
				`failslab: there is no knob ${name}; there are: ${Object.keys(RANGES).join(', ')}`,
			);
		const [min, max] = RANGES[name];
		if (value !== undefined && (!Number.isInteger(value) || value < min || value > max))
			throw new RangeError(
				`failslab: ${name}: ${String(value)} is not an integer from ${min} to ${max}`,
			);
	}
	const probability = knobs.probability ?? 0;
	store(ATTR + 8, probability);
	store(ATTR + 12, knobs.interval ?? 1);
	store(ATTR + 16, knobs.times ?? 1);
	store(ATTR + 20, knobs.space ?? 0);
	store(ATTR + 24, knobs.filter ?? FAIL_ALL);
	store(ATTR + 28, 0);
	if (load(ATTR + 32) === 0)
		store(ATTR + 32, 0x9e3779b9 | 0);
	atomic_store(ATTR, probability > 0 ? 1 : 0);
}

/** How many allocations have been candidates since failslab() was called. */
export function failslab_candidates(): number {
	return READ_ONCE(ATTR + 28);
}

export function should_failslab(size: number, kind: number): boolean {
	return READ_ONCE(ATTR) !== 0 && should_fail(size, kind);
}

function should_fail(size: number, kind: number): boolean {
	if ((load(ATTR + 24) & kind) === 0)
		return false;
	for (let turns = 0; atomic_cmpxchg(ATTR + 4, 0, 1) !== 0; turns++)
		relax(turns);
	try {
		const times = load(ATTR + 16);
		if (times === 0)
			return false;
		if (load(ATTR + 20) > size) {
			store(ATTR + 20, load(ATTR + 20) - size);
			return false;
		}
		const candidates = load(ATTR + 28) + 1;
		store(ATTR + 28, candidates);
		if (load(ATTR + 12) > 1 && candidates % load(ATTR + 12) !== 0)
			return false;
		let x = load(ATTR + 32);
		x ^= x << 13;
		x ^= x >>> 17;
		x ^= x << 5;
		store(ATTR + 32, x);
		if ((x >>> 0) % 100 >= load(ATTR + 8))
			return false;
		if (times > 0)
			store(ATTR + 16, times - 1);
		return true;
	} finally {
		atomic_store(ATTR + 4, 0);
	}
}
