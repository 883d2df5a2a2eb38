// SPDX-License-Identifier: GPL-2.0-only
//
// The table for a terminal.
import { failures, Report, totals } from '../run.js';
import { cell, v418_cell } from './cell.js';

const WIDTHS = { document: 42, v418: 42, driver: 16 };

/** Break at blanks; a word that is too long is cut. */
function wrap(text: string, width: number): string[] {
	const lines = [''];
	for (const word of text.split(' ').flatMap((each) =>
		each.match(new RegExp(`.{1,${width}}`, 'gu')) ?? []
	)) {
		const line = lines.at(-1)!;
		if (line === '')
			lines[lines.length - 1] = word;
		else if (line.length + 1 + word.length <= width)
			lines[lines.length - 1] = `${line} ${word}`;
		else
			lines.push(word);
	}
	return lines;
}

function line_up(cells: readonly string[], widths: readonly number[]): string[] {
	const wrapped = cells.map((text, i) => wrap(text, widths[i]));
	return Array.from({ length: Math.max(...wrapped.map((lines) => lines.length)) },
		(_, n) =>
			wrapped.map((lines, i) => (lines[n] ?? '').padEnd(widths[i])).join('  ').trimEnd());
}

export function table(report: Report): string {
	const { columns, groups } = report;
	const ids = groups.flatMap(({ results }) => results.map(({ row }) => row.id.length));
	const widths = [Math.max('statement'.length, ...ids), WIDTHS.document, WIDTHS.v418,
		...columns.map(() => WIDTHS.driver)];
	const lines = line_up(['statement', 'document', '4.18', ...columns.map(({ title }) => title)],
		widths);
	for (const { group, results } of groups) {
		lines.push('', group.title, '-'.repeat(group.title.length));
		for (const { row, outcomes } of results)
			lines.push(
				...line_up([row.id, row.document, v418_cell(row), ...outcomes.map((outcome, c) =>
					cell(row, columns[c], outcome).replace(/^(FAILS|ERROR|not run):.*$/s, '$1')
				)], widths),
			);
	}
	const bad = groups.flatMap(({ results }) =>
		results.flatMap(({ row, outcomes }) =>
			outcomes.flatMap(({ verdict, reason, details }, c) =>
				verdict === 'pass' || row.remark !== null
					? []
					: ['', `${row.id}, ${columns[c].title}: ${verdict}`, `  ${reason}`,
						...details.map((line) => `    ${line}`)]
			)
		)
	);
	return `${[...lines, ...bad, '', ...summary(report)].join('\n')}\n`;
}

/** A line for each driver. */
export function summary(report: Report): string[] {
	return report.columns.map(({ title, against }, c) => {
		const count = totals(report, c);
		const all = Object.values(count).reduce((a, b) => a + b);
		return `${title} (measured by ${
			against === '4.18' ? '4.18' : 'the document'
		}): ${count.pass} of ${all} hold`
			+ (failures(count) === 0 ? '' : `, ${failures(count)} do not`)
			+ (count.skip === 0 ? '' : `, ${count.skip} not run`);
	});
}
