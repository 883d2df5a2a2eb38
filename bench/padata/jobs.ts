// SPDX-License-Identifier: GPL-2.0-only
//
// The callbacks that are measured. Loaded on every CPU.
import { atomic_store, bytes_at, kfree, load, padata_do_parallel, padata_do_serial, READ_ONCE,
	store, wake_up } from 'padata';
import { fold, JOBS, jobs } from '../work/job.js';
import { make_runner, Runner } from '../work/runner.js';
import { now_ns } from './clock.js';
import { bench_channel, bench_job, bench_run, channel_at } from './layout.js';
import { submit, submit_object } from './submit.js';

const r = bench_run.offset;
const c = bench_channel.offset;
const j = bench_job.offset;

let run_job: Runner = (i) => i;
let samples = 0;
/**
 * Whoever submits again in serial(): how many numbers further on the object's next job is, and
 * where that ends.
 */
let distance = 0;
let total = 0;

/** Called on each CPU before the first job. */
export function prepare(run: number): number {
	const name = JOBS[load(run + r.job)];
	const slots = load(run + r.slots);
	const { slot_bytes } = jobs[name];
	run_job = make_runner(name, (s) => bytes_at(slots + s * slot_bytes, slot_bytes));
	samples = load(run + r.samples);
	distance = load(run + r.in_flight);
	total = load(run + r.total);
	return 0;
}

export function parallel_empty(padata: number): void {
	padata_do_serial(padata);
}

export function parallel(padata: number): void {
	store(padata + j.value, run_job(load(padata + j.value)));
	padata_do_serial(padata);
}

/** Count the job and take its result into the sum. @returns how many there have been */
function consume(channel: number, padata: number): number {
	const n = load(channel + c.count) + 1;
	store(channel + c.count, n);
	store(channel + c.sum, fold(load(channel + c.sum), load(padata + j.value)));
	return n;
}

/** Let the submitter know, now and then. */
function publish(channel: number, n: number): void {
	if ((n & load(channel + c.publish) - 1) !== 0)
		return;
	// A full barrier between telling and looking who waits; pairs with the one in
	// wait_for_channel().
	atomic_store(channel + c.consumed, n);
	if (READ_ONCE(channel + c.want) === n)
		wake_up(channel + c.consumed);
}

export function serial(padata: number): void {
	const channel = load(padata + j.channel);
	publish(channel, consume(channel, padata));
}

/** The object was made for this job. */
export function serial_free(padata: number): void {
	const channel = load(padata + j.channel);
	const n = consume(channel, padata);
	kfree(padata);
	publish(channel, n);
}

/** Note how long ago the job should have come. */
export function serial_timed(padata: number): void {
	const channel = load(padata + j.channel);
	const n = consume(channel, padata);
	store(samples + (n - 1) * 4, now_ns() - load(padata + j.due) | 0);
	publish(channel, n);
}

/** The object goes round again: only the first ones are submitted from outside. */
function resubmit(channel: number, padata: number, n: number): void {
	const next = n - 1 + distance;
	if (next < total) {
		store(padata + j.value, next);
		const err = padata_do_parallel(load(channel + c.pinst), padata, load(channel + c.cb_cpu));
		if (err !== 0)
			throw new Error(`padata_do_parallel: ${err}`);
	}
	publish(channel, n);
}

export function serial_again(padata: number): void {
	const channel = load(padata + j.channel);
	resubmit(channel, padata, consume(channel, padata));
}

/** The same, noting how long it took from the submission. */
export function serial_again_timed(padata: number): void {
	const channel = load(padata + j.channel);
	const n = consume(channel, padata);
	store(samples + (n - 1) * 4, now_ns() - load(padata + j.due) | 0);
	store(padata + j.due, now_ns() | 0);
	resubmit(channel, padata, n);
}

/**
 * The first objects, from where the others will come. Their serial() comes after this item, or it
 * would submit between them.
 */
export function submit_first_here(run: number): number {
	const objects = load(run + r.objects);
	for (let i = 0; i < Math.min(distance, total); i++) {
		const object = load(objects + i * 4);
		store(object + j.value, i);
		store(object + j.due, now_ns() | 0);
		submit_object(run, object, channel_at(run, 0), 0);
	}
	return 0;
}

/** The submitter as a work item of a CPU. */
export function submit_here(run: number): number {
	submit(run, load(run + r.total));
	return 0;
}
