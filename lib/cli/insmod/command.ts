// SPDX-License-Identifier: GPL-2.0-only
//
// `padata insmod`: boot a machine, load modules in C, print the kernel log while they run, unload
// them at the end.
import { resolve } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { read_elf } from '../../c/elf.js';
import { boot, BootOptions, LogRecord, Machine, ModuleError } from '../../index.js';
import { EXIT, exit_of_error, exit_of_output, exit_of_signal } from '../exit-codes.js';
import { OptionError, parse_cpu_list, parse_integer, parse_memory, parse_nr_cpus, parse_quirks,
	sysfs_socket } from '../options.js';
import { missing_runtime, run_with } from './sanitizer.js';

export interface InsmodOptions {
	readonly cpus?: string;
	readonly nrCpus?: string;
	readonly quirks: string;
	readonly debug?: boolean;
	readonly memory?: string;
	readonly sysfs?: boolean;
	readonly timeout?: string;
	readonly loglevel?: string;
	readonly quiet?: boolean;
	readonly json?: boolean;
}

/** What of a machine the command uses. */
export type ModuleMachine = Pick<Machine, 'insmod' | 'rmmod' | 'shutdown' | 'on'>;

/** The world around the command. */
export interface InsmodContext {
	readonly boot: (options: BootOptions) => Promise<ModuleMachine>;
	readonly out: (text: string) => void;
	readonly err: (text: string) => void;
}

const CONTEXT: InsmodContext = {
	boot,
	out: (text) => process.stdout.write(text),
	err: (text) => process.stderr.write(text),
};

interface ModuleArguments {
	readonly file: string;
	readonly params: string[];
}

/** Files, each with the parameters behind it: what has a name and "=" is a parameter. */
export function parse_modules(words: readonly string[]): ModuleArguments[] {
	const modules: ModuleArguments[] = [];
	for (const word of words)
		if (!/^[\w.-]+=/.test(word))
			modules.push({ file: word, params: [] });
		else if (modules.length === 0)
			throw new OptionError(word,
				'is a parameter, and stands before the FILE that it is for (a file of that name: write ./ before it)');
		else
			modules.at(-1)!.params.push(word);
	return modules;
}

function parse_boot({ cpus, nrCpus, quirks, debug, memory, sysfs }: InsmodOptions): BootOptions {
	return {
		...nrCpus === undefined ? {} : { nr_cpus: parse_nr_cpus('--nr-cpus', nrCpus) },
		...cpus === undefined ? {} : { cpus: parse_cpu_list('--cpus', cpus, 65535) },
		...memory === undefined ? {} : { memory: parse_memory(memory) },
		...sysfs_socket(sysfs),
		quirks: parse_quirks(quirks),
		debug: debug === true,
		native: 'required',
	};
}

/** As dmesg prints it. A record of several lines has its time before each. */
export function format_record({ time, text }: LogRecord): string {
	const stamp = `[${time.toFixed(6).padStart(12)}] `;
	return text.replace(/\n+$/, '').split('\n').map((line) => `${stamp}${line}\n`).join('');
}

/** What went wrong with a module, for the user. @param file as the user has called it */
function describe(file: string, { message, code, errno, missing }: ModuleError): string {
	if (missing.length > 0) {
		const sanitized = missing.some((name) => /^__[at]san_/.test(name));
		return `${file}: undefined symbols:\n${
			[...missing].sort().map((name) => `\t${name}\n`).join('')
		}${
			sanitized
				? 'It is built for a sanitizer, and not linked with the runtime of that: -fsanitize belongs there too, with clang also -shared-libsan.\n'
				: ''
		}`;
	}
	const what = message.replace(/^(?:ins|rm)mod: /, '').replace(`${resolve(file)}: `, '');
	const meaning = what.endsWith(`-${code}`) ? getSystemErrorMap().get(-errno)?.[1] : undefined;
	return `${file}: ${what}${
		meaning === undefined ? '' : ` (${meaning[0].toUpperCase()}${meaning.slice(1)})`
	}\n`;
}

/** The end of a run: the first cause counts. */
class Ending {
	/** The exit code, when there is a cause to end. */
	code: number | null = null;
	readonly come: Promise<void>;
	#end!: () => void;
	#patience: NodeJS.Timeout | undefined;
	// Nothing else need keep the process: a module may do all its work in timers and threads of its
	// own.
	readonly #keep = setInterval(() => undefined, 0x7fffffff);

	constructor() {
		this.come = new Promise((resolve) => {
			this.#end = resolve;
		});
		for (const signal of SIGNALS)
			process.on(signal, this.#signalled);
		process.stdout.on('error', this.#broken);
	}

	cause(code: number): void {
		this.code ??= code;
		this.#end();
	}

	readonly #signalled = (signal: NodeJS.Signals): void => {
		this.cause(exit_of_signal(signal));
		// A module that does not end can be interrupted by a second signal, which then ends the
		// process. One within a second is no second one: a terminal and the process above may both
		// have sent it.
		this.#patience ??= setTimeout(this.#default_signals, 1000).unref();
	};

	readonly #default_signals = (): void => {
		for (const signal of SIGNALS)
			process.off(signal, this.#signalled);
	};

	// Whoever read the log is gone, as with `| head`, or the disk is full.
	readonly #broken = (error: NodeJS.ErrnoException): void => this.cause(exit_of_output(error));

	dispose(): void {
		clearInterval(this.#keep);
		clearTimeout(this.#patience);
		this.#default_signals();
		process.stdout.off('error', this.#broken);
	}
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Load the modules, wait for the end, unload them. @returns the exit code */
async function run(machine: ModuleMachine, modules: readonly ModuleArguments[], ending: Ending,
	timeout: number | null, err: InsmodContext['err']): Promise<number>
{
	const loaded: { file: string; name: string }[] = [];
	let failed = false;
	const attempt = async (file: string, action: () => Promise<void>): Promise<void> => {
		try {
			await action();
		} catch (error) {
			if (!(error instanceof ModuleError))
				throw error;
			err(`padata insmod: ${describe(file, error)}`);
			failed = true;
		}
	};
	for (const { file, params } of modules) {
		if (failed || ending.code !== null)
			break;
		await attempt(file, async () => {
			loaded.push({ file, name: (await machine.insmod(file, params)).name });
		});
	}
	if (!failed) {
		const timer = timeout === null ? undefined : setTimeout(() => ending.cause(0), timeout);
		await ending.come;
		clearTimeout(timer);
	}
	for (const { file, name } of loaded.reverse())
		await attempt(file, () => machine.rmmod(name));
	return failed ? EXIT.failed : ending.code ?? EXIT.done;
}

async function insmod(words: readonly string[], options: InsmodOptions,
	context: InsmodContext): Promise<number>
{
	const boot_options = parse_boot(options);
	const timeout = options.timeout === undefined
		? null
		: parse_integer('--timeout', options.timeout, 0, 2_000_000) * 1000;
	const loglevel = options.loglevel === undefined
		? options.quiet === true ? 4 : 8
		: parse_integer('--loglevel', options.loglevel, 0, 8);
	const modules = parse_modules(words).map((module) => ({ ...module,
		object: read_elf(module.file) })
	);
	const runtime = missing_runtime(modules);
	if (runtime !== null)
		return await run_with(runtime);
	let crashed = false;
	const log = (record: LogRecord): void => {
		if (record.level < loglevel)
			context.out(
				options.json === true ? `${JSON.stringify(record)}\n` : format_record(record),
			);
	};
	const crash = (record: LogRecord): void => {
		crashed = true;
		log(record);
	};
	const ending = new Ending();
	let machine: ModuleMachine | null = null;
	try {
		machine = await context.boot(boot_options).catch((error: unknown) => {
			throw new BootError(error);
		});
		machine.on('printk', log);
		machine.on('oops', crash);
		machine.on('misuse', crash);
		machine.on('power_off', (record) => {
			log(record);
			ending.cause(0);
		});
		const code = await run(machine, modules, ending, timeout, context.err);
		// The last of the log comes with it.
		await machine.shutdown();
		return crashed && code !== EXIT.failed ? EXIT.crashed : code;
	} finally {
		await machine?.shutdown();
		ending.dispose();
	}
}

/** boot() tells what it cannot do by all kinds of errors. */
class BootError extends Error {
	constructor(cause: unknown) {
		super(cause instanceof Error ? cause.message : String(cause), { cause });
	}
}

/** @returns the exit code */
export async function insmod_command(words: readonly string[], options: InsmodOptions,
	context = CONTEXT): Promise<number>
{
	try {
		return await insmod(words, options, context);
	} catch (error) {
		const code = exit_of_error(error instanceof BootError ? error.cause : error)
			?? (error instanceof BootError ? EXIT.failed : null);
		if (code === null)
			throw error;
		context.err(`padata insmod: ${(error as Error).message}\n`);
		return code;
	}
}
