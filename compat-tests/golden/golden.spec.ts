// SPDX-License-Identifier: GPL-2.0-only
//
// The recorded 4.18 code is the judge. With the quirks of 4.18 each trace comes out byte by byte, and each crash as an
// oops that names the same event and functions. Without quirks nothing crashes or hangs, and what comes out differently
// is of a kind that FIDELITY names; document.spec.ts has those expectations.
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { drive, EXIT_CRASH } from '../../lib/cli/drive/command.js';

const folder = new URL('../../../compat-tests/golden/', import.meta.url);

function scenarios(kind: string): string[] {
	return readdirSync(new URL(`${kind}/`, folder)).filter((name) => name.endsWith('.scn')).map((name) => name.slice(0, -4)).sort();
}

const lines = (path: string): string[] => readFileSync(new URL(path, folder), 'utf8').split('\n').slice(0, -1);
const expected = (kind: string, name: string): string[] => lines(`${kind}/${name}.expected`).filter((line) => !line.startsWith('#'));

async function* input(kind: string, name: string): AsyncGenerator<string> {
	yield* lines(`${kind}/${name}.scn`);
}

async function play(kind: string, name: string, quirks: string): Promise<{ code: number; out: string[] }> {
	const out: string[] = [];
	const code = await drive(input(kind, name), { quirks }, (line) => out.push(line), () => undefined);
	return { code, out };
}

describe('recorded traces with the quirks of 4.18', () => {
	for (const name of scenarios('traces'))
		it(name, async () => {
			const { code, out } = await play('traces', name, 'v4.18');
			expect(out).to.deep.equal(expected('traces', name));
			expect(code).to.equal(0);
		});
});

/** The functions that the recorded report names; compiler's suffixes and the test module's own functions do not count. */
function functions(report: readonly string[]): string[] {
	return report.map((line) => /^KERNEL: (?:RIP | +)(?:p418_)?([\w]+)/.exec(line)?.[1]).filter((name) => name !== undefined && !name.startsWith('o_')) as string[];
}

const event = (report: readonly string[]): string => report.map((line) => line.replace('padata418.c.inc', 'padata.c').replace(/\((?:ADDR|prev=\w+|\w+)\)/g, '(ADDR)').replace(/was \w+\./, 'was ADDR.'))
	.find((line) => /^(?:KERNEL: (?:kernel BUG|divide|list_)|@@HANG)/.test(line))!.replace(/^@@HANG.*/, '@@HANG');

describe('recorded crashes with the quirks of 4.18', () => {
	for (const name of scenarios('crash'))
		it(name, async () => {
			const { code, out } = await play('crash', name, 'v4.18');
			const wanted = expected('crash', name);
			const report = wanted.filter((line) => /^(?:KERNEL|@@)/.test(line));
			const ours = out.filter((line) => /^(?:KERNEL|@@)/.test(line));
			expect(code).to.equal(EXIT_CRASH);
			expect(event(ours)).to.equal(event(report));
			expect(ours.find((line) => /^KERNEL: (?:in|blocked task) /.test(line))).to.equal(report.find((line) => /^KERNEL: (?:in|blocked task) /.test(line)));
			// rwsem_down_write_slowpath is named in the event.
			expect([...functions(ours), 'rwsem_down_write_slowpath']).to.include.members(functions(report));
			// What the recorded player has answered before.
			const before = wanted.filter((line) => !/^(?:>|KERNEL|@@)/.test(line));
			expect(out.slice(0, before.length)).to.deep.equal(before);
		});
});

describe('the same crashes without quirks', () => {
	for (const name of scenarios('crash'))
		it(`${name}: nothing crashes or hangs, every command is answered`, async () => {
			const { code, out } = await play('crash', name, 'none');
			expect(code).to.equal(0);
			const commands = lines(`crash/${name}.scn`).filter((line) => !line.startsWith('#') && line !== '');
			expect(out.filter((line) => !line.startsWith('|') && !line.startsWith('!'))).to.have.lengthOf(commands.length);
			for (const line of out.filter((text) => text.includes('=> blocked')))
				expect(out.some((text) => text.startsWith(`! ${line.split(' => ')[0]} => `)), `${line} returns in the end`).to.equal(true);
		});
});

/** The kinds of differences that FIDELITY allows: where a trace differs, one of these has to be the reason. */
const ALLOWED: readonly RegExp[] = [
	/^state => /, /^start => /, /^submit /, /^settle => /, /^quiet => /, /^timer => /, /^summary => /, /^trace => /, /^\| /, /^! notify /, /^set_cpumask/,
	/^add_cpu /, /^remove_cpu /, /^notifier_register /, /^release/, /^(?:sys)?store /,
];

describe('recorded traces without quirks', () => {
	for (const name of scenarios('traces'))
		it(`${name}: runs to its end`, async () => {
			const { code, out } = await play('traces', name, 'none');
			expect(code).to.equal(0);
			const wanted = expected('traces', name);
			const head = (line: string): string => line.split(' => ')[0]!;
			const commands = (text: readonly string[]): string[] => text.filter((line) => !/^[|!]/.test(line)).map(head);
			expect(commands(out).slice(0, commands(wanted).length)).to.deep.equal(commands(wanted));
			for (const line of out.filter((text) => !wanted.includes(text)))
				expect(ALLOWED.some((kind) => kind.test(line)), `an unexpected kind of difference: ${line}`).to.equal(true);
			// Order of submission on every callback CPU, always.
			for (const line of out.filter((text) => text.startsWith('| serial '))) {
				const ids = line.split(': ')[1]!.split(' ').map(Number);
				expect(ids, line).to.deep.equal([...ids].sort((a, b) => a - b));
			}
		});
});
