// SPDX-License-Identifier: GPL-2.0-only
//
// Points at which a test stops other threads: CPUs and async threads.
import { atomic_store, int, ptr, struct, wake_up, work_struct } from '../../lib/index.js';
import { function_at } from '../../lib/machine/function.js';
import { ACCESSES, arrive, delay_stores, load, watch } from './watch.js';

/**
 * Before which access the thread stops: one to the bytes from `from` on, of a kind in `kinds` (a
 * bit for each of ACCESSES; 0: any), after `skip` such accesses. behind: it stops before the access
 * after that one. delays: its plain stores are delayed until it may go on. The memory at `reached`
 * is for arrive().
 */
export const point = struct('watch_point', {
	work: work_struct,
	reached: int,
	go_on: int,
	from: ptr,
	size: int,
	kinds: int,
	skip: int,
	behind: int,
	delays: int,
	armed: int,
});
const p = point.offset;

export function arm(at: number): void {
	const [from, size, kinds] = [load(at + p.from), load(at + p.size), load(at + p.kinds)];
	const behind = load(at + p.behind) !== 0;
	const delays = load(at + p.delays) !== 0;
	let skip = load(at + p.skip);
	let met = false;
	watch((what, addr) => {
		const before = met;
		met ||= addr >= from && addr < from + size
			&& (kinds === 0 || (kinds >>> ACCESSES.indexOf(what) & 1) !== 0) && skip-- === 0;
		if (!(behind ? before : met))
			return;
		watch(null);
		arrive(at + p.reached);
		if (delays)
			delay_stores(false);
	});
	if (delays)
		delay_stores(true);
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
