// SPDX-License-Identifier: GPL-2.0-only
//
// JUnit's XML: a suite for each driver and group.
import { Outcome, printable } from '../judge.js';
import type { Report } from '../run.js';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;',
	'"': '&quot;' };
const xml = (text: string): string => printable(text).replace(/[&<>"]/g, (c) => ENTITIES[c]);

function result({ verdict, reason, details }: Outcome): string {
	if (verdict === 'pass')
		return '';
	if (verdict === 'skip')
		return `<skipped message="${xml(reason)}"/>`;
	const tag = verdict === 'fail' ? 'failure' : 'error';
	return `<${tag} type="${verdict}" message="${xml(reason)}">${
		details.map(xml).join('\n')
	}</${tag}>`;
}

export function junit({ columns, groups }: Report): string {
	const suites = columns.flatMap(({ title }, c) =>
		groups.map(({ group, results }) => {
			const verdicts = results.map(({ outcomes }) => outcomes[c].verdict);
			const count = (...wanted: string[]): number =>
				verdicts.filter((verdict) => wanted.includes(verdict)).length;
			return [
				`\t<testsuite name="${
					xml(`${title}: ${group.title}`)
				}" tests="${results.length}" failures="${count('fail')}" errors="${
					count('error', 'timeout')
				}" skipped="${count('skip')}">`,
				...results.map(({ row, outcomes }) =>
					`\t\t<testcase classname="${xml(title)}" name="${
						xml(`${row.id} ${row.document}`)
					}">${result(outcomes[c])}</testcase>`
				),
				'\t</testsuite>',
			].join('\n');
		})
	);
	return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="padata conform">\n${
		suites.join('\n')
	}\n</testsuites>\n`;
}
