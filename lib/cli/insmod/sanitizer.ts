// SPDX-License-Identifier: GPL-2.0-only
//
// The runtime of AddressSanitizer and ThreadSanitizer has to be in a process from its start on, and
// Node.js was not built with one. So where a module needs it, the command is run once more, with
// the runtime preloaded.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { SharedObject } from '../../c/elf.js';
import { compilers } from '../cc/command.js';
import { exit_of_signal } from '../exit-codes.js';
import { OptionError } from '../options.js';

interface Kind {
	readonly name: string;
	/** What gcc's library and clang's begin with. */
	readonly stems: readonly string[];
	/** Its options, and what they have to be in a Node.js; the user's own come behind, and win. */
	readonly variable: string;
	readonly options: string;
}

// Node.js handles SIGSEGV itself, for WebAssembly that nobody needs here; with 2 the sanitizer
// keeps it.
const KINDS: readonly Kind[] = [
	// Node.js frees little of what it has at its end. Modules may have variables of the same names.
	{ name: 'AddressSanitizer', stems: ['libasan.', 'libclang_rt.asan'], variable: 'ASAN_OPTIONS',
		options: 'detect_leaks=0:detect_odr_violation=0:handle_segv=2' },
	// It sees Node.js's calls of malloc() and of locks, but none of what lies between.
	{ name: 'ThreadSanitizer', stems: ['libtsan.', 'libclang_rt.tsan'], variable: 'TSAN_OPTIONS',
		options: 'ignore_noninstrumented_modules=1:handle_segv=2' },
];

export interface Runtime extends Kind {
	/** The library by its soname, as the module wants it. */
	readonly library: string;
}

const begins = (stems: readonly string[], library: string): boolean =>
	stems.some((stem) => library.startsWith(stem));

/** The libraries that this process has mapped; without /proc, those that it was told to preload. */
function mapped(): string[] {
	try {
		return [...readFileSync('/proc/self/maps', 'utf8').matchAll(/\/([^/\n]+)$/gm)].map((m) =>
			m[1]
		);
	} catch {
		const preloaded = (process.env['LD_PRELOAD'] ?? '').split(/[\s:]+/);
		return preloaded.map((path) => path.replace(/^.*\//, ''));
	}
}

/**
 * The sanitizer's runtime that modules need and this process has not.
 * @param modules each with its file
 * @throws OptionError if there cannot be such a process
 */
export function missing_runtime(
	modules: readonly { readonly file: string; readonly object: Pick<SharedObject, 'needed'> }[],
	libraries = mapped(),
): Runtime | null {
	const wanted = modules.flatMap(({ file, object: { needed } }) =>
		KINDS.flatMap((kind) => {
			const library = needed.find((name) => begins(kind.stems, name));
			return library === undefined ? [] : [{ file, ...kind, library }];
		})
	);
	const other = wanted.find(({ name }) => name !== wanted[0].name);
	if (other !== undefined)
		throw new OptionError(other.file,
			`is built for ${other.name}, and ${wanted[0].file} for ${
				wanted[0].name
			}: one process cannot have both`);
	const [runtime] = wanted;
	if (runtime === undefined || libraries.some((library) => begins(runtime.stems, library)))
		return null;
	return runtime;
}

/** Where the runtime is: the compiler knows; else the dynamic linker may find it by its name. */
function find_library(library: string): string {
	for (const [command, ...args] of compilers()) {
		const { stdout } = spawnSync(command, [...args, `-print-file-name=${library}`], {
			encoding: 'utf8',
		});
		const path = stdout?.trim() ?? '';
		if (path.startsWith('/'))
			return path;
	}
	return library;
}

/**
 * ThreadSanitizer's shadow leaves no room for the addresses of a kernel that randomizes more than
 * 28 bits.
 */
function without_random_addresses(): string[] {
	try {
		return Number(readFileSync('/proc/sys/vm/mmap_rnd_bits', 'utf8')) > 28
			? ['setarch', '-R']
			: [];
	} catch {
		return []; // not for everybody's eyes
	}
}

/** What the command is run with. */
export function environment_for({ name, variable, options, library }: Runtime,
	env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv
{
	const path = find_library(library);
	const preload = env['LD_PRELOAD'] ?? '';
	if (preload.split(/[\s:]+/).includes(path))
		throw new OptionError('LD_PRELOAD',
			`the runtime of ${name}, ${library}, cannot be loaded; it comes with the compiler that the module was built with`);
	return {
		...env,
		LD_PRELOAD: preload === '' ? path : `${path}:${preload}`,
		[variable]: [options, env[variable] ?? ''].filter((text) => text !== '').join(':'),
	};
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Run this command again, with the runtime. @returns its exit code */
export async function run_with(runtime: Runtime): Promise<number> {
	const env = environment_for(runtime);
	const [command, ...args] = [
		...runtime.name === 'ThreadSanitizer' ? without_random_addresses() : [],
		process.execPath,
		...process.execArgv,
		...process.argv.slice(1),
	];
	const child = spawn(command, args, { stdio: 'inherit', env });
	// A terminal sends its signals to both; any other sender knows only this process.
	const pass = (signal: NodeJS.Signals): void => {
		child.kill(signal);
	};
	SIGNALS.forEach((signal) => process.on(signal, pass));
	try {
		return await new Promise((resolve, reject) => {
			child.on('error', reject);
			child.on('close', (code, signal) => resolve(code ?? exit_of_signal(signal!)));
		});
	} finally {
		SIGNALS.forEach((signal) => process.off(signal, pass));
	}
}
