// SPDX-License-Identifier: GPL-2.0-only
//
// What the threads of a measurement share, in the machine's memory.
import { aligned, array, int, padata_priv, ptr, struct, unsigned_int } from 'padata';

/**
 * value: number of the job, then its result. due: when it should have come, in ns modulo 2^32. The
 * padata_priv comes first.
 */
export const bench_job = struct('bench_job', { priv: padata_priv, value: int, due: unsigned_int,
	channel: ptr });

/**
 * Jobs of one instance with one callback CPU: what is in order. Its serial() counts them and sums
 * up their results, and tells how far it is after each `publish` jobs (a power of two). want: who
 * sleeps until `consumed` is that; a multiple of `publish`. Words of different writers have lines
 * of their own.
 */
export const bench_channel = struct('bench_channel', {
	pinst: ptr,
	cb_cpu: int,
	publish: int,
	count: aligned(int),
	sum: int,
	consumed: aligned(int),
	want: aligned(int),
	end: aligned(int),
});

/**
 * The measurement. objects: addresses of the objects, as many as may be in flight; 0: each job gets
 * one of its own. slots: of the payload. samples: latencies in ns, in the order of serial(). total:
 * how many jobs there will be.
 */
export const bench_run = struct('bench_run', {
	job: int,
	total: int,
	in_flight: int,
	objects: ptr,
	slots: ptr,
	samples: ptr,
	parallel: int,
	serial: int,
	nr_channels: int,
	channels: aligned(array(bench_channel, 0)),
});

const { channels } = bench_run.offset;

export const run_size = (nr_channels: number): number =>
	bench_run.size + nr_channels * bench_channel.size;
export const channel_at = (run: number, i: number): number =>
	run + channels + i * bench_channel.size;
