// SPDX-License-Identifier: GPL-2.0-only
//
// A recorded crash of the real 4.18 code against one of the port: the same event in the same task,
// and every function that the recorded report names.
import { expect } from 'chai';
import { is_report } from '../../lib/cli/conform/scenario.js';

/**
 * The functions that the recorded report names; compiler's suffixes and the test module's own
 * functions do not count.
 */
function functions(report: readonly string[]): string[] {
	return report.map((line) => /^KERNEL: (?:RIP | +)(?:p418_)?([\w]+)/.exec(line)?.[1]).filter((
		name,
	) => name !== undefined && !name.startsWith('o_')) as string[];
}

const event = (report: readonly string[]): string =>
	report.map((line) =>
		line.replace('padata418.c.inc', 'padata.c').replace(/\((?:ADDR|prev=\w+|\w+)\)/g, '(ADDR)')
			.replace(/was \w+\./, 'was ADDR.')
	)
		.find((line) => /^(?:KERNEL: (?:kernel BUG|divide|list_)|@@HANG)/.test(line))!.replace(
			/^@@HANG.*/,
			'@@HANG',
		);
const task = (report: readonly string[]): string | undefined =>
	report.find((line) => /^KERNEL: (?:in|blocked task) /.test(line));

/**
 * @param out a trace that ends in a report
 * @param wanted the recorded one, with the recorded player's own lines
 */
export function expect_crash(out: readonly string[], wanted: readonly string[]): void {
	const report = wanted.filter(is_report);
	const ours = out.filter(is_report);
	expect(ours, 'crashed').to.not.be.empty;
	expect(event(ours)).to.equal(event(report));
	expect(task(ours)).to.equal(task(report));
	// rwsem_down_write_slowpath is named in the event.
	expect([...functions(ours), 'rwsem_down_write_slowpath']).to.include.members(functions(report));
	// What the recorded player has answered before.
	const before = wanted.filter((line) => !/^(?:>|KERNEL|@@)/.test(line));
	expect(out.slice(0, before.length)).to.deep.equal(before);
}
