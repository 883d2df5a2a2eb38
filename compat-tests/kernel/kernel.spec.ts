// SPDX-License-Identifier: GPL-2.0-only
//
// What can be said of the comparison with a running kernel without one: the port's half of it, the
// list, the page.
import { expect } from 'chai';
import { quirks } from '../../lib/index.js';
import { answer_of, leave_stage } from '../support/stage.js';
import { answers, differences, differing, KernelScenario, Listed, scenarios,
	unexpected } from './compare.js';

const { reasons, scenarios: listed } = differences();

async function port(scenario: KernelScenario, quirk = 'none'): Promise<readonly string[]> {
	const { lines } = await answer_of({
		name: `kernel/${scenario.name}`,
		cpus: 4,
		commands: scenario.commands,
		expected: { 'document': [], '4.18': [] },
		patterns: false,
	}, quirk);
	return lines;
}

describe('kernel comparison', function() {
	this.timeout(60_000);
	after(leave_stage);

	it('the port answers what the list of differences says of it', async () => {
		for (const scenario of scenarios()) {
			const groups = answers(await port(scenario));
			expect(groups.length, `answers of ${scenario.name}`).to.equal(scenario.commands.length);
			for (const { at, command, port: lines } of listed[scenario.name] ?? []) {
				expect(scenario.commands[at - 1], scenario.name).to.equal(command);
				expect(groups[at - 1], `${scenario.name}, command ${at}`).to.deep.equal(lines);
			}
		}
	});

	it('where a quirk is the reason, the port with that quirk answers as the kernel does', async () => {
		const by_quirk = Object.entries(reasons).filter(([, { quirk }]) => quirk !== undefined);
		expect(by_quirk.map(([name]) => name)).to.deep.equal(['init-flag']);
		for (const [name, { quirk }] of by_quirk) {
			expect(quirks).to.have.property(quirk!);
			for (const scenario of scenarios()) {
				const concerned = (listed[scenario.name] ?? []).filter(({ reason }) =>
					reason === name
				);
				const groups = concerned.length === 0 ? [] : answers(await port(scenario, quirk));
				for (const { at, kernel } of concerned)
					expect(groups[at - 1], `${scenario.name}, command ${at}`).to.deep.equal(kernel);
			}
		}
	});

	it('each listed difference has a reason and a scenario, each reason is needed', () => {
		const names = scenarios().map(({ name }) => name);
		const all = Object.entries(listed).flatMap(([name, each]) =>
			each.map((one) => ({ name, ...one }))
		);
		for (const { name, at, reason } of all) {
			expect(names, `scenario of a listed difference`).to.include(name);
			expect(reasons, `${name}, command ${at}`).to.have.property(reason);
		}
		expect(Object.keys(reasons)).to.have.members([...new Set(all.map(({ reason }) => reason))]);
	});

	it('traces are cut where a command is answered', () => {
		expect(
			answers(['! late => 0', 'a => 0', '| body', '| more', '-- text', 'b => 0',
				'! at the end']),
		)
			.to.deep.equal([['! late => 0', 'a => 0', '| body', '| more'], ['-- text'], ['b => 0'],
				['! at the end']]);
	});

	it('a difference that is not listed is told, and one that is listed and does not occur', () => {
		const scenario: KernelScenario = { name: 'x', subject: '', lines: [],
			commands: ['a', 'b', 'c'] };
		const found = differing(scenario, ['a => 0', 'b => 1', 'c => 0'], ['a => 0', 'b => 2',
			'| body', 'c => 0']);
		expect(found).to.deep.equal([{ at: 2, command: 'b', port: ['b => 1'],
			kernel: ['b => 2', '| body'] }]);
		const list: Listed[] = [{ ...found[0], reason: 'r' }];
		expect(unexpected(found, list)).to.be.empty;
		expect(unexpected(found, [])[0]).to.equal('not listed: command 2, b');
		expect(unexpected([], list)[0]).to.equal('listed, but does not occur: command 2, b');
		expect(unexpected(found, [{ ...list[0], kernel: ['b => 3'] }])).to.have.length(7);
		// A kernel that has crashed answers less.
		expect(differing(scenario, ['a => 0', 'b => 1', 'c => 0'], ['a => 0', 'KERNEL: Oops'])).to
			.have.length(2);
	});
});
