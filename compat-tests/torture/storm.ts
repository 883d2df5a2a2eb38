// SPDX-License-Identifier: GPL-2.0-only
//
// What all threads of the storm share, in the machine's memory: instances, objects, the pool of
// held objects, counters, and the texts of failures. And how an object is submitted, since CPUs and
// guest threads do it the same way.
import { array, atomic_cmpxchg, atomic_fetch_add, atomic_xchg, bytes_at, delayed_work, int, load,
	notifier_block, padata_do_parallel, padata_do_serial, padata_priv, ptr, READ_ONCE, store,
	struct, timer_list, unsigned_int } from '../../lib/index.js';
import { this_thread } from '../../lib/machine/thread.js';
import { xorshift } from '../support/random.js';

export const CPUS_MAX = 16;
/** Threads that submit: CPUs and guest threads. */
export const THREADS_MAX = 64;
export const INSTANCES = 5;
/**
 * Instances 0..2 have one submitter each; 3 is everybody's; 4 is submitted to from parallel() and
 * serial().
 */
export const SHARED = 3;
export const NESTED = 4;
export const SUBMITTERS = 3;
export const COMPLETERS = 2;
export const CONTROLLERS = 3;
export const THREADS = SUBMITTERS + COMPLETERS + CONTROLLERS + 1;

/** What an object does: bits of its mode. */
export const HOLD = 1;
export const NEST = 2;
export const RESUBMIT = 4;
export const NEST_IN_SERIAL = 8;
export const EVENT_LOOP = 16;
/** It is freed by its last serial(). */
export const ALLOCATED = 32;

export const INFO = 0x5a5a5a5a;

/**
 * One submission: the object's, or that of its child. n: the how-many-th accepted one of thread
 * `sub` at that instance. gen: how often it has been submitted; par, ser: how often the callbacks
 * have run.
 */
export const storm_job = struct('storm_job', {
	priv: padata_priv,
	object: ptr,
	inst: ptr,
	sub: int,
	n: int,
	cb: int,
	gen: int,
	par: int,
	ser: int,
});
/** busy: submissions under way; 0: the object is its submitter's. */
export const storm_object = struct('storm_object', {
	job: storm_job,
	child: storm_job,
	mode: int,
	delay: int,
	rng: unsigned_int,
	busy: int,
});

/**
 * told_p, told_cb: the usable masks that the notifier has been told. next[thread];
 * last[thread][cb_cpu]: n + 1 of the last serial().
 */
export const storm_instance = struct('storm_instance', {
	pinst: ptr,
	wq: ptr,
	world: ptr,
	id: int,
	accepted: int,
	paralleled: int,
	serialised: int,
	nb: notifier_block,
	told_p: int,
	told_cb: int,
	notified: int,
	probe: padata_priv,
	next: array(int, THREADS_MAX),
	last: array(int, THREADS_MAX * CPUS_MAX),
});

/** A thread's own things. */
export const storm_thread = struct('storm_thread', {
	nb: array(notifier_block, INSTANCES),
	registered: array(int, INSTANCES),
	mask_p: ptr,
	mask_cb: ptr,
	extra: storm_instance,
	op: int,
	op_inst: int,
	finished: int,
});

const TEXT_BYTES = 32768;
const HELD_SLOTS = 512;
const BUCKETS = 32;
export const storm_world = struct('storm_world', {
	stop: int,
	stop_completing: int,
	never: int,
	nr_cpus: int,
	ticks_alive: int,
	ticks: int,
	parallel: int,
	serial: int,
	mask_changes: int,
	mask_errors: int,
	ups: int,
	downs: int,
	hotplug_errors: int,
	starts: int,
	start_errors: int,
	stops: int,
	notifier_changes: int,
	sysfs_writes: int,
	failslabs: int,
	extras: int,
	extra_errors: int,
	held: int,
	event_loop: int,
	resubmitted: int,
	nested: int,
	failures: int,
	text_used: int,
	threads_up: int,
	memory_lock: int,
	timer: timer_list,
	dwork: delayed_work,
	rng: unsigned_int,
	refused: array(int, 256),
	distance: array(int, BUCKETS),
	slots: array(int, HELD_SLOTS),
	text: array(int, TEXT_BYTES / 4),
	instances: array(storm_instance, INSTANCES),
	threads: array(storm_thread, THREADS),
});

const o = storm_object.offset;
const j = storm_job.offset;
const si = storm_instance.offset;
const w = storm_world.offset;

export const instance_at = (world: number, i: number): number =>
	world + w.instances + i * storm_instance.size;
export const thread_at = (world: number, i: number): number =>
	world + w.threads + i * storm_thread.size;

export function count(world: number, field: keyof typeof w, by = 1): void {
	atomic_fetch_add(world + w[field], by);
}

/** A generator of numbers 0 .. below-1, its state in the machine's memory. */
export function random_at(at: number, below: number): number {
	let x = load(at) || 0x9e3779b9;
	x = xorshift(x);
	store(at, x);
	// The low bits of neighbouring states are alike.
	return Math.floor((Math.imul(x, 0x9e3779b1) >>> 0) / 0x100000000 * below);
}

/** Note a failure. The first ones are kept as texts. */
export function fail(world: number, text: string): void {
	atomic_fetch_add(world + w.failures, 1);
	const line = Buffer.from(`${text}\n`);
	const at = atomic_fetch_add(world + w.text_used, line.length);
	if (at + line.length <= TEXT_BYTES)
		bytes_at(world + w.text + at, line.length).set(line);
}

export function failure_texts(world: number): string[] {
	const used = Math.min(READ_ONCE(world + w.text_used), TEXT_BYTES);
	return Buffer.from(bytes_at(world + w.text, used).slice()).toString().replaceAll('\0', '')
		.split('\n').filter((line) => line !== '');
}

/** Hold an object back. @returns false if there is no room */
export function hold(world: number, padata: number, at: number): boolean {
	for (let i = 0; i < 8; i++)
		if (atomic_cmpxchg(world + w.slots + (at + i) % HELD_SLOTS * 4, 0, padata) === 0)
			return true;
	return false;
}

/**
 * Finish up to `max` of the objects that are held back, in an order that has nothing to do with
 * that of submission.
 */
export function release(world: number, from: number, max: number): number {
	let released = 0;
	// An odd step visits every slot.
	const step = from * 2 + 1 & HELD_SLOTS - 1;
	for (let i = 0, at = from; i < HELD_SLOTS && released < max;
		i++, at = at + step & HELD_SLOTS - 1)
	{
		const slot = world + w.slots + (at & HELD_SLOTS - 1) * 4;
		const padata = READ_ONCE(slot) === 0 ? 0 : atomic_xchg(slot, 0);
		if (padata !== 0) {
			padata_do_serial(padata);
			released++;
		}
	}
	return released;
}

/**
 * Submit a job of an object, which the caller owns or whose parallel() or serial() it is.
 * @returns as padata_do_parallel(); if it is accepted the object may be gone
 */
export function submit(world: number, inst: number, object: number, job: 'job' | 'child',
	cb: number): number
{
	const at = object + o[job];
	const sub = this_thread();
	const next = inst + si.next + sub * 4;
	const n = load(next);
	store(at + j.object, object);
	store(at + j.inst, inst);
	store(at + j.sub, sub);
	store(at + j.n, n);
	store(at + j.cb, cb);
	store(at + j.priv + padata_priv.offset.info, INFO);
	store(at + j.gen, load(at + j.gen) + 1);
	atomic_fetch_add(object + o.busy, 1);
	const err = padata_do_parallel(load(inst + si.pinst), at + j.priv, cb);
	if (err === 0) {
		store(next, n + 1);
		atomic_fetch_add(inst + si.accepted, 1);
		return 0;
	}
	store(at + j.gen, load(at + j.gen) - 1);
	atomic_fetch_add(object + o.busy, -1);
	atomic_fetch_add(world + w.refused + (-err & 255) * 4, 1);
	return err;
}
