// SPDX-License-Identifier: GPL-2.0-only
//
// Puts results into docs/performance.md: what stands between <!-- bench:NAME --> and <!-- /bench
// --> is replaced, the rest is prose and stays. The plots are written beside it.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { latency_plot, scaling_plot, throughput_plot } from './plot.js';
import { POOLS } from './pools/pool.js';
import { by_work, figure, number, Ratio, ratios } from './report.js';
import type { Results, Row } from './spec.js';
import { jobs } from './work/job.js';

const table = (lines: readonly (readonly string[])[]): string =>
	[
		...lines.slice(0, 1),
		lines[0].map((_, i) => i === 0 ? '---' : '--:'),
		...lines.slice(1),
	].map((line) => `| ${line.join(' | ')} |`).join('\n');

const range = ({ min, max, runs }: Row): string =>
	runs === 1 ? '' : ` (${number(min!)}–${number(max!)})`;

function cell(row: Row | undefined): string {
	const found = row === undefined ? null : figure(row);
	return found === null ? row?.missing ?? '–' : `${number(found.value)}${range(row!)}`;
}

const FAMILIES = ['padata', 'loop', ...POOLS, 'tbb', 'c-ring'];
const rank = (impl: string): number =>
	FAMILIES.findIndex((family) => impl === family || impl.startsWith(`${family}-`));

/** A table with a line for each impl and a column for each work. */
function matrix(rows: readonly Row[], columns: Readonly<Record<string, string>>,
	show: (row: Row | undefined) => string, keep: (impl: string) => boolean): string
{
	const works = by_work(rows);
	const impls = new Set(
		Object.keys(columns).flatMap((work) => (works.get(work) ?? []).map(({ impl }) => impl))
			.filter(keep),
	);
	// Not everybody does everything: the loop has no empty jobs.
	const order = [...impls].sort((a, b) => rank(a) - rank(b));
	return table([
		['', ...Object.values(columns)],
		...order.map((
			impl,
		) => [impl,
			...Object.keys(columns).map((work) =>
				show(works.get(work)?.find((row) => row.impl === impl))
			)]
		),
	]);
}

const WORKS: Readonly<Record<string, string>> = {
	'empty': 'empty',
	'aes': `${jobs.aes.title}, node:crypto`,
	'aes-c': 'the same in C',
	'sha256': jobs.sha256.title,
	'deflate': jobs.deflate.title,
	'mixed': jobs.mixed.title,
};
/** Other ways to submit an empty job. */
const WAYS: Readonly<Record<string, string>> = {
	'padata': 'a CPU submits',
	'padata-inlined': "a CPU submits, with V8's flags below",
	'padata-main': 'the main thread submits',
	'padata-serial': 'serial() submits its object again',
	'padata-all-cb': 'main, serial() on all CPUs in turn',
	'padata-4-instances': 'main, four instances in turn',
	'padata-kzalloc': 'main, an object allocated for each job and freed in serial()',
};
const COSTS: Readonly<Record<string, (row: Row | undefined) => string>> = {
	'start-up to the first result, ms': (row) => in_ms(row),
	'shutdown, ms': (row) => in_ms(row),
	'idle, % of a core': cell,
	'bytes for each object or task in flight': cell,
};

function in_ms(row: Row | undefined): string {
	return row?.us === undefined
		? cell(row)
		: cell({ ...row, us: row.us / 1000, min: row.min! / 1000, max: row.max! / 1000 });
}

function machine_block({ machine }: Results): string {
	return table([['', ''],
		...Object.entries(machine).map(([name, value]) => [name, String(value)])]);
}

function ways_block({ rows }: Results): string {
	const empty = rows.filter(({ work }) => work === 'empty');
	return table([
		['', 'us per job', 'CPU us per job'],
		...Object.entries(WAYS).map(([impl, title]): string[] => {
			const row = empty.find((found) => found.impl === impl);
			return [title, cell(row), row?.cpu_us === undefined ? '–' : number(row.cpu_us)];
		}),
	]);
}

function ratios_block({ rows }: Results): string {
	const all = ratios(rows);
	const works: Readonly<Record<string, string>> = { ...WORKS, latency: 'latency, one in flight',
		startup: 'start-up' };
	const columns = Object.keys(works).filter((work) => all.some((ratio) => ratio.work === work));
	const lines = [
		...new Set(
			all.filter(({ work }) => work in works).map(({ impl, against }) =>
				`${impl} against ${against}`
			),
		),
	];
	const show = (ratio: Ratio | undefined): string =>
		ratio === undefined
			? '–'
			: `${number(ratio.ratio)}${ratio.against.includes('pool') ? ` (${ratio.peer})` : ''}`;
	return table([
		['', ...columns.map((work) => works[work])],
		...lines.map((
			line,
		) => [line, ...columns.map((column) =>
			show(
				all.find(({ work, impl, against }) =>
					work === column && `${impl} against ${against}` === line
				),
			)
		)]),
	]);
}

function latency_block({ rows }: Results): string {
	const works = { 'latency': 'one in flight', 'latency-50': 'sha256, 50 % load',
		'latency-90': 'sha256, 90 % load' };
	const three = (row: Row | undefined): string =>
		row?.p99 === undefined
			? cell(row)
			: `${[row.us!, row.p99, row.p999!].map(number).join(' / ')}${
				row.per_second === undefined ? '' : ` at ${number(row.per_second / 1000)}k/s`
			}`;
	return matrix(rows, works, three, () => true);
}

function costs_block({ rows }: Results): string {
	const works = ['startup', 'shutdown', 'idle', 'memory'];
	const impls = [
		...new Set(rows.filter(({ work }) => works.includes(work)).map(({ impl }) => impl)),
	];
	const find = (work: string, impl: string): Row | undefined =>
		rows.find((row) => row.work === work && row.impl === impl);
	return table([['', ...impls],
		...Object.entries(COSTS).map(([title, show],
			i) => [title, ...impls.map((impl) => show(find(works[i], impl)))]
		)]);
}

function growth_block({ rows }: Results): string {
	const row = rows.find(({ work }) => work === 'growth');
	return row?.bytes === undefined ? 'Not measured.' : `${number(row.bytes / 1024)} KiB`;
}

/** Curves, one under the other. */
function curves_block({ rows }: Results): string {
	const titles: Readonly<Record<string, string>> = {
		'cpus': 'Simulated CPUs, empty jobs',
		'parallel-mask': 'CPUs in the parallel mask, of 64 simulated ones, empty jobs',
		'mask-change': 'CPUs, a change of the parallel mask of an idle instance',
		'in-flight': 'Jobs in flight, empty, submitted by serial()',
		'cores': 'CPUs of the host, sha256 64 KiB',
	};
	return [...by_work(rows)].filter(([work]) => work in titles).map(([work, all]) =>
		table([
			[titles[work], ...all.map(({ x }) => String(x))],
			['us', ...all.map((row) => row.us === undefined ? '–' : number(row.us))],
			...all.some(({ cpu_us }) => cpu_us !== undefined)
				? [['CPU us',
					...all.map((row) => row.cpu_us === undefined ? '–' : number(row.cpu_us))]]
				: [],
		])
	).join('\n\n');
}

const blocks: Readonly<Record<string, (results: Results) => string>> = {
	'machine': machine_block,
	'throughput': ({ rows }) =>
		matrix(rows, WORKS, cell, (impl) => !(impl in WAYS) || Object.keys(WAYS).indexOf(impl) < 4),
	'cpu-time': ({ rows }) =>
		matrix(rows, WORKS, (row) => row?.cpu_us === undefined ? '–' : number(row.cpu_us), (impl) =>
			!(impl in WAYS) || Object.keys(WAYS).indexOf(impl) < 4),
	'ways': ways_block,
	'ratios': ratios_block,
	'latency': latency_block,
	'costs': costs_block,
	'growth': growth_block,
	'curves': curves_block,
};

const plots = { throughput: throughput_plot, latency: latency_plot, scaling: scaling_plot };

/** @throws Error if the document asks for a block that does not exist, or has none */
export function write_document(file: string, results: Results): void {
	let replaced = 0;
	const text = readFileSync(file, 'utf8').replace(
		/(<!-- bench:(\S+) -->\n)[^]*?(<!-- \/bench -->)/g,
		(_, head: string, name: string, tail: string) => {
			if (!(name in blocks))
				throw new Error(
					`${file}: there is no block bench:${name}; there are ${
						Object.keys(blocks).join(', ')
					}`,
				);
			replaced++;
			return `${head}${blocks[name](results)}\n${tail}`;
		},
	);
	if (replaced === 0)
		throw new Error(`${file}: there is no <!-- bench:... --> to fill`);
	writeFileSync(file, text);
	for (const [name, plot] of Object.entries(plots))
		writeFileSync(join(dirname(file), `performance-${name}.svg`), plot(results.rows));
}
