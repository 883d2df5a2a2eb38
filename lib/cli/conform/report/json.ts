// SPDX-License-Identifier: GPL-2.0-only
import { Report, totals } from '../run.js';

export function json(report: Report): string {
	const { columns, groups } = report;
	return `${
		JSON.stringify({
			drivers: columns.map(({ title, against, command }, c) => ({ title, against, command,
				totals: totals(report, c) })
			),
			groups: groups.map(({ group, results }) => ({
				title: group.title,
				suite: group.suite,
				rows: results.map(({ row, outcomes }) => ({
					id: row.id,
					document: row.document,
					v418: row.v418,
					quirks: row.quirks,
					scenarios: row.scenarios.length,
					...row.remark === null ? {} : { remark: row.remark },
					outcomes,
				})),
			})),
		}, null, '\t')
	}\n`;
}
