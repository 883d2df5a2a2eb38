// SPDX-License-Identifier: GPL-2.0-only
//
// The recorded 4.18 code is the judge. With the quirks of 4.18 each trace comes out byte by byte, and each crash as an
// oops that names the same event and functions. Without quirks nothing crashes or hangs, and what comes out differently
// is of a kind that the list of quirks names.
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { bootFor, cpusOf, play } from '../../lib/cli/drive/command.js';
import { cpu_online, cpu_up, Machine, slab_objects } from '../../lib/index.js';

const folder = new URL('../../../compat-tests/golden/', import.meta.url);

function scenarios(kind: string): string[] {
	return readdirSync(new URL(`${kind}/`, folder)).filter((name) => name.endsWith('.scn')).map((name) => name.slice(0, -4)).sort();
}

const lines = (path: string): string[] => readFileSync(new URL(path, folder), 'utf8').split('\n').slice(0, -1);
const expected = (kind: string, name: string): string[] => lines(`${kind}/${name}.expected`).filter((line) => !line.startsWith('#'));

const cpus = (kind: string, name: string): number => lines(`${kind}/${name}.scn`).map(cpusOf).find((n) => n !== undefined)!;

/** Scenarios for the same number of CPUs share a machine: booting is what takes the time. */
function byCpus(kind: string): [number, string[]][] {
	const groups = new Map<number, string[]>();
	for (const name of scenarios(kind))
		groups.set(cpus(kind, name), [...groups.get(cpus(kind, name)) ?? [], name]);
	return [...groups].sort(([a], [b]) => a - b);
}

/** Play one on a machine that others have used; it is left with all CPUs online and nothing allocated. */
async function playOn(machine: Machine, n: number, kind: string, name: string): Promise<string[]> {
	const objects = slab_objects();
	const out: string[] = [];
	expect(await play(machine, lines(`${kind}/${name}.scn`), (line) => out.push(line)), 'crashed').to.equal(false);
	for (let cpu = 0; cpu < n; cpu++)
		if (!cpu_online(cpu))
			cpu_up(cpu);
	expect(slab_objects(), 'objects left allocated').to.equal(objects);
	return out;
}

/** One describe() block for each number of CPUs, with a machine for it. */
function onMachines(kind: string, quirks: string, test: (machine: () => Machine, n: number, name: string) => void): void {
	for (const [n, names] of byCpus(kind))
		describe(`${n} CPUs`, () => {
			let machine: Machine;
			before(async () => { machine = await bootFor(n, quirks, () => undefined); });
			after(async () => { await machine.shutdown(); });
			for (const name of names)
				test(() => machine, n, name);
		});
}

describe('recorded traces with the quirks of 4.18', () => {
	onMachines('traces', 'v4.18', (machine, n, name) => it(name, async () => {
		expect(await playOn(machine(), n, 'traces', name)).to.deep.equal(expected('traces', name));
	}));
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
			const out: string[] = [];
			// Each crash needs a boot of its own.
			const machine = await bootFor(cpus('crash', name), 'v4.18', () => undefined);
			const crashed = await play(machine, lines(`crash/${name}.scn`), (line) => out.push(line));
			await machine.shutdown();
			expect(crashed).to.equal(true);
			const wanted = expected('crash', name);
			const report = wanted.filter((line) => /^(?:KERNEL|@@)/.test(line));
			const ours = out.filter((line) => /^(?:KERNEL|@@)/.test(line));
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
	onMachines('crash', 'none', (machine, n, name) => it(`${name}: nothing crashes or hangs, every command is answered`, async () => {
		const out = await playOn(machine(), n, 'crash', name);
		const commands = lines(`crash/${name}.scn`).filter((line) => !line.startsWith('#') && line !== '');
		expect(out.filter((line) => !line.startsWith('|') && !line.startsWith('!'))).to.have.lengthOf(commands.length);
		for (const line of out.filter((text) => text.includes('=> blocked')))
			expect(out.some((text) => text.startsWith(`! ${line.split(' => ')[0]} => `)), `${line} returns in the end`).to.equal(true);
	}));
});

/** The kinds of differences that FIDELITY allows: where a trace differs, one of these has to be the reason. */
const ALLOWED: readonly RegExp[] = [
	/^state => /, /^start => /, /^submit /, /^settle => /, /^quiet => /, /^timer => /, /^summary => /, /^trace => /, /^\| /, /^! notify /, /^set_cpumask/,
	/^add_cpu /, /^remove_cpu /, /^notifier_register /, /^release/, /^(?:sys)?store /,
];

describe('recorded traces without quirks', () => {
	onMachines('traces', 'none', (machine, n, name) => it(`${name}: runs to its end`, async () => {
		const out = await playOn(machine(), n, 'traces', name);
		const wanted = expected('traces', name);
		const commands = (text: readonly string[]): string[] => text.filter((line) => !/^[|!]/.test(line)).map((line) => line.split(' => ')[0]);
		expect(commands(out).slice(0, commands(wanted).length)).to.deep.equal(commands(wanted));
		for (const line of out.filter((text) => !wanted.includes(text)))
			expect(ALLOWED.some((kind) => kind.test(line)), `an unexpected kind of difference: ${line}`).to.equal(true);
		// Order of submission on every callback CPU, always.
		for (const line of out.filter((text) => text.startsWith('| serial '))) {
			const ids = line.split(': ')[1].split(' ').map(Number);
			expect(ids, line).to.deep.equal([...ids].sort((a, b) => a - b));
		}
	}));
});
