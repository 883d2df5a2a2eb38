// SPDX-License-Identifier: GPL-2.0-only
//
// The driver in C, examples/c/driver: a kernel module that reaches padata through
// include/linux/padata.h. With the quirks of 4.18 each recorded trace comes out byte by byte, and
// each recorded crash is the same event in an oops; without, and in the document's scenarios, it is
// measured as the driver in TypeScript is (compat-tests/golden, compat-tests/document). driver.mjs,
// which is the program around the module, is imported: so one machine serves for many scenarios.
// Some are played by the program as it is.
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compile_flags, shell_quote } from '../../lib/cli/cc/flags.js';
import { Answer, play_on } from '../../lib/cli/conform/driver.js';
import { judge } from '../../lib/cli/conform/judge.js';
import { all_groups } from '../../lib/cli/conform/plan.js';
import { is_report, Scenario } from '../../lib/cli/conform/scenario.js';
import { crash_lines_of } from '../../lib/cli/drive/crash.js';
import type * as kernel from '../../lib/index.js';
import { expect_crash } from '../support/crash.js';
import { Workshop } from '../support/c.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(root, 'examples/c/driver');

/** What driver.mjs exports. */
interface DriverModule {
	readonly Driver: {
		load(machine: kernel.Machine, module: string, quirks: string,
			emit: (line: string) => void
		): Promise<{
			command(line: string): Promise<boolean>;
			end(): Promise<boolean>;
		}>;
	};
}

/** As in golden/crash, of a report that the driver has passed on as it is. */
function crash_of(lines: readonly string[]): string[] {
	const first = lines.findIndex(is_report);
	const text = lines.slice(first).map((line) => line.replace(/^(?:KERNEL|@@HANG): /, '')).join(
		'\n',
	);
	return [...lines.slice(0, first),
		...crash_lines_of(text, text.includes('Comm: kworker/') ? 'kworker' : 'play')];
}

/**
 * In these 4.18 waits for its timer, a second or two: so they are played by programs of their own,
 * beside the others.
 */
const WAITING: readonly string[] = ['timer-enodata', 'limit-not-serialised', 'limit-positional',
	'timer', 'missed-timer', 'release-head-other', 'order-rev-cpus', 'hotplug-never-started',
	'crash/serial-twice', 'crash/stop-partly-released'];
const PROGRAMS = 3;

type Program = (...args: string[]) => [string, ...string[]];

/**
 * Declare tests of the scenarios that are selected, and what they need before and after them.
 * @returns the driver as a program, for the tests themselves
 */
export function driver_tests(selected: (scenario: Scenario) => boolean): Program {
	const workshop = new Workshop();
	const groups = all_groups();
	let module: string;
	let driver: DriverModule;
	let k: typeof kernel;
	let machine: kernel.Machine | null = null;
	let booted = '';
	const answers = new Map<string, Promise<Answer>>();
	const program: Program = (
		...args
	) => [process.execPath, join(folder, 'driver.mjs'), ...args, module];

	function start_programs(): void {
		const lanes: Promise<unknown>[] = new Array<Promise<unknown>>(PROGRAMS).fill(
			Promise.resolve(),
		);
		const scenarios = groups.flatMap(({ rows }) => rows.flatMap((row) => row.scenarios)).filter(
			(scenario) => selected(scenario) && WAITING.includes(scenario.name),
		);
		for (const [i, scenario] of scenarios.entries()) {
			const answer = lanes[i % PROGRAMS].then(() =>
				play_on(program('--quirks', 'v4.18'), scenario, { timeout: 60_000 })
			);
			answers.set(scenario.name, answer);
			lanes[i % PROGRAMS] = answer;
		}
	}

	before(async () => {
		const copy = join(workshop.folder, 'c');
		cpSync(join(root, 'examples/c'), copy, { recursive: true,
			filter: (path) => !path.endsWith('.so') });
		const { status, stderr } = spawnSync('make', ['-C', copy, 'driver.so',
			`PADATA_CFLAGS=${shell_quote(compile_flags())}`, 'CC=cc -Werror'], {
			encoding: 'utf8',
		});
		expect(status, stderr).to.equal(0);
		module = join(copy, 'driver.so');
		driver = await import(pathToFileURL(join(folder, 'driver.mjs')).href) as DriverModule;
		// The package that it imports: the bundle.
		k = await import('padata');
		start_programs();
	});
	after(async () => {
		await shut_down();
		workshop.remove();
	});

	async function shut_down(): Promise<void> {
		await machine?.shutdown();
		machine = null;
	}

	/** The lines that come of a scenario with the quirks of 4.18. */
	async function played(scenario: Scenario): Promise<readonly string[]> {
		const answer = await answers.get(scenario.name);
		expect(answer?.problem ?? null, answer?.stderr).to.equal(null);
		return answer?.lines ?? play(scenario, 'v4.18');
	}

	/** On the machine that the last one has left. */
	async function play(scenario: Scenario, quirks: string): Promise<string[]> {
		// A recorded crash had a boot of its own.
		const fresh = quirks !== 'none' && scenario.expected['4.18'].some(is_report);
		if (machine === null || fresh || booted !== `${scenario.cpus} ${quirks}`) {
			await shut_down();
			machine = await k.boot({ nr_cpus: scenario.cpus,
				quirks: quirks as kernel.QuirkSelection, native: 'required' });
			machine.on('oops', () => undefined).on('misuse', () => undefined);
			booted = `${scenario.cpus} ${quirks}`;
		}
		const objects = k.slab_objects();
		const lines: string[] = [];
		const player = await driver.Driver.load(machine, module, quirks,
			(line) => lines.push(line));
		let crashed = false;
		for (const command of scenario.commands) {
			crashed = await player.command(command);
			if (crashed)
				break;
		}
		if (crashed || await player.end()) {
			await shut_down();
			return lines;
		}
		for (let cpu = 0; cpu < scenario.cpus; cpu++)
			if (!k.cpu_online(cpu))
				k.cpu_up(cpu);
		expect(k.slab_objects(), `objects that ${scenario.name} has left allocated`).to.equal(
			objects,
		);
		return lines;
	}

	/** Scenarios for one kind of machine stand together: booting is what takes the time. */
	function each(suites: readonly string[], test: (scenario: Scenario) => Promise<void>): void {
		const scenarios = groups.filter(({ suite }) => suites.includes(suite)).flatMap(({ rows }) =>
			rows.flatMap((row) => row.scenarios)
		).filter(selected);
		const waits = ({ name }: Scenario): number => Number(WAITING.includes(name));
		for (const scenario of scenarios.sort((a, b) => waits(a) - waits(b) || a.cpus - b.cpus))
			it(scenario.name, () => test(scenario));
	}

	describe('recorded traces with the quirks of 4.18', () => {
		each(['traces'], async (scenario) => {
			expect(await played(scenario)).to.deep.equal(scenario.expected['4.18']);
		});
	});

	describe('recorded crashes with the quirks of 4.18', () => {
		each(['crash'], async (scenario) => {
			const recorded = readFileSync(
				join(root, 'compat-tests/golden', `${scenario.name}.expected`),
				'utf8',
			).split('\n').slice(0, -1);
			expect_crash(crash_of(await played(scenario)),
				recorded.filter((line) => !line.startsWith('#')));
		});
	});

	describe('without quirks, what the document has', () => {
		each(['document', 'traces', 'crash'], async (scenario) => {
			const { verdict, reason, details } = judge(scenario, 'document', {
				lines: await play(scenario, 'none'),
				problem: null,
				stderr: '',
			});
			expect(verdict, [reason, ...details].join('\n')).to.equal('pass');
		});
	});

	return program;
}
