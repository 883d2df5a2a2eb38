// SPDX-License-Identifier: GPL-2.0-only
//
// node dist/bench/guard.js: has the path of a job become longer? Times would tell more about a
// shared machine's neighbours than about the change, so this counts: instructions where the machine
// lets it (perf), and else how many uncontended lock-unlock pairs an empty job is worth, both in
// one thread, in turns. Besides: sleeps, and JavaScript objects that are allocated on the way.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as k from 'padata';
import { System } from './padata/system.js';
import { number } from './report.js';
import { median } from './stats.js';

/**
 * A change that makes jobs cheaper lowers these. Measured when they were set: 8.2 to 9 lock-unlock
 * pairs; 0.01 bytes, where one small object for each job would be 16; 6 to 13 sleeps, where a
 * wake-up for each job would be a thousand. Instructions could not be counted on that machine: the
 * bound is what the time allows for.
 */
const BOUNDS = {
	instructions: { most: 3000, unit: 'instructions for an empty job on one CPU' },
	locks: { most: 14, unit: 'lock-unlock pairs for an empty job on one CPU' },
	heap: { most: 1, unit: 'bytes of JavaScript heap for an empty job' },
	sleeps: { most: 100, unit: 'sleeps for 1000 empty jobs, the main thread submits' },
} as const;

const JOBS = 1 << 16;
const SLICES = 20;

const here = fileURLToPath(import.meta.url);

let failed = false;

function judge(name: keyof typeof BOUNDS, value: number): void {
	const { most, unit } = BOUNDS[name];
	const over = !(value <= most);
	failed ||= over;
	process.stdout.write(`${over ? 'OVER' : 'ok  '} ${number(value)} ${unit} (at most ${most})\n`);
}

/** One CPU does everything: no cache line moves, and nobody waits for anybody. */
async function one_cpu(
	measure: (call: (name: 'time_jobs' | 'time_locks' | 'heap_of_jobs') => number) => void,
): Promise<void> {
	const system = await System.boot({ job: 'empty', submitter: 'cpu', cores: 1 });
	const functions = await system.machine.load_module(new URL('./guard.jobs.js', import.meta.url));
	const [cpu] = system.machine.cpus().online;
	measure((name) => {
		system.prepare(JOBS);
		return k.work_on_cpu(cpu, functions[name], system.run);
	});
	system.verify();
	await system.close();
}

async function locks_and_heap(): Promise<{ locks: number; heap: number }> {
	const jobs: number[] = [];
	const locks: number[] = [];
	const heap: number[] = [];
	await one_cpu((call) => {
		for (let i = 0; i < SLICES + 5; i++) {
			jobs.push(call('time_jobs'));
			locks.push(call('time_locks'));
			const bytes = call('heap_of_jobs') / JOBS;
			// In the first ones code is still being compiled.
			if (i >= 5)
				heap.push(bytes);
		}
	});
	// The least of each: what others took from this thread's core is in all the rest.
	return { locks: Math.min(...jobs) / Math.min(...locks), heap: median(heap) };
}

/** How often any thread goes to sleep while the main thread submits to all CPUs. */
async function sleeps(): Promise<number> {
	const system = await System.boot({ job: 'empty', submitter: 'main' });
	const n = system.rounded(JOBS);
	const counts: number[] = [];
	for (let i = 0; i < SLICES; i++) {
		system.prepare(n);
		const before = process.resourceUsage().voluntaryContextSwitches;
		system.go();
		counts.push((process.resourceUsage().voluntaryContextSwitches - before) / n * 1000);
	}
	system.verify();
	await system.close();
	return median(counts);
}

/**
 * User-space instructions of this program with so many slices of jobs, or null if they cannot be
 * counted here.
 */
function count_instructions(slices: number): number | null {
	const { status, stderr } = spawnSync('perf', ['stat', '-x', ',', '-e', 'instructions:u',
		process.execPath, here, '--slices', String(slices)], { encoding: 'utf8',
		stdio: ['ignore', 'ignore', 'pipe'] });
	const count = /^(\d+),[^,]*,instructions/m.exec(stderr ?? '')?.[1];
	return status === 0 && count !== undefined ? Number(count) : null;
}

/** What the further slices have taken: starting up and compiling cancel out. */
function instructions(): number | null {
	const few = count_instructions(10);
	const many = few === null ? null : count_instructions(50);
	return many === null ? null : (many - few!) / (40 * JOBS);
}

if (process.argv[2] === '--slices') {
	await one_cpu((call) => {
		for (let i = 0; i < Number(process.argv[3]); i++)
			call('time_jobs');
	});
} else {
	const counted = instructions();
	const { locks, heap } = await locks_and_heap();
	if (counted === null)
		judge('locks', locks);
	else
		judge('instructions', counted);
	judge('heap', heap);
	judge('sleeps', await sleeps());
	process.exitCode = failed ? 1 : 0;
}
