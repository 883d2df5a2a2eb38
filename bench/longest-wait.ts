// SPDX-License-Identifier: GPL-2.0-only
//
// node dist/bench/longest-wait.js: how long does a finished object wait at most, from the moment
// when its turn has come until its serial() runs? Beside it, measured in the same run: how long a
// plain work item waits for the same CPU. The callback CPU does nothing else, so both are what the
// wake-up and the host's scheduler cost, and what the objects wait more is the port's.
import { ChildProcess, spawn } from 'node:child_process';
import { Command } from 'commander';
import * as k from 'padata';
import { now_ns } from './padata/clock.js';
import { BUCKETS, wait_job, wait_run } from './padata/longest-wait.jobs.js';

const OBJECTS = 256;
/** One object in so many takes LONG_US, the others up to SHORT_US. */
const LONG_ONE_IN = 64;
const LONG_US = 2000;
const SHORT_US = 50;
const r = wait_run.offset;
const j = wait_job.offset;

function natural(text: string): number {
	if (!/^\d{1,6}$/.test(text))
		throw new RangeError(`"${text}" is not a number from 0 to 999999`);
	return Number(text);
}

function start_busy_loops(n: number): ChildProcess[] {
	return Array.from({ length: n },
		() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
}

/** Percentiles as upper ends of buckets, in microseconds. */
function describe(name: string, run: number, histogram: number, longest: number): string {
	const counts = Array.from({ length: BUCKETS }, (_, i) => k.load(run + histogram + i * 4));
	const total = counts.reduce((a, b) => a + b, 0);
	const below = (part: number): number => {
		let [i, sum] = [0, counts[0]];
		while (sum < total * part)
			sum += counts[++i];
		return 2 ** i;
	};
	return `${name}: ${total}, half below ${below(0.5)} us, 99 % below ${below(0.99)} us, `
		+ `99.9 % below ${below(0.999)} us, longest ${
			(k.load(run + longest) / 1000).toFixed(3)
		} ms`;
}

function make_objects(run: number, functions: k.ModuleFunctions): number[] {
	return Array.from({ length: OBJECTS }, () => {
		const at = k.kzalloc(wait_job.size);
		k.store_function(at + j.priv + k.padata_priv.offset.parallel, functions['parallel']);
		k.store_function(at + j.priv + k.padata_priv.offset.serial, functions['serial']);
		k.store(at + j.run, run);
		return at;
	});
}

async function measure(seconds: number, nr_cpus: number): Promise<void> {
	const machine = await k.boot(nr_cpus === 0 ? {} : { nr_cpus });
	const functions = await machine.load_module(
		new URL('./padata/longest-wait.jobs.js', import.meta.url),
	);
	const { online } = machine.cpus();
	const cb_cpu = online[online.length - 1];
	const wq = k.alloc_workqueue('wait', k.WQ_MEM_RECLAIM | k.WQ_CPU_INTENSIVE, 1);
	const [parallel_mask, serial_mask] = [k.alloc_cpumask_var(), k.alloc_cpumask_var()];
	online.slice(0, -1).forEach((cpu) => k.cpumask_set_cpu(cpu, parallel_mask));
	k.cpumask_set_cpu(cb_cpu, serial_mask);
	const pinst = k.padata_alloc(wq, parallel_mask, serial_mask);
	if (online.length < 2 || pinst === 0 || k.padata_start(pinst) !== 0)
		throw new Error('longest-wait: two CPUs are needed at least');
	const run = k.kzalloc(wait_run.size);
	k.INIT_WORK(run, functions['plain_work']);
	const objects = make_objects(run, functions);

	let [submitted, works] = [0, 0];
	for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
		const serialised = k.atomic_load(run + r.serialised);
		while (submitted - serialised < OBJECTS) {
			const at = objects[submitted % OBJECTS];
			k.store(at + j.n, submitted);
			k.store(at + j.spin_us,
				Math.random() * LONG_ONE_IN < 1 ? LONG_US : Math.random() * SHORT_US);
			if (k.padata_do_parallel(pinst, at, cb_cpu) !== 0)
				throw new Error('longest-wait: an object was refused');
			submitted++;
		}
		if (k.atomic_load(run + r.work_runs) === works) {
			works++;
			k.store(run + r.queued_ns, now_ns() | 0);
			k.queue_work_on(cb_cpu, k.system_wq(), run);
		}
		k.sleep_on(run + r.serialised, serialised, 0.2);
	}
	await k.padata_stop_async(pinst);
	k.flush_work(run);
	const text = [
		describe('objects whose turn has come', run, r.of_objects, r.longest_us),
		describe('plain work items', run, r.of_works, r.work_longest_us),
	];
	await k.padata_free_async(pinst);
	await k.destroy_workqueue_async(wq);
	await machine.shutdown();
	process.stdout.write(`${text.join('\n')}\n`);
}

const program = new Command('longest-wait')
	.description('how long a finished object waits for its serial() at most')
	.option('--seconds <n>', 'how long to measure', natural, 10)
	.option('--cpus <n>', "so many simulated CPUs; 0: the host's, pinned", natural, 4)
	.option('--busy <n>', 'so many processes that only loop, beside it', natural, 0)
	.parse();
const { seconds, cpus, busy } = program.opts<{ seconds: number; cpus: number; busy: number }>();
const loops = start_busy_loops(busy);
try {
	await measure(seconds, cpus);
} finally {
	loops.forEach((loop) => loop.kill());
}
