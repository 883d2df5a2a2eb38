// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/kref.h> on <linux/refcount.h>. As with the kernel's checked refcounts, a count that
// has reached 0 stays there: who takes or drops one more is warned and does no harm.
import { atomic_cmpxchg, READ_ONCE, store } from '../machine/memory.js';
import { struct } from '../machine/struct.js';
import { atomic_t } from './atomic.js';
import { WARN } from './bug.js';

export const kref = struct('kref', { refcount: atomic_t });

export function kref_init(k: number): void {
	store(k, 1);
}

export function kref_read(k: number): number {
	return READ_ONCE(k);
}

/** Add `delta` unless the count is 0. @returns the count before */
function add_unless_zero(k: number, delta: number): number {
	for (;;) {
		const count = READ_ONCE(k);
		if (count === 0 || atomic_cmpxchg(k, count, count + delta) === count)
			return count;
	}
}

/** The caller has a reference already. */
export function kref_get(k: number): void {
	if (add_unless_zero(k, 1) === 0)
		WARN('refcount_t: increment on 0; use-after-free.');
}

/** For a caller that only knows that the memory is still there. @returns did it get a reference? */
export function kref_get_unless_zero(k: number): boolean {
	return add_unless_zero(k, 1) !== 0;
}

/** Drop a reference; the last one calls `release`. @returns was it the last one? */
export function kref_put(k: number, release: (k: number) => void): boolean {
	const count = add_unless_zero(k, -1);
	if (count === 0)
		WARN('refcount_t: underflow; use-after-free.');
	if (count !== 1)
		return false;
	release(k);
	return true;
}
