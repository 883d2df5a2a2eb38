// SPDX-License-Identifier: GPL-2.0-only
//
// The statements themselves: that none of the document's sentences is missing, and that what is
// said of 4.18 stands in the recorded traces.
import { expect } from 'chai';
import { line_matches } from '../../lib/cli/conform/match.js';
import { all_groups } from '../../lib/cli/conform/plan.js';
import { recorded } from '../../lib/cli/conform/recorded.js';
import { command_of, is_report, parts } from '../../lib/cli/conform/scenario.js';
import { sections, SENTENCES } from '../../lib/cli/conform/statements/index.js';
import { quirks } from '../../lib/index.js';

const statements = sections.flatMap((section) => section.statements);
const traces = new Map(
	[...recorded('traces'), ...recorded('crash')].map((
		{ name, scenario },
	) => [name, scenario.expected['4.18']]),
);

describe('the statements of the document', () => {
	it('leave no sentence out', () => {
		const said = new Set(
			statements.flatMap(({ id, also }) => [id.replace(/[a-z]$/, ''), ...also ?? []]),
		);
		const all = SENTENCES.flatMap((n, p) =>
			Array.from({ length: n }, (_, s) => `${p + 1}.${s + 1}`)
		);
		expect([...said].sort()).to.deep.equal([...all].sort());
	});

	it('have numbers of their own, in the order of the document', () => {
		const key = (id: string): number[] =>
			[...id.matchAll(/\d+/g)].map(Number).concat(
				(/[a-z]$/.exec(id)?.[0] ?? '`').charCodeAt(0),
			);
		const sorted = [...statements].sort((a, b) =>
			key(a.id).reduce((d, n, i) => d !== 0 ? d : n - key(b.id)[i], 0)
		);
		expect(statements.map(({ id }) => id)).to.deep.equal(sorted.map(({ id }) => id));
		expect(new Set(statements.map(({ id }) => id)).size).to.equal(statements.length);
	});

	for (const { id, scenarios, remark, v418, quirks: named, recorded: evidence, code }
		of statements)
	{
		it(`${id} has scenarios, or says why not`, () => {
			expect(scenarios.length > 0).to.equal(remark === undefined);
			for (const { commands, expected } of scenarios) {
				expect(commands).to.not.be.empty;
				// What is expected is an answer to each command.
				expect(expected.document.map(command_of).filter((command) => command !== null)).to
					.deep.equal(commands);
				expect(expected.document.some(is_report), 'a crash that the document asks for').to
					.equal(false);
			}
		});

		if (remark === undefined)
			it(`${id}: what is said of 4.18 is shown by a recorded trace, or has its place in the code`, () => {
				expect(evidence !== undefined || code !== undefined).to.equal(true);
				for (const [name, ...lines] of evidence ?? []) {
					const trace = traces.get(name);
					expect(trace, name).to.not.equal(undefined);
					let at = 0;
					for (const line of lines) {
						const found = trace!.findIndex((text, i) =>
							i >= at && line_matches(line, text, true)
						);
						expect(found, `"${line}" in ${name}, from line ${at + 1} on`).to.be.at
							.least(0);
						at = found + 1;
					}
				}
			});

		it(`${id}: where 4.18 does otherwise there is a quirk for it, and the other way round`, () => {
			expect(scenarios.some(parts)).to.equal((named ?? []).length > 0);
			if ((named ?? []).length > 0)
				expect(v418).to.be.a('string');
			for (const quirk of named ?? [])
				expect(quirks).to.have.property(quirk);
		});
	}

	it('name every quirk that departs from the document', () => {
		const named = new Set<string>(statements.flatMap((each) => each.quirks ?? []));
		const departing = Object.entries(quirks).filter(([, { document }]) => document !== null)
			.map(([name]) => name);
		expect([...named]).to.include.members(departing);
	});

	it('have names that nothing else has', () => {
		const names = all_groups().flatMap(({ rows }) =>
			rows.flatMap(({ scenarios }) => scenarios.map(({ name }) => name))
		);
		expect(new Set(names).size).to.equal(names.length);
	});
});
