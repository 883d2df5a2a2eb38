// SPDX-License-Identifier: GPL-2.0-only
//
// `padata cc`: a module's C files to a shared object that `padata insmod` loads. `padata --cflags`:
// the same flags for people who call the compiler themselves.
import { spawnSync } from 'node:child_process';
import { EXIT, exit_of_error, exit_of_signal } from '../exit-codes.js';
import { CommandError, OptionError } from '../options.js';
import { compile_flags, compiler_arguments, LINK_FLAGS, module_name, Sanitizer, SANITIZERS,
	shell_quote } from './flags.js';

export interface CcOptions {
	readonly output?: string;
	readonly sanitize?: string;
	readonly O: string;
	readonly cc?: string;
	readonly print?: boolean;
}

/** The compiler as words: the one that was asked for, else those to try one after the other. */
export function compilers(asked = process.env['CC']): string[][] {
	const words = asked?.trim().split(/\s+/) ?? [''];
	return words[0] === '' ? [['cc'], ['gcc'], ['clang']] : [words];
}

function parse_sanitizers(text: string | undefined): Sanitizer[] {
	const known: readonly string[] = SANITIZERS;
	const names = text?.split(',') ?? [];
	const unknown = names.find((name) => !known.includes(name));
	if (unknown !== undefined)
		throw new OptionError('--sanitize',
			`there is no "${unknown}", there are: ${SANITIZERS.join(', ')}`);
	return names as Sanitizer[];
}

/** @returns what the compiler says of its version; null if it cannot be run */
function version_of([command, ...before]: readonly string[]): string | null {
	const { error, stdout } = spawnSync(command, [...before, '--version'], { encoding: 'utf8' });
	return error === undefined ? stdout : null;
}

/** @param asked was it named by --cc or $CC? Then that is wrong, else there is none on this host */
function no_compiler(tried: readonly string[][], asked: boolean): Error {
	const names = tried.map(([command]) => command).join(', ');
	const error = new OptionError('--cc',
		`there is no C compiler (${names}); install gcc or clang (apt-get install gcc, dnf install gcc), or name one by --cc or $CC`);
	return asked ? error : new CommandError(error.message);
}

/** @param words files, and from the first that begins with a dash on, flags for the compiler */
function cc(words: readonly string[], options: CcOptions): number {
	const first = words.findIndex((word) => word.startsWith('-'));
	const files = first < 0 ? words : words.slice(0, first);
	const flags = first < 0 ? [] : words.slice(first);
	if (files.length === 0)
		throw new OptionError('FILE', 'there is none to compile');
	if (files.length > 1 && options.output === undefined)
		throw new OptionError('-o', 'is needed where there is more than one FILE');
	const output = options.output ?? `${files[0].replace(/^.*\//, '').replace(/\.\w+$/, '')}.so`;
	if (module_name(output) === '')
		throw new OptionError('-o', `"${output}" names no file`);
	if (!/^(?:[0-3sgz]|fast)$/.test(options.O))
		throw new OptionError('-O',
			`"${options.O}" is no level, there are: 0, 1, 2, 3, s, g, z, fast`);
	const sanitizers = parse_sanitizers(options.sanitize);
	const tried = compilers(options.cc);
	for (const compiler of tried) {
		const version = version_of(compiler);
		if (version === null)
			continue;
		const [command, ...args] = [...compiler,
			...compiler_arguments({ files, output, optimize: options.O, sanitizers, flags },
				version.includes('clang'))];
		if (options.print === true) {
			process.stdout.write(`${shell_quote([command, ...args])}\n`);
			return 0;
		}
		const { status, signal } = spawnSync(command, args, { stdio: 'inherit' });
		if (status === null)
			return exit_of_signal(signal!);
		// Compilers have codes of their own, which here mean something else.
		return status === 0 ? EXIT.done : EXIT.failed;
	}
	throw no_compiler(tried, tried.length === 1);
}

/** @returns the exit code */
export function cc_command(words: readonly string[], options: CcOptions): number {
	try {
		return cc(words, options);
	} catch (error) {
		const code = exit_of_error(error);
		if (code === null)
			throw error;
		process.stderr.write(`padata cc: ${(error as Error).message}\n`);
		return code;
	}
}

export interface FlagsOptions {
	readonly cflags?: string | true;
	readonly ldflags?: boolean;
}

/** `padata --cflags` and `--ldflags`, on one line if both are asked for. @returns the exit code */
export function print_flags({ cflags, ldflags }: FlagsOptions): number {
	const words = [
		...cflags === undefined
			? []
			: compile_flags(cflags === true ? undefined : module_name(cflags)),
		...ldflags === true ? LINK_FLAGS : [],
	];
	process.stdout.write(`${shell_quote(words)}\n`);
	return EXIT.done;
}
