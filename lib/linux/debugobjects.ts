// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/debugobjects.h>. An object that the kernel has in its hands carries a stamp: two
// words that are made of its own address, MARK bytes apart, the second one at 4 modulo 8. kfree()
// looks for stamps in what it is to free: freeing an object in flight is found at the call that
// does it, for the price of a look at the memory. One word would not do: memory full of random data
// (encrypted packets) has looked like an object once in ten million frees.
import { load, store } from '../machine/memory.js';

const MAGIC = 0x5ad0b1e0;
const MARK_MAGIC = 0x2c9e0d73;
/** Where the first word lies before the state word: in padata_priv the hole behind `info`. */
const MARK = 24;

/** The object whose state word is at `at` becomes active. */
export function debug_activate(at: number, state: number): void {
	store(at - MARK, MARK_MAGIC ^ at);
	store(at, debug_stamp(at, state));
}

/** What the state word at `at` holds in state 1..15. */
export function debug_stamp(at: number, state: number): number {
	return (MAGIC + state) ^ at;
}

/** The state of the object whose state word is at `at`; 0 if it is not active. */
export function debug_state(at: number): number {
	const state = (load(at) ^ at) - MAGIC | 0;
	return state > 0 && state < 16 && load(at - MARK) === (MARK_MAGIC ^ at) ? state : 0;
}

/** The state word of an active object in [from, from + size), or 0. `from` is a multiple of 8. */
export function debug_find_active(from: number, size: number): number {
	const end = from + size;
	for (let at = from + MARK + 4; at < end; at += 8)
		if (((load(at) ^ at) & ~15) === MAGIC && debug_state(at) !== 0)
			return at;
	return 0;
}
