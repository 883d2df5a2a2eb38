// SPDX-License-Identifier: GPL-2.0-only
//
// `padata cc --sanitize` and `padata insmod` as a user runs them.
import { expect } from 'chai';
import { HELLO, lines, Modules, source } from './real-modules.js';

describe('padata insmod, with real modules', function() {
	this.timeout(120_000);
	const modules = new Modules();

	describe('built for a sanitizer', () => {
		for (const sanitizer of ['address', 'undefined'])
			it(`${sanitizer}: runs, and is unloaded by a signal`, async function() {
				if (!modules.compile('hello', HELLO, '--sanitize', sanitizer))
					this.skip();
				const { out, ...ended } = await modules.insmod(['hello.so', 'n=7'],
					(line, child) => {
						if (line.includes('hello'))
							child.kill('SIGTERM');
					});
				expect(ended).to.deep.equal({ code: 143, err: '' });
				expect(lines(out)).to.deep.equal(['hello 7 none', 'goodbye']);
			});

		for (const [what, init, report] of [
			['a pointer to nowhere', 'return *(volatile int *)16;',
				/AddressSanitizer: SEGV[^]* in start /],
		] as const)
			it(`address: tells of ${what}`, async function() {
				if (!modules.compile('bad', source(init), '--sanitize=address', '-O', '1'))
					this.skip();
				const { code, err } = await modules.insmod(['bad.so', '--timeout', '0']);
				expect(err).to.match(report);
				expect(code).to.equal(1);
			});

		it('undefined: tells of a shift that is too wide', async function() {
			if (!modules.compile('wide',
				source('volatile int by = 40; pr_info("%d\\n", 1 << by); return 0;'),
				'--sanitize=undefined'))
				this.skip();
			expect((await modules.insmod(['wide.so', '--timeout', '0'])).err).to.match(
				/wide\.c:\d+:\d+: runtime error: shift exponent 40 is too large/,
			);
		});
	});
});
