// SPDX-License-Identifier: GPL-2.0-only
//
// `padata cc` and `padata insmod` as a user runs them: small modules, from their source to the end of the process.
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChildOptions, Children, Ended } from '../support/child.js';

const command = fileURLToPath(new URL('../../../dist/lib/cli/padata.js', import.meta.url));

/** A module's source. @param init the body of its init function @param more what stands before that */
const source = (init: string, more = ''): string => `
	#include <linux/module.h>
	#include <linux/kernel.h>
	#include <linux/init.h>
	#include <linux/reboot.h>
	${more}
	static int __init start(void) { ${init} }
	static void __exit end(void) { pr_info("goodbye\\n"); }
	module_init(start);
	module_exit(end);
	MODULE_LICENSE("GPL");
`;

const HELLO = source('pr_info("hello %d %s\\n", n, text); return 0;', `
	static int n = 1;
	module_param(n, int, 0444);
	static char *text = "none";
	module_param(text, charp, 0444);
`);

describe('padata insmod, with real modules', function () {
	this.timeout(120_000);
	let folder: string;
	const children = new Children();

	before(() => { folder = mkdtempSync(join(tmpdir(), 'padata-modules-')); });
	after(() => rmSync(folder, { recursive: true }));
	afterEach(() => children.kill());

	/** @returns false if the compiler has no such sanitizer */
	function module(name: string, text: string, ...options: string[]): boolean {
		writeFileSync(join(folder, `${name}.c`), text);
		const { status, stderr } = spawnSync(process.execPath, [command, 'cc', `${name}.c`, ...options], { cwd: folder, encoding: 'utf8' });
		if (status !== 0 && options.some((option) => option.startsWith('--sanitize')) && /cannot find|No such file/.test(stderr)) {
			console.log(`      the compiler has not what ${options.join(' ')} needs: skipped`);
			return false;
		}
		expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
		return true;
	}

	/** @param on_line told of each line of the log */
	async function insmod(args: readonly string[], on_line?: ChildOptions['on_line']): Promise<Omit<Ended, 'signal'>> {
		const { code, out, err } = await children.run([command, 'insmod', ...args], { cwd: folder, on_line });
		return { code, out, err };
	}

	/** The log without its times. */
	const lines = (out: string): string[] => out.split('\n').filter((line) => line !== '').map((line) => line.replace(/^\[ *\d+\.\d{6}\] /, ''));

	for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const)
		it(`a module lives until ${signal}`, async () => {
			module('hello', HELLO);
			const { out, err, ...ended } = await insmod(['hello.so', 'n=5', 'text=with space'], (line, child) => {
				if (line.includes('hello'))
					child.kill(signal);
			});
			expect({ err, ...ended }).to.deep.equal({ err: '', code });
			expect(lines(out)).to.deep.equal(['hello 5 with space', 'goodbye']);
			expect(out).to.match(/^\[ {4}\d\.\d{6}\] hello/);
		});

	it('a module lives until it powers the machine off', async () => {
		module('off', source('kernel_power_off(); return 0;'));
		const { out, ...ended } = await insmod(['off.so']);
		expect(ended).to.deep.equal({ code: 0, err: '' });
		expect(lines(out).at(-1)).to.equal('goodbye');
	});

	it('several modules, unloaded in reverse', async () => {
		module('hello', HELLO);
		module('other', HELLO.replace('goodbye', 'the other goodbye'));
		const { out, ...ended } = await insmod(['hello.so', 'n=1', 'other.so', 'n=2', '--timeout', '0', '--nr-cpus', '3', '--debug']);
		expect(ended).to.deep.equal({ code: 0, err: '' });
		expect(lines(out)).to.deep.equal(['hello 1 none', 'hello 2 none', 'the other goodbye', 'goodbye']);
	});

	it('the log as JSON, or none of it', async () => {
		module('hello', HELLO);
		const { out } = await insmod(['hello.so', '--timeout', '0', '--json']);
		expect(out.trim().split('\n').map((line) => (JSON.parse(line) as { text: string }).text.trim())).to.deep.equal(['hello 1 none', 'goodbye']);
		expect(await insmod(['hello.so', '--timeout', '0', '--quiet'])).to.deep.equal({ code: 0, out: '', err: '' });
	});

	it('says what is wrong with a module, and nothing of it runs', async () => {
		module('nodev', source('return -ENODEV;'));
		module('needs', source('return no_such_function(1) + another_one();', 'int no_such_function(int); int another_one(void);'));
		module('hello', HELLO);
		writeFileSync(join(folder, 'none.c'), 'int f(void) { return 1; }');
		expect(spawnSync('cc', ['-shared', '-fPIC', '-o', 'none.so', 'none.c'], { cwd: folder }).status).to.equal(0);
		for (const [args, message] of [
			[['nodev.so'], /^padata insmod: nodev\.so: .*returned -ENODEV \(No such device\)\n$/], [['needs.so'], /^padata insmod: needs\.so: undefined symbols:\n\tanother_one\n\tno_such_function\n$/],
			[['hello.so', 'm=1'], /^padata insmod: hello\.so: .*unknown parameter.*m.*\n$/], [['hello.so', 'n=x'], /^padata insmod: hello\.so: .*n.*EINVAL.*\n$/],
			[['none.so'], /^padata insmod: none\.so: .*init_module.*\n$/], [['none.c'], /^padata insmod: none\.c: not an ELF file\n$/],
			[['hello.so', '--cpus', '999'], /^padata insmod: .*999.*\n$/], [['hello.so', '--quirks', 'x'], /^padata insmod: .*unknown quirk "x".*\n$/],
		] as const)
			expect(await insmod(args)).to.include({ code: 1, out: '' }).and.have.property('err').that.matches(message);
	});

	it('one that is loaded already', async () => {
		module('hello', HELLO);
		const { code, out, err } = await insmod(['hello.so', 'hello.so']);
		expect(code).to.equal(1);
		expect(lines(out)).to.deep.equal(['hello 1 none', 'goodbye']);
		expect(err).to.match(/^padata insmod: hello\.so: .*loaded already.*\n$/);
	});

	describe('built for a sanitizer', () => {
		for (const sanitizer of ['address', 'undefined'])
			it(`${sanitizer}: runs, and is unloaded by a signal`, async function () {
				if (!module('hello', HELLO, '--sanitize', sanitizer))
					this.skip();
				const { out, ...ended } = await insmod(['hello.so', 'n=7'], (line, child) => {
					if (line.includes('hello'))
						child.kill('SIGTERM');
				});
				expect(ended).to.deep.equal({ code: 143, err: '' });
				expect(lines(out)).to.deep.equal(['hello 7 none', 'goodbye']);
			});

		for (const [what, init, report] of [
			['a pointer to nowhere', 'return *(volatile int *)16;', /AddressSanitizer: SEGV[^]* in start /],
		] as const)
			it(`address: tells of ${what}`, async function () {
				if (!module('bad', source(init), '--sanitize=address', '-O', '1'))
					this.skip();
				const { code, err } = await insmod(['bad.so', '--timeout', '0']);
				expect(err).to.match(report);
				expect(code).to.equal(1);
			});

		it('undefined: tells of a shift that is too wide', async function () {
			if (!module('wide', source('volatile int by = 40; pr_info("%d\\n", 1 << by); return 0;'), '--sanitize=undefined'))
				this.skip();
			expect((await insmod(['wide.so', '--timeout', '0'])).err).to.match(/wide\.c:\d+:\d+: runtime error: shift exponent 40 is too large/);
		});
	});
});
