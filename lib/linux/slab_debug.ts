// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: the debug side of slab.ts. Each object has a prefix with its state, a red zone before
// and behind it, and is filled with poison while it is free. What is found is reported as the
// kernel does: "BUG kmalloc-64: Poison overwritten".
import { bytes_at, fill, load, store } from '../machine/memory.js';
import { misuse } from './bug.js';

const ALIVE = 0x0a11c0de;
const FREE = 0x0badf4ee;
const POISON_FREE = 0x6b;
const POISON_NEW = 0x5a;
const RED = 0xcc;
const TAIL = 64;

/**
 * Bytes before the object: [link, next magazine, count, state, size asked for] and a red zone up to
 * the object.
 */
export function DEBUG_PREFIX(align: number): number {
	return Math.max(64, align);
}

export function debug_overhead(align: number): number {
	return DEBUG_PREFIX(align) + TAIL;
}

const STATE = 12;
const SIZE = 16;
const RED_START = 20;

/** The object begins its time as a free one. */
export function poison_object(at: number, size: number, fresh: boolean): void {
	store(at + STATE, FREE);
	if (fresh)
		store(at + SIZE, 0);
	fill(at + RED_START, POISON_FREE, size - RED_START);
}

function overwritten(from: number, end: number, byte: number): number {
	const bytes = bytes_at(from, end - from);
	for (let i = 0; i < bytes.length; i++)
		if (bytes[i] !== byte)
			return from + i;
	return 0;
}

/** The object is given out: nobody may have written to it since it was freed. */
export function unpoison_object(at: number, size: number, align: number, asked: number,
	name: string): void
{
	const bad = load(at + STATE) !== FREE
		? at + STATE
		: overwritten(at + RED_START, at + size, POISON_FREE);
	if (bad !== 0)
		misuse(
			`${name}: Poison overwritten at ${bad.toString(16)}, in the free object ${
				at.toString(16)
			} (use after free)`,
		);
	const prefix = DEBUG_PREFIX(align);
	store(at + STATE, ALIVE);
	store(at + SIZE, asked);
	fill(at + RED_START, RED, prefix - RED_START);
	fill(at + prefix, POISON_NEW, asked);
	fill(at + prefix + asked, RED, size - prefix - asked);
}

/** @returns may it be freed? */
export function check_free_object(at: number, size: number, align: number, name: string): boolean {
	const prefix = DEBUG_PREFIX(align);
	const object = (at + prefix).toString(16);
	if (load(at + STATE) === FREE) {
		misuse(`${name}: Object ${object} already free`);
		return false;
	}
	if (load(at + STATE) !== ALIVE) {
		misuse(`${name}: Left Redzone overwritten, object ${object}`);
		return false;
	}
	const left = overwritten(at + RED_START, at + prefix, RED);
	const right = overwritten(at + prefix + load(at + SIZE), at + size, RED);
	if (left !== 0 || right !== 0)
		misuse(
			`${name}: ${left !== 0 ? 'Left' : 'Right'} Redzone overwritten at ${
				(left !== 0 ? left : right).toString(16)
			}, object ${object} of ${load(at + SIZE)} bytes`,
		);
	return true;
}
