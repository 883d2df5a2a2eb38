// SPDX-License-Identifier: GPL-2.0-only
//
// docs/conformance.md: does it do what the kernel documents, and where does the kernel itself not?
import { Column, Row } from '../plan.js';
import { failures, GroupResult, Report, totals } from '../run.js';
import { cell } from './cell.js';
import { summary } from './table.js';

const HEAD = `# Conformance

Does this port do what the kernel documents, and where does the kernel itself not? The kernel's
document (Documentation/padata.txt of 4.18) is cut into statements, in our words; each has one or
more scenarios whose expected answers come from the statement. What 4.18 does is not hearsay: the
lines named under "shown by" stand in the [recorded traces](../compat-tests/golden/README.md) of the
real code. The port by default is measured by the document, with the [quirks](quirks.md) of 4.18 by
what 4.18 does. Its face in C is held to the same by a [driver in
C](driver-protocol.md#the-driver-in-c).

A number is paragraph and sentence of the document's prose, with a letter where a sentence says
several things. \`npx padata conform\` runs all of this anew, with \`--driver\` on any
implementation ([driver-protocol.md](driver-protocol.md)). This page is made of its results:
\`npm run docs:update -- conformance\`; a test fails if it is stale.
`;

const escape = (text: string): string => text.replace(/[|<>*]/g, (c) => `\\${c}`);
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string[] =>
	[heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

function v418(row: Row): string {
	const text = row.statement?.v418 === undefined ? escape(row.v418) : `**${escape(row.v418)}**`;
	const quirks = row.quirks.map((quirk) => `[${quirk}](quirks.md)`).join(', ');
	return quirks === '' ? text : `${text} (${quirks})`;
}

const doubt = ({ recorded }: Row): string =>
	typeof recorded?.doubt === 'string' ? ` *(in doubt: ${escape(recorded.doubt)})*` : '';

function shown_by({ statement }: Row): string {
	const traces = [...new Set(statement?.recorded?.map(([name]) => name) ?? [])];
	return [...traces, ...statement?.code === undefined ? [] : [statement.code]].map(escape).join(
		', ',
	) || '-';
}

function statement_row({ row, outcomes }: GroupResult['results'][number],
	columns: readonly Column[]): string[]
{
	const note = row.statement?.note ?? row.remark;
	return [
		row.id,
		escape(row.document) + (note === undefined || note === null ? '' : ` *(${escape(note)})*`),
		v418(row),
		shown_by(row),
		...outcomes.map((outcome, c) => escape(cell(row, columns[c], outcome))),
	];
}

export function markdown(report: Report): string {
	const { columns, groups } = report;
	const names = columns.map(({ title }) => title);
	const rows = groups.flatMap(({ group, results }) =>
		group.suite === 'document' ? results.map(({ row }) => row) : []
	);
	const tested = rows.filter(({ remark }) => remark === null);
	const lines = [
		HEAD,
		'## In short',
		'',
		`- The document: ${rows.length} statements. ${tested.length} have scenarios (${
			tested.reduce((n, { scenarios }) => n + scenarios.length, 0)
		} in all); `
		+ `${rows.length - tested.length} are advice or history, and nothing can be tested.`,
		`- 4.18 does otherwise, or more, in ${
			rows.filter(({ statement }) => statement?.v418 !== undefined).length
		} of them; ${
			rows.filter(({ quirks }) => quirks.length > 0).length
		} have scenarios that show it.`,
		...summary(report).map((line) => `- ${line}.`),
		'',
	];
	for (const { group, results } of groups) {
		lines.push(`## ${group.title}`, '');
		if (group.suite === 'document')
			lines.push(
				...table(['no.', 'the document', '4.18', 'shown by', ...names],
					results.map((result) => statement_row(result, columns))),
			);
		else
			lines.push(
				...table(['scenario', 'subject', 'where the document wants something else',
					...names], results.map(({ row, outcomes }) => [
						escape(row.id),
						escape(row.document) + (doubt(row)),
						row.quirks.map((quirk) => `[${quirk}](quirks.md)`).join(', ') || '-',
						...outcomes.map((outcome, c) => escape(cell(row, columns[c], outcome))),
					])),
			);
		lines.push('');
	}
	if (failures(totals(report)) > 0)
		lines.push('Something does not hold: see the rows above.', '');
	return `${lines.join('\n').trimEnd()}\n`;
}
