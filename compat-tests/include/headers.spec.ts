// SPDX-License-Identifier: GPL-2.0-only
//
// Every header under include/, as a C client meets it: alone, twice, without a warning, with each compiler there is, also under
// the sanitizers' options; all of them together, before and behind the C library's.
import { expect } from 'chai';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The tests run from dist/ as well as from the sources.
const root = ['../../', '../../../'].map((up) => fileURLToPath(new URL(up, import.meta.url))).find((dir) => existsSync(join(dir, 'include', 'linux')))!;
const include = join(root, 'include');
const headers = readdirSync(include, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.h')).sort();
/** Those that stand in the way of the C library's own. */
const LIBC = ['stdlib.h', 'sys/types.h'];
const kernel = headers.filter((name) => !LIBC.includes(name));

const works = (cc: string): boolean => spawnSync(cc, ['--version']).status === 0;
const compilers = ['gcc', 'clang'].filter(works);
const STRICT = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-I', include];

/** What the compiler says about these files, nothing if it is content. */
const compile = (cc: string, options: readonly string[], files: readonly string[]): Promise<string> => new Promise((done) => {
	execFile(cc, [...STRICT, ...options, ...files], { maxBuffer: 1 << 26 }, (error, _out, messages) => { done(error === null ? '' : `${cc}: ${messages || error.message}`); });
});

/** The same, a share of the files to each processor. */
async function compile_all(cc: string, options: readonly string[], files: readonly string[]): Promise<string> {
	const shares = Math.min(files.length, Math.max(2, availableParallelism()));
	const messages = await Promise.all(Array.from({ length: shares }, (_, share) => compile(cc, options, files.filter((_file, i) => i % shares === share))));
	return messages.join('');
}

describe('headers: include/', function () {
	// A compiler has to read each of them.
	this.timeout(300_000);
	let dir = '';

	before(function () {
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

	function source(name: string, lines: readonly string[]): string {
		const file = join(dir, `${name.replace(/\W/g, '-')}.c`);
		writeFileSync(file, `${lines.join('\n')}\n`);
		return file;
	}

	it('compile alone, and twice', async () => {
		// Those of include/linux itself: layout.spec.ts.
		const files = headers.filter((name) => !/^linux\/[^/]+$/.test(name)).map((name) => source(`alone ${name}`, [`#include <${name}>`, `#include <${name}>`, 'extern int nothing;']));
		for (const cc of compilers)
			expect(await compile_all(cc, [], files)).to.equal('');
	});

	it('compile together, before and behind those of the C library', async () => {
		const libc = [
			'ctype', 'errno', 'fcntl', 'inttypes', 'limits', 'math', 'pthread', 'sched', 'signal', 'stdatomic', 'stdbool', 'stdint', 'stdio',
			'stdlib', 'string', 'strings', 'sys/mman', 'sys/param', 'sys/socket', 'sys/stat', 'sys/sysinfo', 'sys/time', 'sys/types', 'time',
			'unistd',
		].map((name) => `#include <${name}.h>`);
		const ours = kernel.map((name) => `#include <${name}>`);
		const use = [
			'int use(struct sysinfo *info);', 'int use(struct sysinfo *info) { return EINTR + ERESTARTSYS + sysinfo(info) + (int)info->uptime; }',
		];
		const files = [source('libc first', [...libc, ...ours, ...use]), source('libc last', [...ours, ...libc, ...use]),
			source('backwards', [...ours].reverse())];
		for (const cc of compilers)
			for (const options of [[], ['-D_GNU_SOURCE'], ['-O2', '-D_FORTIFY_SOURCE=2']])
				expect(await compile_all(cc, options, files), options.join(' ')).to.equal('');
	});

	it('compile under the options of the sanitizers', async () => {
		const file = source('sanitized', kernel.map((name) => `#include <${name}>`));
		for (const cc of compilers)
			for (const options of [['-fsanitize=address,undefined'], ['-fsanitize=thread', '-O1']])
				expect(await compile(cc, options, [file]), options.join(' ')).to.equal('');
	});

	it('begin with their licence and say what they stand for', () => {
		const beginning = /^\/\/ SPDX-License-Identifier: GPL-2\.0-only\n\/\/\n\/\/ (port|adapted|stub): /;
		expect(headers.filter((name) => !beginning.test(readFileSync(join(include, name), 'utf8')))).to.deep.equal([]);
	});
});
