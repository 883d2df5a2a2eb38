// SPDX-License-Identifier: GPL-2.0-only
//
// `padata conform`: the conformance suite, on this port or on anybody's driver.
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DriverCommand, play_on } from './driver.js';
import { all_groups, Column, Group, named, select, Suite, SUITES } from './plan.js';
import { json } from './report/json.js';
import { junit } from './report/junit.js';
import { ktap } from './report/ktap.js';
import { markdown } from './report/markdown.js';
import { table } from './report/table.js';
import { failures, Report, run, totals } from './run.js';
import { Against, script } from './scenario.js';

export interface ConformOptions {
	readonly driver?: string;
	readonly against: string;
	readonly suite: string;
	readonly grep?: string;
	readonly reporter: string;
	readonly output?: string;
	readonly timeout: string;
	readonly jobs?: string;
	readonly strict?: true;
	readonly list?: true;
	readonly show?: true;
}

export const reporters: Readonly<Record<string, (report: Report) => string>> = { table, ktap, junit,
	json, markdown };

/**
 * Exit codes, those of the kernel's selftests: all holds, something does not, wrong usage, nothing
 * could be run.
 */
export const EXIT = { pass: 0, fail: 1, usage: 2, skip: 4 } as const;

/** Node's. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

class UsageError extends Error {}

function positive(text: string, option: string): number {
	const n = Number(text);
	if (!(n > 0) || !Number.isFinite(n))
		throw new UsageError(`${option}: "${text}" is not a positive number`);
	return n;
}

function one_of<T extends string>(text: string, all: readonly T[], option: string): T {
	if (!(all as readonly string[]).includes(text))
		throw new UsageError(`${option}: "${text}" is none of ${all.join(', ')}`);
	return text as T;
}

/** This port: the command's own file, as it is bundled or as it is compiled. */
function own_driver(...more: string[]): DriverCommand {
	return [process.execPath, fileURLToPath(new URL('../padata.js', import.meta.url)), 'drive',
		...more];
}

/** Without a driver, what the port does by default and with the quirks. */
export function columns_of(options: Pick<ConformOptions, 'driver' | 'against'>): Column[] {
	const against: Against = one_of(options.against, ['document', '4.18'], '--against');
	if (options.driver !== undefined)
		return [{ title: 'driver', against, command: options.driver }];
	if (against !== 'document')
		throw new UsageError('--against: it is for a --driver; the port is measured by both');
	return [
		{ title: 'port', against: 'document', command: own_driver() },
		{ title: 'port with quirks', against: '4.18', command: own_driver('--quirks', 'v4.18') },
	];
}

function pattern(text: string | undefined): RegExp | null {
	try {
		return text === undefined ? null : new RegExp(text, 'i');
	} catch (error) {
		throw new UsageError(`--grep: ${(error as Error).message}`);
	}
}

function groups_of(names: readonly string[], options: ConformOptions): Group[] {
	const suites = options.suite === 'all'
		? SUITES
		: options.suite.split(',').map((suite): Suite => one_of(suite, SUITES, '--suite'));
	const all = all_groups();
	const strange = names.find((name) =>
		!all.some(({ rows }) => rows.some(({ id }) => named(id, name)))
	);
	if (strange !== undefined)
		throw new UsageError(`there is no "${strange}"; padata conform --list prints all`);
	const groups = select(all, { suites, names, grep: pattern(options.grep) });
	if (groups.length === 0)
		throw new UsageError(
			'nothing is left of what is asked for; padata conform --list prints all',
		);
	return groups;
}

function listed(groups: readonly Group[]): string {
	return groups.flatMap((
		{ title, rows },
	) => [title, ...rows.map(({ id, document }) => `  ${id.padEnd(10)} ${document}`)]).join('\n');
}

/** The scenarios themselves: to be piped into a driver by hand, and to be compared with. */
function shown(groups: readonly Group[], columns: readonly Column[]): string {
	return groups.flatMap(({ rows }) =>
		rows.flatMap(({ scenarios }) =>
			scenarios.flatMap((scenario) => [
				script(scenario).trimEnd(),
				...columns.flatMap((
					{ against },
				) => [`# expected (${against}):`, ...scenario.expected[against].map((line) =>
					`#   ${line}`
				)]),
				'',
			])
		)
	).join('\n');
}

/**
 * Before anything is run: who has waited for the results wants them. @returns the file's descriptor
 */
function opened(file: string): number {
	try {
		return openSync(file, 'w');
	} catch (error) {
		throw new UsageError(`--output: ${(error as Error).message}`);
	}
}

async function conform(names: readonly string[], options: ConformOptions): Promise<number> {
	const columns = columns_of(options);
	const groups = groups_of(names, options);
	const reporter = reporters[one_of(options.reporter, Object.keys(reporters), '--reporter')];
	const timeout = positive(options.timeout, '--timeout') * 1000;
	// A longer one would be over at once.
	if (timeout > LONGEST_TIMER_MS)
		throw new UsageError(
			`--timeout: "${options.timeout}" is more than ${
				Math.floor(LONGEST_TIMER_MS / 1000)
			} seconds`,
		);
	// A driver may stand for a machine of which there is one.
	const jobs = Math.floor(
		positive(options.jobs ?? String(options.driver === undefined ? availableParallelism() : 1),
			'--jobs'),
	);
	if (options.list === true || options.show === true) {
		process.stdout.write(
			`${options.list === true ? listed(groups) : shown(groups, columns)}\n`,
		);
		return EXIT.pass;
	}
	const output = options.output === undefined ? null : opened(options.output);
	const interrupted = new AbortController();
	const interrupt = (signal: NodeJS.Signals): void => {
		interrupted.abort();
		// Again, without us: the shell has to see how the process has ended.
		setImmediate(() => process.kill(process.pid, signal));
	};
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
		process.once(signal, interrupt);
	const show = process.stderr.isTTY;
	const report = await run(groups, columns, {
		jobs,
		play: (column, scenario) =>
			play_on(column.command, scenario, { timeout, signal: interrupted.signal }),
		progress: (done, all) => {
			if (show) process.stderr.write(`\r${done} of ${all}${done === all ? '\r\x1b[K' : ''}`);
		},
	});
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
		process.off(signal, interrupt);
	if (output === null) {
		process.stdout.write(reporter(report));
	} else {
		writeFileSync(output, reporter(report));
		closeSync(output);
	}
	const count = totals(report);
	if (failures(count) > 0 || options.strict === true && count.skip > 0)
		return EXIT.fail;
	// A driver that has nothing passes nothing.
	return count.pass === 0 && count.skip > 0 ? EXIT.skip : EXIT.pass;
}

/** The command itself. @returns the exit code */
export async function conform_command(names: readonly string[],
	options: ConformOptions): Promise<number>
{
	try {
		return await conform(names, options);
	} catch (error) {
		if (!(error instanceof UsageError))
			throw error;
		process.stderr.write(`padata conform: ${error.message}\n`);
		return EXIT.usage;
	}
}
