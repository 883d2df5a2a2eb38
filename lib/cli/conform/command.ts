// SPDX-License-Identifier: GPL-2.0-only
//
// `padata conform`: the conformance suite, on this port or on anybody's driver.
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { EXIT, exit_of_error } from '../exit-codes.js';
import { one_of, parse_integer, parse_seconds } from '../options.js';
import { Answer, DriverCommand, play_on } from './driver.js';
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

/** Node's longest timer, in seconds. A longer one would be over at once. */
const LONGEST_TIMER_S = Math.floor((2 ** 31 - 1) / 1000);
/** Scenarios at a time; each is a process. */
const JOBS_MAX = 1024;
/** How the shell ends if a command cannot be run, or is not there. */
const NOT_RUN = /^exit code 12[67]$/;

class UsageError extends Error {}

/** This port: the command's own file, as it is bundled or as it is compiled. */
function own_driver(...more: string[]): DriverCommand {
	return [process.execPath, fileURLToPath(new URL('../padata.js', import.meta.url)), 'drive',
		...more];
}

/** Without a driver, what the port does by default and with the quirks. */
export function columns_of(options: Pick<ConformOptions, 'driver' | 'against'>): Column[] {
	const against: Against = one_of('--against', options.against, ['document', '4.18']);
	if (options.driver?.trim() === '')
		throw new UsageError('--driver: the command is empty; it is a command line for the shell');
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
		: options.suite.split(',').map((suite): Suite => one_of('--suite', suite, SUITES));
	const all = all_groups();
	const strange = names.find((name) =>
		!all.some(({ rows }) => rows.some(({ id }) => named(id, name)))
	);
	if (strange !== undefined)
		throw new UsageError(`there is no "${strange}"; padata conform --list prints all`);
	return select(all, { suites, names, grep: pattern(options.grep) });
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

/** Has there been a driver, or has the shell found none? */
function runs({ lines, problem }: Answer): boolean {
	return problem === null || lines.length > 0 || !NOT_RUN.test(problem.text);
}

/** Write a report to a file that is open. @throws the system's error, with the file's name */
function write_report(file: string, fd: number, text: string): void {
	try {
		writeFileSync(fd, text);
		closeSync(fd);
	} catch (error) {
		(error as Error).message = `--output: ${file}: ${(error as Error).message}`;
		throw error;
	}
}

async function conform(names: readonly string[], options: ConformOptions): Promise<number> {
	const columns = columns_of(options);
	const groups = groups_of(names, options);
	const reporter = reporters[one_of('--reporter', options.reporter, Object.keys(reporters))];
	const timeout = parse_seconds('--timeout', options.timeout, LONGEST_TIMER_S) * 1000;
	// A driver may stand for a machine of which there is one.
	const jobs = options.jobs === undefined
		? options.driver === undefined ? availableParallelism() : 1
		: parse_integer('--jobs', options.jobs, 1, JOBS_MAX);
	if (groups.length === 0) {
		process.stderr.write(
			'padata conform: nothing is left of what is asked for; padata conform --list prints all\n',
		);
		return EXIT.nothing;
	}
	if (options.list === true || options.show === true) {
		process.stdout.write(
			`${options.list === true ? listed(groups) : shown(groups, columns)}\n`,
		);
		return EXIT.done;
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
	let has_run = false;
	const report = await run(groups, columns, {
		jobs,
		play: async (column, scenario) => {
			const answer = await play_on(column.command, scenario, { timeout,
				signal: interrupted.signal });
			if (options.driver !== undefined && !has_run && !(has_run = runs(answer))) {
				// The others that have begun end at once.
				interrupted.abort();
				throw new UsageError(
					`--driver: "${options.driver}" cannot be run: ${
						answer.stderr.trim().split('\n').at(-1)
					}`,
				);
			}
			return answer;
		},
		progress: (done, all) => {
			if (show) process.stderr.write(`\r${done} of ${all}${done === all ? '\r\x1b[K' : ''}`);
		},
	});
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
		process.off(signal, interrupt);
	if (output === null)
		process.stdout.write(reporter(report));
	else
		write_report(options.output!, output, reporter(report));
	const count = totals(report);
	if (failures(count) > 0 || options.strict === true && count.skip > 0)
		return EXIT.failed;
	// A driver that has nothing passes nothing, and a statement without a scenario is no test.
	return count.pass === 0 ? EXIT.nothing : EXIT.done;
}

/** The command itself. @returns the exit code */
export async function conform_command(names: readonly string[],
	options: ConformOptions): Promise<number>
{
	try {
		return await conform(names, options);
	} catch (error) {
		const code = error instanceof UsageError ? EXIT.usage : exit_of_error(error);
		if (code === null)
			throw error;
		process.stderr.write(`padata conform: ${(error as Error).message}\n`);
		return code;
	}
}
