// SPDX-License-Identifier: GPL-2.0-only
//
// What is run: rows (a statement, or a recorded trace) in groups, each against one column or more
// (a driver and what its answers are measured by).
import type { DriverCommand } from './driver.js';
import { Recorded, recorded } from './recorded.js';
import { Against, parts, Scenario } from './scenario.js';
import { sections } from './statements/index.js';
import type { Statement } from './statements/statement.js';

export interface Column {
	readonly title: string;
	readonly against: Against;
	readonly command: DriverCommand;
}

export interface Row {
	readonly id: string;
	/** What the document says; for a recorded trace its subject. */
	readonly document: string;
	/** What 4.18 does. */
	readonly v418: string;
	readonly quirks: readonly string[];
	readonly scenarios: readonly Scenario[];
	/** Do the document and 4.18 part in its scenarios? */
	readonly parts: boolean;
	/** Why there is no scenario. */
	readonly remark: string | null;
	readonly statement: Statement | null;
	readonly recorded: Recorded | null;
}

export type Suite = 'document' | 'traces' | 'crash';
export const SUITES: readonly Suite[] = ['document', 'traces', 'crash'];

export interface Group {
	readonly title: string;
	readonly suite: Suite;
	readonly rows: readonly Row[];
}

export const AS_DOCUMENTED = 'as documented';

function statement_row(statement: Statement): Row {
	const { id, says, v418, quirks, scenarios, remark } = statement;
	return {
		id,
		document: says,
		v418: remark === undefined ? v418 ?? AS_DOCUMENTED : '-',
		quirks: quirks ?? [],
		scenarios,
		parts: scenarios.some(parts),
		remark: remark ?? null,
		statement,
		recorded: null,
	};
}

function recorded_row(trace: Recorded): Row {
	return {
		id: trace.name,
		document: trace.subject,
		v418: trace.shows + (trace.doubt === null ? '' : ` (in doubt: ${trace.doubt})`),
		quirks: trace.quirks,
		scenarios: [trace.scenario],
		parts: parts(trace.scenario),
		remark: null,
		statement: null,
		recorded: trace,
	};
}

/** Everything there is. */
export function all_groups(): Group[] {
	return [
		...sections.map(({ title, statements }) => ({ title, suite: 'document' as const,
			rows: statements.map(statement_row) })
		),
		{ title: 'Recorded traces', suite: 'traces', rows: recorded('traces').map(recorded_row) },
		{ title: 'Recorded crashes', suite: 'crash', rows: recorded('crash').map(recorded_row) },
	];
}

export interface Selection {
	readonly suites: readonly Suite[];
	readonly names: readonly string[];
	readonly grep: RegExp | null;
}

/** Is a row's number or name meant by 7.2b, 7.2, 7, or a pattern with `*`? */
export function named(id: string, name: string): boolean {
	if (/^\d+(?:\.\d+)?$/.test(name) && /^\d/.test(id))
		return id === name || id.startsWith(name) && !/^\d/.test(id.slice(name.length));
	return new RegExp(
		`^${name.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')).join('.*')}$`,
	).test(id);
}

/** The groups with the rows that are meant; groups without any are left out. */
export function select(groups: readonly Group[], { suites, names, grep }: Selection): Group[] {
	const meant = (row: Row): boolean =>
		(names.length === 0 || names.some((name) => named(row.id, name)))
		&& (grep === null || grep.test(row.id) || grep.test(row.document) || grep.test(row.v418));
	return groups.filter(({ suite }) => suites.includes(suite)).map((group) => ({ ...group,
		rows: group.rows.filter(meant) })
	)
		.filter(({ rows }) => rows.length > 0);
}
