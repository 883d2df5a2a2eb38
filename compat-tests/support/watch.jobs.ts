// SPDX-License-Identifier: GPL-2.0-only
//
// Points at which a test stops other threads: CPUs and async threads.
import { atomic_store, int, ptr, struct, wake_up, work_struct } from '../../lib/index.js';
import { function_at } from '../../lib/machine/function.js';
import { ACCESSES, hold, load, watch } from './watch.js';

/**
 * Before which access the thread stops: one to the bytes from `from` on, of a kind in `kinds` (a bit
 * for each of ACCESSES; 0: any), after `skip` such accesses. The memory at `reached` is for arrive().
 */
export const point = struct('watch_point', {
	work: work_struct, reached: int, go_on: int, from: ptr, size: int, kinds: int, skip: int, armed: int,
});
const p = point.offset;

export function arm(at: number): void {
	const [from, size, kinds] = [load(at + p.from), load(at + p.size), load(at + p.kinds)];
	let skip = load(at + p.skip);
	hold(at + p.reached, (what, addr) => addr >= from && addr < from + size
		&& (kinds === 0 || (kinds >>> ACCESSES.indexOf(what) & 1) !== 0) && skip-- === 0);
}

/** Work: have the CPU's thread stop at the point when it comes there. */
export function arm_cpu(work: number): void {
	arm(work);
	atomic_store(work + p.armed, 1);
	wake_up(work + p.armed);
}

/** Call a function on an async thread that stops at the point. */
export function held(at: number, fn: number, ...args: number[]): number {
	arm(at);
	try {
		return Number((function_at(fn) as (...args: number[]) => unknown)(...args) ?? 0);
	} finally {
		watch(null);
	}
}
