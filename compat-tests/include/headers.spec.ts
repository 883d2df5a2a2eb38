// SPDX-License-Identifier: GPL-2.0-only
//
// Every header under include/, as a C client meets it: without a warning, with each compiler there
// is, also under the sanitizers' options; all of them together, before and behind the C library's.
// Alone, and twice: headers.long.spec.ts.
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, compile_all, compilers, headers, include, kernel,
	use_sources } from './compile.js';

describe('headers: include/', function() {
	// A compiler has to read each of them.
	this.timeout(300_000);
	const source = use_sources();

	it('compile together, before and behind those of the C library', async () => {
		const libc = [
			'ctype',
			'errno',
			'fcntl',
			'inttypes',
			'limits',
			'math',
			'pthread',
			'sched',
			'signal',
			'stdatomic',
			'stdbool',
			'stdint',
			'stdio',
			'stdlib',
			'string',
			'strings',
			'sys/mman',
			'sys/param',
			'sys/socket',
			'sys/stat',
			'sys/sysinfo',
			'sys/time',
			'sys/types',
			'time',
			'unistd',
		].map((name) => `#include <${name}.h>`);
		const ours = kernel.map((name) => `#include <${name}>`);
		const use = [
			'int use(struct sysinfo *info);',
			'int use(struct sysinfo *info) { return EINTR + ERESTARTSYS + sysinfo(info) + (int)info->uptime; }',
		];
		const files = [source('libc first', [...libc, ...ours, ...use]),
			source('libc last', [...ours, ...libc, ...use]),
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
		const beginning =
			/^\/\/ SPDX-License-Identifier: GPL-2\.0-only\n\/\/\n\/\/ (port|adapted|stub): /;
		expect(headers.filter((name) => !beginning.test(readFileSync(join(include, name), 'utf8'))))
			.to.deep.equal([]);
	});
});
