// SPDX-License-Identifier: GPL-2.0-only
//
// How a compiler has to be called for a module: what a kernel build says to it, as far as it
// matters outside of a kernel.
import { fileURLToPath } from 'node:url';

/** The headers, as they lie in the checkout or the installed package. */
export const INCLUDE = fileURLToPath(new URL('../../../../include', import.meta.url));

export const SANITIZERS = ['address', 'thread', 'undefined'] as const;
export type Sanitizer = typeof SANITIZERS[number];

/**
 * The module's name as its own code sees it, and as it is called when it is loaded: of a file,
 * "a-b.so" is "a_b".
 */
export function module_name(file: string): string {
	return file.replace(/^.*\//, '').replace(/\.(?:so|ko|c)$/, '').replace(/[^\w.]/g, '_');
}

/** @param name of the module; left out, its code is called "module" */
export function compile_flags(name?: string): string[] {
	return [
		'-std=gnu11',
		'-fPIC',
		'-fvisibility=default',
		// Kernel code aliases, compares and lets integers wrap as it pleases.
		'-fno-strict-aliasing',
		'-fno-strict-overflow',
		'-fno-delete-null-pointer-checks',
		'-fno-common',
		// Without its header, a function that returns a pointer would lose half of it.
		'-Werror=implicit-function-declaration',
		'-g',
		'-D__KERNEL__',
		'-DMODULE',
		...name === undefined ? [] : [`-DKBUILD_MODNAME="${name}"`],
		`-I${INCLUDE}`,
		'-include',
		`${INCLUDE}/linux/kconfig.h`,
		'-include',
		`${INCLUDE}/linux/compiler_types.h`,
	];
}

/** Two modules may have functions of one name; what a module has not is the machine's. */
export const LINK_FLAGS: readonly string[] = ['-shared', '-Wl,-Bsymbolic', '-Wl,-z,undefs'];

/** What is said by every kernel build, beyond that it can do without. */
const WARNINGS = ['-Wall', '-Wno-pointer-sign', '-Wno-format-security',
	'-Wno-unused-but-set-variable'];

/**
 * @param clang which has its sanitizers' runtimes as static libraries otherwise, and only for
 *   programs
 */
function sanitizer_flags(sanitizers: readonly Sanitizer[], clang: boolean): string[] {
	if (sanitizers.length === 0)
		return [];
	return [
		`-fsanitize=${sanitizers.join(',')}`,
		'-fno-omit-frame-pointer',
		...clang ? ['-shared-libsan'] : sanitizers.includes('thread') ? ['-Wno-tsan'] : [],
	];
}

export interface Compilation {
	readonly files: readonly string[];
	readonly output: string;
	readonly optimize: string;
	readonly sanitizers: readonly Sanitizer[];
	/** The user's own flags: they come last, so that they win. */
	readonly flags: readonly string[];
}

/** All arguments of the compiler. */
export function compiler_arguments({ files, output, optimize, sanitizers, flags }: Compilation,
	clang: boolean): string[]
{
	return [
		...compile_flags(module_name(output)),
		...WARNINGS,
		`-O${optimize}`,
		...sanitizer_flags(sanitizers, clang),
		...LINK_FLAGS,
		'-o',
		output,
		...files,
		...flags,
	];
}

/** Words as a shell takes them, and a recipe of make. */
export function shell_quote(words: readonly string[]): string {
	return words.map((word) =>
		/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
	).join(' ');
}
