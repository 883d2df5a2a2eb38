// SPDX-License-Identifier: GPL-2.0-only
//
// The recorded scenarios, and how a test of each is declared.
import { expect } from 'chai';
import { judge } from '../../lib/cli/conform/judge.js';
import { Recorded, recorded } from '../../lib/cli/conform/recorded.js';
import { Against } from '../../lib/cli/conform/scenario.js';
import { answer_of, leave_stage } from '../support/stage.js';

export const traces = recorded('traces');
export const crashes = recorded('crash');
export const everything = [...traces, ...crashes];

/** Scenarios for one kind of machine stand together: booting is what takes the time. */
export function by_machine(all: readonly Recorded[], quirks_of: (trace: Recorded) => string,
	test: (trace: Recorded, quirks: string) => void): void
{
	after(leave_stage);
	const groups = new Map<string, Recorded[]>();
	for (const trace of all) {
		const title = `${trace.scenario.cpus} CPUs, quirks: ${quirks_of(trace)}`;
		groups.set(title, [...groups.get(title) ?? [], trace]);
	}
	for (const [title, group] of [...groups].sort(([a], [b]) =>
		a.localeCompare(b, 'en', { numeric: true })
	))
		describe(title, () => group.forEach((trace) => test(trace, quirks_of(trace))));
}

/** Is the answer what it has to be? */
export async function holds({ scenario }: Recorded, against: Against,
	quirks: string): Promise<void>
{
	const { verdict, reason, details } = judge(scenario, against,
		await answer_of(scenario, quirks));
	expect(verdict, [reason, ...details].join('\n')).to.equal('pass');
}

/** Declare tests of these scenarios, without quirks: what the document has instead. */
export function document_tests(all: readonly Recorded[]): void {
	describe('recorded scenarios without quirks: what the document has instead', () => {
		by_machine(all, () => 'none',
			(trace, quirks) => it(trace.name, () => holds(trace, 'document', quirks)));
	});
}

/**
 * Declare tests of these scenarios, each with the quirks alone in which 4.18 and the document part
 * there.
 */
export function named_quirks_tests(all: readonly Recorded[]): void {
	describe('recorded scenarios with only the quirks that are named: what 4.18 has answered', () => {
		by_machine(all, ({ quirks }) => quirks.join(','),
			(trace, quirks) => it(trace.name, () => holds(trace, '4.18', quirks)));
	});
}

/** Is it played by the quick part with its quirk alone? Those of one quirk share a boot. */
export const is_quick_quirk = ({ quirks, scenario, name }: Recorded): boolean =>
	quirks.join() === 'implicit_start' && scenario.cpus === 4 && !name.startsWith('crash/');

/**
 * Has its machine so many CPUs that booting it once, with the quirks of 4.18, is enough for the
 * quick part?
 */
export const is_large = ({ scenario }: Recorded): boolean => scenario.cpus > 12;
