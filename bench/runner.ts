// SPDX-License-Identifier: GPL-2.0-only
//
// Runs the plan: each run of each row is a process, one at a time, and the rows take turns, so that
// a change of the machine's mood hits everybody.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from './native.js';
import type { Planned } from './plan.js';
import { POOLS } from './pools/pool.js';
import type { Row, Sample } from './spec.js';
import { median, merge } from './stats.js';

const child = fileURLToPath(new URL('./child.js', import.meta.url));
const TIMEOUT_MS = 180_000;

export interface RunOptions {
	readonly runs: number;
	/** A part of the jobs, for a first look. */
	readonly quick: boolean;
	/** Called before each process. */
	readonly progress: (what: string) => void;
}

/** Why a row cannot be measured here, or null. */
function what_is_missing({ impl, program, library, missing }: Planned): string | null {
	if (missing !== undefined)
		return missing;
	if (program !== undefined || library !== undefined) {
		const built = build((program ?? library)!);
		return 'missing' in built ? built.missing : null;
	}
	const pool = POOLS.find((name) => impl.split('-')[0] === name);
	if (pool === undefined)
		return null;
	try {
		createRequire(import.meta.url).resolve(pool);
		return null;
	} catch {
		return `${pool} is not installed`;
	}
}

function command_of(spec: Planned): [string, string[]] {
	if (spec.program !== undefined) {
		const built = build(spec.program);
		if ('missing' in built)
			throw new Error(built.missing);
		return [built.path, [spec.job, String(spec.jobs), String(spec.threads)]];
	}
	const gc = spec.measurement === 'memory' || spec.measurement === 'growth'
		? ['--expose-gc']
		: [];
	return [process.execPath, [...gc, ...spec.node ?? [], child, JSON.stringify(spec)]];
}

async function run_once(spec: Planned): Promise<Sample[]> {
	const [command, args] = command_of(spec);
	const process_ = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'],
		timeout: TIMEOUT_MS });
	const closed = once(process_, 'close') as Promise<[number | null, string | null]>;
	const [out, err, [code, signal]] = await Promise.all([text(process_.stdout),
		text(process_.stderr), closed]);
	if (code !== 0)
		throw new Error(`${spec.impl}, ${spec.work}: ${signal ?? `exit code ${code}`}\n${err}`);
	return JSON.parse(out) as Sample[];
}

const figure = ({ us, bytes, percent }: Sample): number => (us ?? bytes ?? percent)!;

function to_row({ work, impl, x }: Planned, samples: readonly Sample[]): Row {
	const all = (get: (sample: Sample) => number | undefined): number[] =>
		samples.map(get).filter((value) => value !== undefined);
	const middle = (
		name: 'us' | 'bytes' | 'percent' | 'cpu_us' | 'p99' | 'p999' | 'per_second',
	): Partial<Row> => {
		const values = all((sample) => sample[name]);
		return values.length === 0 ? {} : { [name]: significant(median(values)) };
	};
	const values = samples.map(figure);
	const histograms = samples.map(({ histogram }) => histogram).filter((h) => h !== undefined);
	return {
		work: samples[0].work ?? work,
		impl,
		...x === undefined ? {} : { x },
		...middle('us'),
		...middle('bytes'),
		...middle('percent'),
		min: significant(Math.min(...values)),
		max: significant(Math.max(...values)),
		runs: samples.length,
		...middle('cpu_us'),
		...middle('p99'),
		...middle('p999'),
		...middle('per_second'),
		...histograms.length === 0
			? {}
			: { histogram: merge(histograms).map(([end, n]) => [significant(end), n] as const) },
	};
}

const significant = (value: number): number => Number(value.toPrecision(4));

/** Everybody who ran a job must have had the same results. @returns who has not */
function compare_digests(measured: ReadonlyMap<Planned, Sample[][]>): string[] {
	const wrong: string[] = [];
	const digests = new Map<string, { impl: string; digest: number }>();
	for (const [{ job, impl }, runs] of measured) {
		for (const { digest } of runs.flat()) {
			if (digest === undefined)
				continue;
			const first = digests.get(job);
			if (first === undefined)
				digests.set(job, { impl, digest });
			else if (first.digest !== digest)
				wrong.push(`${job}: ${impl} has other results than ${first.impl}`);
		}
	}
	return wrong;
}

export interface Outcome {
	readonly rows: Row[];
	/**
	 * What went wrong. A row of which a run has failed has no figures; the others are as good as
	 * ever.
	 */
	readonly failures: string[];
}

export async function run(plan: readonly Planned[],
	{ runs, quick, progress }: RunOptions): Promise<Outcome>
{
	const missing = new Map<Planned, string>();
	for (const spec of plan) {
		const why = what_is_missing(spec);
		if (why !== null)
			missing.set(spec, why);
	}
	const measured = new Map<Planned, Sample[][]>();
	const failures: string[] = [];
	for (let round = 0; round < runs; round++) {
		const turn = plan.filter((spec) => round < (spec.runs ?? runs));
		for (const [i, spec] of turn.entries()) {
			if (missing.has(spec))
				continue;
			progress(
				`run ${round + 1} of ${runs}, ${
					i + 1
				} of ${turn.length}: ${spec.work} ${spec.impl}${
					spec.x === undefined ? '' : ` ${spec.x}`
				}`,
			);
			try {
				const samples = await run_once(
					quick ? { ...spec, jobs: Math.ceil(spec.jobs / 5) } : spec,
				);
				measured.set(spec, [...measured.get(spec) ?? [], samples]);
			} catch (error) {
				failures.push((error as Error).message);
				missing.set(spec, 'failed');
			}
		}
	}
	failures.push(...compare_digests(measured));
	const rows = plan.flatMap((spec) => {
		const why = missing.get(spec);
		if (why !== undefined)
			return [{ work: spec.work, impl: spec.impl,
				...spec.x === undefined ? {} : { x: spec.x }, missing: why }];
		const samples = measured.get(spec)!;
		return samples[0].map((_, i) => to_row(spec, samples.map((one) => one[i])));
	});
	return { rows, failures };
}
