// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/debugobjects.h>. An object that the kernel has in its hands carries a stamp, made of its own address, in
// one of its words at 4 modulo 8. kfree() looks for stamps in what it is to free: freeing an object in flight is found at
// the call that does it, for the price of a look at the memory.
import { load } from '../machine/memory.js';

const MAGIC = 0x5ad0b1e0;

/** The stamp for state 1..15 of the object whose stamp word is at `at`. */
export function debug_stamp(at: number, state: number): number {
	return (MAGIC + state) ^ at;
}

/** The state of the object whose stamp word is at `at`; 0 if it is not active. */
export function debug_state(at: number): number {
	const state = (load(at) ^ at) - MAGIC | 0;
	return state > 0 && state < 16 ? state : 0;
}

/** The stamp word of an active object in [from, from + size), or 0. `from` is a multiple of 8. */
export function debug_find_active(from: number, size: number): number {
	const end = from + size;
	for (let at = from + 4; at < end; at += 8)
		if (((load(at) ^ at) & ~15) === MAGIC && debug_state(at) !== 0)
			return at;
	return 0;
}
