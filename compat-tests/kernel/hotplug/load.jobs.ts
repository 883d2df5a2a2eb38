// SPDX-License-Identifier: GPL-2.0-only
//
// The load's callbacks. They note what must not be, and how far it is.
import { aligned, array, atomic_fetch_add, atomic_store, container_of, cpumask_test_cpu, int, load,
	notifier_block, padata_cpumask, padata_do_serial, padata_priv, ptr, smp_processor_id, store,
	struct, WRITE_ONCE } from '../../../lib/index.js';

export const CPUS_MAX = 32;
const NOTES = 1 << 14;

/**
 * state: 0 idle, 1 in flight. later: milliseconds after which it is completed, from the CPU's event
 * loop; 0: at once.
 */
export const load_job = struct('load_job', { priv: padata_priv, world: ptr, id: int, cb: int,
	later: int, runs: int, result: int, state: int });

/** What the notifier was told: which masks have changed, the usable ones, and when. */
export const load_note = struct('load_note', { action: int, parallel: int, serial: int, at: int });

/** last: the id that each callback CPU has seen last. */
export const load_world = struct('load_world', {
	nb: notifier_block,
	done: aligned(int),
	disorder: aligned(int),
	elsewhere: int,
	repeated: int,
	last: aligned(array(int, CPUS_MAX)),
	notes: int,
	note: array(load_note, NOTES),
});

const j = load_job.offset;
const w = load_world.offset;
const n = load_note.offset;

/** CLOCK_MONOTONIC in microseconds, which fit an int for the first half hour of a guest. */
export const now_us = (): number => Number(process.hrtime.bigint() / 1000n);

const WORK = 3000;

export function parallel(padata: number): void {
	const at = container_of(padata, load_job, 'priv');
	if (atomic_fetch_add(at + j.runs, 1) !== 0)
		atomic_fetch_add(load(at + j.world) + w.repeated, 1);
	let x = load(at + j.id);
	for (let i = 0; i < WORK; i++)
		x = x * 31 + i | 0;
	store(at + j.result, x);
	const later = load(at + j.later);
	if (later === 0)
		padata_do_serial(padata);
	else
		setTimeout(() => padata_do_serial(padata), later);
}

export function serial(padata: number): void {
	const at = container_of(padata, load_job, 'priv');
	const world = load(at + j.world);
	const cb = load(at + j.cb);
	const last = world + w.last + cb * 4;
	if (smp_processor_id() !== cb)
		atomic_fetch_add(world + w.elsewhere, 1);
	if (load(at + j.id) <= load(last))
		atomic_fetch_add(world + w.disorder, 1);
	if (atomic_fetch_add(at + j.runs, 1) !== 1)
		atomic_fetch_add(world + w.repeated, 1);
	store(last, load(at + j.id));
	atomic_store(at + j.state, 0);
	atomic_fetch_add(world + w.done, 1);
}

function bits(mask: number): number {
	let value = 0;
	for (let cpu = 0; cpu < CPUS_MAX; cpu++)
		if (cpumask_test_cpu(cpu, mask))
			value |= 1 << cpu;
	return value;
}

/** Called under the instance's lock, so one at a time. */
export function notify(nb: number, action: number, masks: number): number {
	const world = container_of(nb, load_world, 'nb');
	const count = load(world + w.notes);
	const at = world + w.note + count % NOTES * load_note.size;
	store(at + n.action, action);
	store(at + n.parallel, bits(load(masks + padata_cpumask.offset.pcpu)));
	store(at + n.serial, bits(load(masks + padata_cpumask.offset.cbcpu)));
	store(at + n.at, now_us());
	WRITE_ONCE(world + w.notes, count + 1);
	return 0;
}

export interface Note {
	readonly action: number;
	readonly parallel: number;
	readonly serial: number;
	readonly at: number;
}

/** What the notifier was told from number `since` on. */
export function notes_since(world: number, since: number): Note[] {
	const notes: Note[] = [];
	for (let i = since; i < load(world + w.notes); i++) {
		const at = world + w.note + i % NOTES * load_note.size;
		notes.push({ action: load(at + n.action), parallel: load(at + n.parallel),
			serial: load(at + n.serial), at: load(at + n.at) });
	}
	return notes;
}
