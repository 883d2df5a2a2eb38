// SPDX-License-Identifier: GPL-2.0-only
//
// The port's driver behind filters that falsify what it says.
import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import { Children } from '../support/child.js';

export const COMMAND = fileURLToPath(new URL('../../bundle/cli/padata.js', import.meta.url));

/** The port's driver, for a shell. */
export const DRIVE = `'${process.execPath}' '${COMMAND}' drive`;

/** Declare a test that a filter is found out. @param id the statement that shows it */
export function filter_test(children: Children, name: string, id: string, filter: string): void {
	it(`finds out a driver that ${name}`, async () => {
		const { code, out } = await children.run([COMMAND, 'conform', id, '--driver',
			`${DRIVE} | ${filter}`, '--reporter', 'json']);
		expect(code).to.equal(1);
		const report = JSON.parse(out) as { drivers: { totals: Record<string, number> }[];
			groups: { rows: { outcomes: { verdict: string }[] }[] }[] };
		expect(report.drivers[0].totals['pass']).to.equal(0);
		expect(report.groups[0].rows[0].outcomes[0].verdict).to.equal('fail');
	});
}
