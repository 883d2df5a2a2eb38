// SPDX-License-Identifier: GPL-2.0-only
//
// `padata drive`: play a scenario from standard input on a simulated machine, print its trace.
import { createInterface } from 'node:readline';
import { boot, quirk_names, QuirkSelection } from '../../index.js';
import { Driver } from './driver.js';
import { ScenarioError } from './text.js';

export interface DriveOptions { readonly cpus?: string; readonly quirks: string; readonly memory?: string }

/** Exit code when the scenario has crashed the kernel, as a quirk of 4.18 has it. */
export const EXIT_CRASH = 3;

function parseQuirks(text: string): QuirkSelection {
	if (text === 'none' || text === 'v4.18')
		return text;
	return text.split(',') as unknown as QuirkSelection;
}

/**
 * @param input lines of the scenario
 * @param emit gets the lines of the trace
 * @param log gets the reports of crashes and misuse
 * @returns the exit code: 0, or EXIT_CRASH
 */
export async function drive(input: AsyncIterable<string>, options: DriveOptions, emit: (line: string) => void, log: (text: string) => void): Promise<number> {
	const lines: string[] = [];
	const iterator = input[Symbol.asyncIterator]();
	let cpus = options.cpus;
	// The head of a scenario says how many CPUs it is for; a machine cannot be booted before.
	let next = await iterator.next();
	while (next.done !== true && (next.value.startsWith('#') || next.value.trim() === '')) {
		cpus ??= /^# cpus: (\d+)$/.exec(next.value)?.[1];
		next = await iterator.next();
	}
	if (next.done !== true)
		lines.push(next.value);
	const machine = await boot({
		nr_cpus: cpus === undefined ? 4 : Number(cpus), quirks: parseQuirks(options.quirks),
		memory: options.memory === undefined ? 256 << 20 : Number(options.memory) << 20,
	});
	// Crashes are looked for in the log, after each command.
	machine.on('oops', ({ text }) => log(text));
	machine.on('misuse', ({ text }) => log(text));
	const driver = new Driver(machine, await machine.load_module(new URL('./jobs.js', import.meta.url)), emit);
	try {
		while (lines.length > 0 || next.done !== true) {
			if (lines.length === 0) {
				next = await iterator.next();
				if (next.done === true)
					break;
				lines.push(next.value);
			}
			await driver.run(lines.shift()!.replace(/\r$/, ''));
			if (driver.crashed)
				break;
		}
		await driver.finish();
		return driver.crashed ? EXIT_CRASH : 0;
	} finally {
		await machine.shutdown();
	}
}

/** The command itself. @returns the exit code */
export async function driveCommand(options: DriveOptions): Promise<number> {
	const input = createInterface({ input: process.stdin, crlfDelay: Infinity });
	try {
		return await drive(input, options, (line) => process.stdout.write(`${line}\n`), (text) => process.stderr.write(`${text}\n`));
	} catch (error) {
		if (error instanceof ScenarioError || error instanceof RangeError) {
			process.stderr.write(`padata drive: ${error.message}\n`);
			return 2;
		}
		throw error;
	} finally {
		input.close();
	}
}

export const quirksHelp = `none, v4.18, or a list of: ${quirk_names.join(', ')}`;
