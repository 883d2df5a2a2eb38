// SPDX-License-Identifier: GPL-2.0-only
//
// `padata drive`: play a scenario from standard input on a simulated machine, print its trace.
import { createInterface } from 'node:readline';
import { boot, Machine } from '../../index.js';
import { EXIT, exit_of_error } from '../exit-codes.js';
import { parse_memory, parse_nr_cpus, parse_quirks, sysfs_socket } from '../options.js';
import { Driver } from './driver.js';
import { ScenarioError } from './text.js';

export interface DriveOptions {
	readonly cpus?: string;
	readonly quirks: string;
	readonly memory?: string;
	readonly sysfs?: boolean;
}

/** The number of CPUs in a scenario's head, if it says so. @throws OptionError */
export function cpus_of(line: string): number | undefined {
	const m = /^# cpus: (.*)$/.exec(line);
	return m === null ? undefined : parse_nr_cpus('# cpus', m[1]);
}

/**
 * Play a scenario on a machine. All its CPUs should be online, and no instance left from an earlier
 * one.
 * @param emit gets the lines of the trace
 * @param serials so many calls of serial() are kept; memory for them has to be cleared each time
 * @returns has the scenario crashed the kernel? Then the machine is of no more use.
 */
export async function play(machine: Machine, input: AsyncIterable<string> | Iterable<string>,
	emit: (line: string) => void, serials?: number): Promise<boolean>
{
	const driver = new Driver(machine,
		await machine.load_module(new URL('./jobs.js', import.meta.url)), emit, serials);
	for await (const line of input) {
		await driver.run(line.replace(/\r$/, ''));
		if (driver.crashed)
			break;
	}
	await driver.finish();
	return driver.crashed;
}

/** Boot a simulated machine for scenarios. @param log gets the reports of crashes and misuse */
export async function boot_for(cpus: number, quirks: string, log: (text: string) => void,
	memory = 256 << 20, sysfs?: boolean): Promise<Machine>
{
	const machine = await boot({ nr_cpus: cpus, quirks: parse_quirks(quirks), memory,
		...sysfs_socket(sysfs) });
	// The driver looks for crashes in the log, after each command.
	machine.on('oops', ({ text }) => log(text)).on('misuse', ({ text }) => log(text));
	return machine;
}

async function* resume(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
	yield first;
	for (let next = await rest.next(); next.done !== true; next = await rest.next())
		yield next.value;
}

async function drive(input: AsyncIterator<string>, options: DriveOptions): Promise<number> {
	let cpus = options.cpus === undefined ? undefined : parse_nr_cpus('--cpus', options.cpus);
	const memory = options.memory === undefined ? undefined : parse_memory(options.memory);
	// The head of a scenario says how many CPUs it is for; a machine cannot be booted before.
	let next = await input.next();
	while (next.done !== true && (next.value.startsWith('#') || next.value.trim() === '')) {
		cpus ??= cpus_of(next.value);
		next = await input.next();
	}
	if (next.done === true) {
		process.stderr.write('padata drive: the standard input has no command\n');
		return EXIT.nothing;
	}
	const machine = await boot_for(cpus ?? 4, options.quirks,
		(text) => process.stderr.write(`${text}\n`), memory, options.sysfs);
	try {
		const crashed = await play(machine, resume(next.value, input), (line) =>
			process.stdout.write(`${line}\n`));
		return crashed ? EXIT.crashed : EXIT.done;
	} finally {
		await machine.shutdown();
	}
}

/** The command itself. @returns the exit code */
export async function drive_command(options: DriveOptions): Promise<number> {
	const input = createInterface({ input: process.stdin, crlfDelay: Infinity });
	try {
		return await drive(input[Symbol.asyncIterator](), options);
	} catch (error) {
		// The scenario is what the command was given.
		const code = error instanceof ScenarioError ? EXIT.usage : exit_of_error(error);
		if (code === null)
			throw error;
		process.stderr.write(`padata drive: ${(error as Error).message}\n`);
		return code;
	} finally {
		input.close();
	}
}
