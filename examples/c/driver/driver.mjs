#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0-only
//
// What connects the module driver.so with standard input and output, and does what a kernel leaves
// to its user:
//
//	npx padata conform --driver "node driver.mjs driver.so"
//	npx padata conform --driver "node driver.mjs --quirks v4.18 driver.so" --against 4.18
import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { boot, errno_name, FAIL_KZALLOC, failslab, read_file, write_file } from 'padata';

const CONTROL = '/proc/padata_driver';
const ATTRIBUTE = (name) => `/sys/kernel/padata_driver/${name}_cpumask`;
const EXIT_CRASH = 3;
const EXIT_USAGE = 2;

const escapes = { n: '\n', t: '\t', r: '\r', 0: '\0', '"': '"', '\\': '\\' };
const unquote = (text) => text.slice(1, -1).replace(/\\(.)/gs, (_, c) => escapes[c] ?? c);
const quote = (text) =>
	`"${
		text.replace(/[\n\t\r\0"\\]/g, (c) =>
			`\\${Object.keys(escapes).find((letter) => escapes[letter] === c)}`)
	}"`;

/** --quirks as boot() takes it. */
const quirks_of = (text) => ['none', 'v4.18'].includes(text) ? text : text.split(',');

/**
 * One scenario on a machine that is booted: the module is loaded for it, and unloaded at its end.
 */
export class Driver {
	#machine;
	#emit;
	#module;
	#seen;

	/**
	 * @param module path of driver.so
	 * @param quirks those that the machine was booted with, as --quirks takes them
	 * @param emit gets the lines of the trace
	 */
	static async load(machine, module, quirks, emit) {
		const look_again = quirks !== 'v4.18' && !quirks_of(quirks).includes('reorder_timer');
		const driver = new Driver();
		driver.#machine = machine;
		driver.#emit = emit;
		driver.#seen = machine.dmesg().at(-1)?.seq ?? -1;
		driver.#module = (await machine.insmod(module, { look_again })).name;
		return driver;
	}

	/**
	 * Play a line.
	 * @returns has the kernel crashed? Then it is of no more use.
	 * @throws Error if the module does not understand it
	 */
	async command(line) {
		const [name, ...args] = line.split(' ');
		// On a kernel these are files: a shell's `echo` and `cat`.
		const user = user_commands.get(name);
		if (user === undefined)
			return this.#control(line);
		const result = user(...args);
		return await this.#control('') || this.#crashed([`${line} => ${result}`]);
	}

	/**
	 * The scenario's end: held objects are let go of, blocked calls return. @returns as command()
	 */
	async end() {
		if (await this.#control('end'))
			return true;
		failslab({});
		// The objects of a scenario may be lost, as a quirk has it: it is unloaded all the same.
		await this.#machine.rmmod(this.#module, { force: true });
		return false;
	}

	async #control(line) {
		const taken = write_file(CONTROL, `${line}\n`);
		if (taken < 0)
			throw new Error(`"${line}": ${errno_name(taken)}`);
		const lines = read_file(CONTROL).split('\n').slice(0, -1);
		// The machine starts threads for those that are blocked, and has its own say.
		await turn();
		return this.#crashed(lines);
	}

	/**
	 * Emit the lines, or what a kernel says in its last moments: then nobody would have come to
	 * read them.
	 */
	#crashed(lines) {
		const oops = this.#machine.dmesg(this.#seen + 1).find(({ kind }) => kind === 'oops');
		for (const text of oops === undefined ? lines : report(oops.text))
			this.#emit(text);
		return oops !== undefined;
	}
}

function report(text) {
	const [event, ...more] = text.split('\n');
	const hang = /^INFO: task/.test(event);
	return [`${hang ? '@@HANG' : 'KERNEL'}: ${event}`, ...more.map((line) => `KERNEL: ${line}`)];
}

/**
 * The n-th allocation from now on inside padata fails: on a kernel, the files of
 * /sys/kernel/debug/failslab.
 */
function fail(n) {
	failslab(
		Number(n) > 0
			? { probability: 100, interval: Number(n), times: 1, filter: FAIL_KZALLOC }
			: {},
	);
	return '0';
}

function sysread(name) {
	const text = read_file(ATTRIBUTE(name));
	return typeof text === 'number' ? errno_name(text) : `${text.length} ${quote(text)}`;
}

function syswrite(name, ...words) {
	return errno_name(write_file(ATTRIBUTE(name), unquote(words.join(' '))));
}

const user_commands = new Map([['fail', fail], ['sysread', sysread], ['syswrite', syswrite]]);

function options() {
	try {
		const { values: { quirks }, positionals: [module] } = parseArgs({
			options: { quirks: { type: 'string', default: 'none' } },
			allowPositionals: true,
		});
		return { quirks, module };
	} catch (error) {
		process.stderr.write(`driver.mjs: ${error.message}\n`);
		return {};
	}
}

async function main() {
	const { quirks, module } = options();
	if (module === undefined) {
		process.stderr.write('usage: driver.mjs [--quirks none|v4.18|LIST] driver.so\n');
		process.exitCode = EXIT_USAGE;
		return;
	}
	let [cpus, machine, driver, crashed] = [4, null, null, false];
	try {
		for await (const line of createInterface({ input: process.stdin })) {
			cpus = Number(/^# cpus: (\d+)$/.exec(line)?.[1] ?? cpus);
			if (line.startsWith('#') || line.trim() === '')
				continue;
			machine ??=
				(await boot({ nr_cpus: cpus, quirks: quirks_of(quirks), native: 'required' })).on(
					'oops',
					tell,
				).on('misuse', tell);
			driver ??= await Driver.load(machine, module, quirks, (text) =>
				process.stdout.write(`${text}\n`));
			crashed = await driver.command(line);
			if (crashed)
				break;
		}
		crashed ||= await driver?.end() === true;
		process.exitCode = crashed ? EXIT_CRASH : 0;
	} catch (error) {
		process.stderr.write(`driver.mjs: ${error.message}\n`);
		process.exitCode = EXIT_USAGE;
	} finally {
		await machine?.shutdown();
	}
}

const tell = ({ text }) => process.stderr.write(`${text}\n`);

if (process.argv[1] === fileURLToPath(import.meta.url))
	await main();
