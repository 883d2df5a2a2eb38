// SPDX-License-Identifier: GPL-2.0-only
//
// docs/conformance.md, made of what the port answers.
import { columns_of } from '../../lib/cli/conform/command.js';
import { all_groups } from '../../lib/cli/conform/plan.js';
import { markdown } from '../../lib/cli/conform/report/markdown.js';
import { run } from '../../lib/cli/conform/run.js';
import type { Against } from '../../lib/cli/conform/scenario.js';
import { answer_of } from '../../compat-tests/support/stage.js';

const quirks_of = (against: Against): string => against === '4.18' ? 'v4.18' : 'none';

export async function conformance_document(): Promise<string> {
	const columns = columns_of({ against: 'document' });
	const scenarios = all_groups().flatMap(({ rows }) => rows.flatMap((row) => row.scenarios)).sort(
		(a, b) => a.cpus - b.cpus,
	);
	// First by the number of CPUs, which saves boots; the answers are kept.
	for (const { against } of columns)
		for (const scenario of scenarios)
			await answer_of(scenario, quirks_of(against));
	// One at a time: there is one machine in a process.
	return markdown(
		await run(all_groups(), columns, { jobs: 1,
			play: ({ against }, scenario) => answer_of(scenario, quirks_of(against)) }),
	);
}
