// SPDX-License-Identifier: GPL-2.0-only
//
// Run the plan: every scenario of every row on every column's driver, a few at a time, results in
// the plan's order.
import type { Answer } from './driver.js';
import { judge, Outcome, Verdict } from './judge.js';
import type { Column, Group, Row } from './plan.js';
import type { Scenario } from './scenario.js';

export interface Result {
	readonly row: Row;
	/** One for each column. */
	readonly outcomes: readonly Outcome[];
}
export interface GroupResult {
	readonly group: Group;
	readonly results: readonly Result[];
}
export interface Report {
	readonly columns: readonly Column[];
	readonly groups: readonly GroupResult[];
}

export interface RunOptions {
	readonly jobs: number;
	play(column: Column, scenario: Scenario): Promise<Answer>;
	/** Called after each scenario. */
	progress?(done: number, all: number): void;
}

const WORST: readonly Verdict[] = ['timeout', 'error', 'fail', 'skip', 'pass'];

/** A row is as good as the worst of its scenarios. */
function worst(outcomes: readonly Outcome[], scenarios: readonly Scenario[],
	remark: string | null): Outcome
{
	if (outcomes.length === 0)
		return { verdict: 'skip', reason: remark ?? 'nothing to run', details: [] };
	const at = outcomes.reduce(
		(w, { verdict }, i) => WORST.indexOf(verdict) < WORST.indexOf(outcomes[w].verdict) ? i : w,
		0,
	);
	const { verdict, reason, details } = outcomes[at];
	return { verdict, reason: outcomes.length > 1 && reason !== ''
		? `scenario ${scenarios[at].name}: ${reason}`
		: reason, details };
}

export async function run(groups: readonly Group[], columns: readonly Column[],
	options: RunOptions): Promise<Report>
{
	const outcomes = new Map<string, Outcome>();
	const key = (column: number, scenario: Scenario): string => `${column} ${scenario.name}`;
	const tasks = columns.flatMap((column, c) =>
		groups.flatMap(({ rows }) =>
			rows.flatMap(({ scenarios }) =>
				scenarios.map((scenario) => async () => {
					outcomes.set(key(c, scenario),
						judge(scenario, column.against, await options.play(column, scenario)));
				})
			)
		)
	);
	let [next, done] = [0, 0];
	const worker = async (): Promise<void> => {
		while (next < tasks.length) {
			await tasks[next++]();
			options.progress?.(++done, tasks.length);
		}
	};
	await Promise.all(Array.from({ length: Math.max(1, options.jobs) }, worker));
	return {
		columns,
		groups: groups.map((group) => ({ group, results: group.rows.map((row) => ({
			row,
			outcomes: columns.map((_, c) =>
				worst(row.scenarios.map((scenario) => outcomes.get(key(c, scenario))!),
					row.scenarios, row.remark)
			),
		})) })),
	};
}

export type Totals = Readonly<Record<Verdict, number>>;

/**
 * How often each verdict was given to rows that have scenarios.
 * @param column all of them if left out
 */
export function totals({ groups }: Report, column?: number): Totals {
	const count: Record<Verdict, number> = { pass: 0, fail: 0, skip: 0, error: 0, timeout: 0 };
	for (const { results } of groups)
		for (const { row, outcomes } of results)
			if (row.remark === null)
				outcomes.forEach(({ verdict }, c) => {
					count[verdict] += column === undefined || column === c ? 1 : 0;
				});
	return count;
}

export const failures = ({ fail, error, timeout }: Totals): number => fail + error + timeout;
