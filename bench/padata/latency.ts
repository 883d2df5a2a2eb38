// SPDX-License-Identifier: GPL-2.0-only
//
// Latency of one job: from its submission, or from when it should have come, until serial() or
// until the submitter goes on.
import { kzalloc, load, sleep_on, store } from 'padata';
import { latency_sample } from '../stats.js';
import type { PadataOptions, Sample, Spec } from '../spec.js';
import { arrivals } from '../work/arrivals.js';
import { now_ns } from './clock.js';
import { bench_channel, bench_job, bench_run, channel_at } from './layout.js';
import { submit_object, wait_for } from './submit.js';
import { System, SystemOptions } from './system.js';

const c = bench_channel.offset;
const r = bench_run.offset;
const j = bench_job.offset;

/** So long do we leave the CPUs alone until they have parked for certain. */
const PARKED_MS = 2;

const last = (cpus: readonly number[]): number => cpus[cpus.length - 1];

export function latency(spec: Spec): Promise<Sample[]> {
	switch (spec.impl) {
		case 'padata':
			return round_trips(spec);
		case 'padata-parked':
			return parked(spec);
		default:
			return from_main(spec);
	}
}

/**
 * serial() on the first CPU submits the next job to the last one: both spin. Until serial() begins.
 */
async function round_trips(spec: Spec): Promise<Sample[]> {
	const system = await boot(spec, {
		submitter: 'serial',
		in_flight: 1,
		serial: 'serial_again_timed',
		parallel_cpus: (online) => [last(online)],
		callback_cpu: (online) => online[0],
	});
	for (const n of [spec.warm, spec.jobs]) {
		system.prepare(n);
		system.go();
	}
	return finish(system, system.latencies());
}

/** The CPU of the job has parked, and its serial() runs there too: one wake-up. */
async function parked(spec: Spec): Promise<Sample[]> {
	const system = await boot(spec, {
		submitter: 'main',
		in_flight: 1,
		serial: 'serial_timed',
		parallel_cpus: (online) => [last(online)],
		callback_cpu: last,
	});
	const nobody = kzalloc(64);
	system.prepare(spec.jobs);
	for (let i = 0; i < spec.jobs; i++) {
		sleep_on(nobody, 0, PARKED_MS);
		submit_due(system, i, now_ns());
		wait_for(system.run, i + 1);
	}
	return finish(system, system.latencies());
}

/**
 * The main thread sleeps until its job is done: what a peer's caller sees, who awaits a promise.
 */
async function from_main(spec: Spec): Promise<Sample[]> {
	const system = await boot(spec, { submitter: 'main', in_flight: 1 });
	const us = new Float64Array(spec.jobs);
	system.prepare(spec.jobs);
	for (let i = 0; i < spec.jobs; i++) {
		const start = performance.now();
		submit_due(system, i, 0);
		wait_for(system.run, i + 1);
		us[i] = (performance.now() - start) * 1000;
	}
	return finish(system, us);
}

/** Jobs come at random, so many per second as are `load` of what can be done at most. */
export async function load_latency(spec: Spec): Promise<Sample[]> {
	const system = await boot(spec, { submitter: 'main', serial: 'serial_timed', ...spec.padata });
	const n = system.rounded(spec.jobs);
	system.prepare(system.rounded(spec.warm));
	system.go();
	system.prepare(n);
	const start = performance.now();
	system.go();
	const us_per_job = (performance.now() - start) * 1000 / n;

	system.prepare(n);
	open_loop(system, arrivals(n, us_per_job / spec.load!));
	const [sample] = await finish(system, system.latencies());
	return [{ ...sample, per_second: 1e6 * spec.load! / us_per_job }];
}

/** @param due when each job comes, in microseconds from now */
function open_loop(system: System, due: Float64Array): void {
	const { in_flight, run } = system;
	const channel = channel_at(run, 0);
	const nobody = kzalloc(64);
	const start_ns = now_ns();
	const start = performance.now();
	let free = in_flight;
	for (let i = 0; i < due.length; i++) {
		if (i >= free)
			free = wait_for(run, i - (in_flight >> 1)) + in_flight;
		for (let left; (left = due[i] / 1000 - (performance.now() - start)) > 0;)
			sleep_on(nobody, 0, left);
		submit_due(system, i, start_ns + due[i] * 1000);
	}
	wait_for(run, load(run + r.total));
	if (load(channel + c.count) !== due.length)
		throw new Error('jobs are missing');
}

function submit_due(system: System, i: number, ns: number): void {
	const job = load(load(system.run + r.objects) + i % system.in_flight * 4);
	store(job + j.value, i);
	store(job + j.due, Math.round(ns) % 0x100000000 | 0);
	submit_object(system.run, job, channel_at(system.run, 0), i - (system.in_flight >> 1));
}

function boot(spec: Spec, options: PadataOptions & Partial<SystemOptions>): Promise<System> {
	return System.boot({ ...options, job: spec.job,
		samples: Math.max(spec.jobs, spec.warm) + 1024 });
}

async function finish(system: System, us: Float64Array): Promise<Sample[]> {
	system.verify();
	await system.close();
	return [latency_sample(us)];
}
