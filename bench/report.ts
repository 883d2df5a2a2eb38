// SPDX-License-Identifier: GPL-2.0-only
//
// Rows as text: a table for each work, and the ratios that count.
import { POOLS } from './pools/pool.js';
import type { Results, Row } from './spec.js';

/** A figure with three digits that mean something. */
export function number(value: number): string {
	if (Math.abs(value) >= 100)
		return value.toFixed(0);
	const text = value.toPrecision(3);
	return text.includes('e') ? String(Number(text)) : text;
}

/** Curves have rows for many x of one impl. */
export const is_curve = (rows: readonly Row[]): boolean => rows.some(({ x }) => x !== undefined);

/** Rows by work, in the order in which they come. */
export function by_work(rows: readonly Row[]): Map<string, Row[]> {
	const works = new Map<string, Row[]>();
	for (const row of rows)
		works.set(row.work, [...works.get(row.work) ?? [], row]);
	return works;
}

/** The value and its unit. */
export function figure({ us, bytes, percent }: Row): { value: number; unit: string } | null {
	if (us !== undefined)
		return { value: us, unit: 'us' };
	if (bytes !== undefined)
		return { value: bytes, unit: 'bytes' };
	return percent === undefined ? null : { value: percent, unit: '%' };
}

/** Columns of a table of one work's rows; the header first. */
export function table_of(rows: readonly Row[]): string[][] {
	const unit = rows.map(figure).find((f) => f !== null)?.unit ?? 'us';
	const curve = is_curve(rows);
	const latency = rows.some(({ p99 }) => p99 !== undefined);
	const loaded = rows.some(({ per_second }) => per_second !== undefined);
	const cpu = rows.some(({ cpu_us }) => cpu_us !== undefined);
	const loop = rows.find(({ impl }) => impl === 'loop')?.us;
	const header = [
		curve ? 'x' : 'impl',
		latency ? 'p50 us' : unit,
		'min-max',
		...latency ? ['p99', 'p99.9'] : [],
		...loaded ? ['jobs/s'] : [],
		...cpu ? ['CPU us'] : [],
		...loop === undefined ? [] : ['loop = 1'],
		'runs',
	];
	const optional = (value: number | undefined): string =>
		value === undefined ? '' : number(value);
	const lines = rows.map((row) => {
		const name = curve ? String(row.x) : row.impl;
		const found = figure(row);
		if (found === null)
			return [name, row.missing ?? ''];
		return [
			name,
			number(found.value),
			row.runs === 1 ? '' : `${number(row.min!)}-${number(row.max!)}`,
			...latency ? [optional(row.p99), optional(row.p999)] : [],
			...loaded ? [optional(row.per_second)] : [],
			...cpu ? [optional(row.cpu_us)] : [],
			...loop === undefined ? [] : [`${number(loop / row.us!)}x`],
			String(row.runs),
		];
	});
	return [header, ...lines];
}

function aligned(table: readonly (readonly string[])[]): string {
	const widths = table[0].map((_, column) =>
		Math.max(
			...table.filter((line) => line.length > 2 || column === 0).map((line) =>
				line[column].length
			),
		)
	);
	const pad = (text: string, column: number): string =>
		column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]);
	return table.map((line) =>
		`  ${
			line.length > 2 ? line.map(pad).join('  ') : `${line[0].padEnd(widths[0])}  ${line[1]}`
		}`.trimEnd()
	).join('\n');
}

/** padata's time against somebody else's; above 1 padata is faster. */
export interface Ratio {
	readonly work: string;
	/** Which padata. */
	readonly impl: string;
	/** Whom it is compared to, and who that was. */
	readonly against: string;
	readonly peer: string;
	readonly ratio: number;
}

type Measured = Row & { readonly us: number };

const fastest = (rows: readonly Measured[]): Measured | undefined =>
	[...rows].sort((a, b) => a.us - b.us).at(0);

/** The two usual ways to submit, against the loop, the best pool, and TBB. */
export function ratios(rows: readonly Row[]): Ratio[] {
	const found: Ratio[] = [];
	for (const [work, all] of by_work(rows)) {
		// Under load everybody has got as many jobs as he can take: times are not to be compared
		// without the rates.
		if (is_curve(all) || all.some(({ per_second }) => per_second !== undefined))
			continue;
		const measured = all.filter((row): row is Measured => row.us !== undefined);
		const one = (impl: string): Measured | undefined =>
			measured.find((row) => row.impl === impl);
		const others = {
			'the loop': one('loop'),
			'a loop on each core': one('loop-threads'),
			'the best pool': fastest(
				measured.filter(({ impl }) => POOLS.some((pool) => pool === impl)),
			),
			'the best pool with 16 jobs in a task': fastest(
				measured.filter(({ impl }) => impl.endsWith('-16')),
			),
			'the best pool with 64 jobs in a task': fastest(
				measured.filter(({ impl }) => impl.endsWith('-64')),
			),
			'oneTBB': one('tbb'),
		};
		// Of latencies only that of the main thread is what the pools' is.
		const latency = all.some(({ p99 }) => p99 !== undefined);
		for (const impl of latency ? ['padata-main'] : ['padata', 'padata-main'])
			for (const [against, other] of Object.entries(others))
				if (other !== undefined && one(impl) !== undefined)
					found.push({ work, impl, against, peer: other.impl,
						ratio: other.us / one(impl)!.us });
	}
	return found;
}

export function report({ machine, rows }: Results): string {
	const parts = [Object.entries(machine).map(([name, value]) => `${name} ${value}`).join(', ')];
	for (const [work, of_work] of by_work(rows))
		parts.push(`${work}\n${aligned(table_of(of_work))}`);
	const compared = ratios(rows);
	if (compared.length > 0) {
		const lines = compared.map(({ work, impl, against, peer, ratio }) => [
			`${work}: ${impl} against ${against}${against.includes('pool') ? `, ${peer}` : ''}`,
			'',
			`${number(ratio)}x`,
		]);
		parts.push(`ratios (above 1: padata is faster)\n${aligned(lines)}`);
	}
	return `${parts.join('\n\n')}\n`;
}
