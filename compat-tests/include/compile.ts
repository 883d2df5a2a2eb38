// SPDX-License-Identifier: GPL-2.0-only
//
// The headers under include/, and the compilers that there are.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The tests run from dist/ as well as from the sources.
const root = ['../../', '../../../'].map((up) => fileURLToPath(new URL(up, import.meta.url))).find((
	dir,
) => existsSync(join(dir, 'include', 'linux')))!;
export const include = join(root, 'include');
export const headers = readdirSync(include, { recursive: true, encoding: 'utf8' }).filter((name) =>
	name.endsWith('.h')
).sort();
/** Those that stand in the way of the C library's own. */
const LIBC = ['stdlib.h', 'sys/types.h'];
export const kernel = headers.filter((name) => !LIBC.includes(name));

const works = (cc: string): boolean => spawnSync(cc, ['--version']).status === 0;
export const compilers = ['gcc', 'clang'].filter(works);
const STRICT = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-I', include];

/** What the compiler says about these files, nothing if it is content. */
export const compile = (cc: string, options: readonly string[],
	files: readonly string[]): Promise<string> =>
	new Promise((done) => {
		execFile(cc, [...STRICT, ...options, ...files], { maxBuffer: 1 << 26 },
			(error, _out, messages) => {
				done(error === null ? '' : `${cc}: ${messages || error.message}`);
			});
	});

/** The same, a share of the files to each processor. */
export async function compile_all(cc: string, options: readonly string[],
	files: readonly string[]): Promise<string>
{
	const shares = Math.min(files.length, Math.max(2, availableParallelism()));
	const messages = await Promise.all(
		Array.from({ length: shares },
			(_, share) => compile(cc, options, files.filter((_file, i) => i % shares === share))),
	);
	return messages.join('');
}

/**
 * Prepare a describe block's tests, which are skipped without a compiler.
 * @returns what writes a C file of these lines
 */
export function use_sources(): (name: string, lines: readonly string[]) => string {
	let dir = '';
	before(function() {
		if (compilers.length === 0) {
			console.log('    there is no gcc or clang: skipped');
			this.skip();
		}
		dir = mkdtempSync(join(tmpdir(), 'padata-headers-'));
	});
	after(() => {
		if (dir !== '')
			rmSync(dir, { recursive: true });
	});
	return (name, lines) => {
		const file = join(dir, `${name.replace(/\W/g, '-')}.c`);
		writeFileSync(file, `${lines.join('\n')}\n`);
		return file;
	};
}
