// SPDX-License-Identifier: GPL-2.0-only
//
// How jobs are submitted, by the main thread or by a CPU: until the window is full; then sleep
// until half of it is free. (To try again and again would keep a core from the jobs.)
import { atomic_load, atomic_store, EBUSY, kzalloc, load, padata_do_parallel, padata_priv, sleep_on,
	store, store_function } from 'padata';
import { bench_channel, bench_job, bench_run, channel_at } from './layout.js';

const priv = padata_priv.offset;
const r = bench_run.offset;
const c = bench_channel.offset;
const j = bench_job.offset;

/** An object that calls the run's functions. @returns its address */
export function make_job(run: number): number {
	const job = kzalloc(bench_job.size);
	if (job === 0)
		throw new Error('no memory for an object');
	store_function(job + priv.parallel, load(run + r.parallel));
	store_function(job + priv.serial, load(run + r.serial));
	return job;
}

/** Sleep until a channel has consumed so many jobs; a multiple of its `publish`. */
export function wait_for_channel(channel: number, target: number): void {
	// A full barrier between saying what we wait for and looking at it; pairs with the one in
	// publish().
	atomic_store(channel + c.want, target);
	for (let seen; (seen = atomic_load(channel + c.consumed)) < target;)
		sleep_on(channel + c.consumed, seen);
	atomic_store(channel + c.want, 0);
}

/**
 * Sleep until the first `target` jobs have been consumed, or a few less.
 * @returns how many have been
 */
export function wait_for(run: number, target: number): number {
	const nr_channels = load(run + r.nr_channels);
	const step = load(channel_at(run, 0) + c.publish);
	const each = Math.floor(target / nr_channels / step) * step;
	for (let i = 0; each > 0 && i < nr_channels; i++)
		wait_for_channel(channel_at(run, i), each);
	return each * nr_channels;
}

/** Submit an object; while padata takes none, sleep until `half` jobs have been consumed. */
export function submit_object(run: number, job: number, channel: number, half: number): void {
	store(job + j.channel, channel);
	for (;;) {
		const err = padata_do_parallel(load(channel + c.pinst), job, load(channel + c.cb_cpu));
		if (err === 0)
			return;
		if (err !== -EBUSY)
			throw new Error(`padata_do_parallel: ${err}`);
		wait_for(run, half);
	}
}

/** Submit jobs 0 .. n-1, to the channels in turn. Returns when all have been consumed. */
export function submit(run: number, n: number): void {
	const in_flight = load(run + r.in_flight);
	const objects = load(run + r.objects);
	const nr_channels = load(run + r.nr_channels);
	const half = in_flight >> 1;
	let free = in_flight;
	for (let i = 0, slot = 0, at = 0; i < n; i++) {
		if (i >= free)
			free = wait_for(run, i - half) + in_flight;
		const job = objects !== 0 ? load(objects + slot * 4) : make_job(run);
		store(job + j.value, i);
		submit_object(run, job, channel_at(run, at), i - half);
		if (++slot === in_flight)
			slot = 0;
		if (++at === nr_channels)
			at = 0;
	}
	wait_for(run, n);
}
