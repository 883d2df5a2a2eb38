// SPDX-License-Identifier: GPL-2.0-only
//
// Jobs that end the thread of their CPU.
import { atomic_fetch_add, atomic_load, load, padata_do_serial, padata_priv, ptr, int,
	smp_processor_id, store, struct, wake_up, wait_event, timer_list, jiffies, mod_timer,
	work_struct, mutex_lock, spin_lock } from '../../lib/index.js';
import { relax } from '../../lib/machine/park.js';

/** How a job's parallel() or serial() goes. */
export const Way = { plain: 0, exit: 1, hold: 2, exit_later: 3, error_later: 4, full_heap: 5,
	gate: 6, rejects: 7, rejects_after: 8, exit_before: 9, promise: 10, spin: 11 } as const;

/**
 * A job. trace: [how many serial() calls, then for each: id, info, CPU]. gate: a word that some
 * wait for. calls: of parallel().
 */
export const dying_job = struct('dying_job', { priv: padata_priv, trace: ptr, gate: ptr, id: int,
	parallel: int, serial: int, calls: int, entered: int });
const j = dying_job.offset;

/** @param gate 0: for ever */
function spin(gate: number): void {
	for (let turns = 0; atomic_load(gate) === 0; turns++)
		relax(turns);
}

function fill_heap(): never {
	const all: number[][] = [];
	for (;;)
		all.push(new Array<number>(100_000).fill(all.length));
}

export function dying_parallel(padata: number): void | Promise<void> {
	const at = padata - j.priv;
	atomic_fetch_add(at + j.calls, 1);
	atomic_fetch_add(at + j.entered, 1);
	wake_up(at + j.entered);
	switch (load(at + j.parallel)) {
		case Way.hold:
			return;
		case Way.exit:
			process.exit(7);
			break;
		case Way.exit_before:
			padata_do_serial(padata);
			process.exit(8);
			break;
		case Way.exit_later:
			setImmediate(() => process.exit(9));
			return;
		case Way.error_later:
			setImmediate(() => {
				throw new RangeError('thrown in the event loop');
			});
			return;
		case Way.full_heap:
			fill_heap();
			break;
		case Way.spin:
			spin(0);
			break;
		case Way.gate:
			spin(load(at + j.gate));
			break;
		case Way.rejects:
			return Promise.reject(new RangeError('rejected by parallel'));
		case Way.rejects_after:
			padata_do_serial(padata);
			return Promise.reject(new RangeError('rejected behind padata_do_serial'));
	}
	padata_do_serial(padata);
}

export function dying_serial(padata: number): void | Promise<void> {
	const at = padata - j.priv;
	const trace = load(at + j.trace);
	const n = load(trace);
	[load(at + j.id), load(padata + padata_priv.offset.info), smp_processor_id()].forEach((v, i) =>
		store(trace + 8 + n * 12 + i * 4, v)
	);
	const way = load(at + j.serial);
	if (way === Way.gate)
		spin(load(at + j.gate));
	atomic_fetch_add(trace, 1);
	wake_up(trace);
	if (way === Way.exit)
		process.exit(10);
	else if (way === Way.promise)
		return Promise.resolve();
	else if (way === Way.rejects)
		return Promise.reject(new RangeError('rejected by serial'));
}

/**
 * A work item. how: 1 exits; 2 waits for the word, and nobody changes it; 3 arms two timers, of
 * which the first exits and the second sets the word to its CPU + 1.
 */
export const dying_work = struct('dying_work', { work: work_struct, how: int, entered: int,
	word: int, timer: timer_list, other: timer_list });
const w = dying_work.offset;

export function dying_item(work: number): void {
	atomic_fetch_add(work + w.entered, 1);
	wake_up(work + w.entered);
	switch (load(work + w.how)) {
		case 1:
			process.exit(11);
			break;
		case 2:
			wait_event(work + w.word, (value) => value !== 0);
			break;
		case 3:
			mod_timer(work + w.other, jiffies() + 100);
			mod_timer(work + w.timer, jiffies() + 1);
	}
}

export function exits_in_timer(): void {
	process.exit(13);
}

export function notes_cpu(timer: number): void {
	const work = timer - w.other;
	store(work + w.word, smp_processor_id() + 1);
	wake_up(work + w.word);
}

export function exits_with_lock(lock: number): void {
	spin_lock(lock);
	process.exit(15);
}

export function exits_with_locks(at: number): void {
	mutex_lock(at + 128);
	spin_lock(at);
	process.exit(14);
}

export function exits_on_cpu(): number {
	process.exit(12);
}
