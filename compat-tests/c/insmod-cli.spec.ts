// SPDX-License-Identifier: GPL-2.0-only
//
// `padata cc` and `padata insmod` as a user runs them: small modules, from their source to the end
// of the process.
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HELLO, lines, Modules, source } from './real-modules.js';

describe('padata insmod, with real modules', function() {
	this.timeout(120_000);
	const modules = new Modules();

	for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const)
		it(`a module lives until ${signal}`, async () => {
			modules.compile('hello', HELLO);
			const { out, err, ...ended } = await modules.insmod(['hello.so', 'n=5',
				'text=with space'], (line, child) => {
				if (line.includes('hello'))
					child.kill(signal);
			});
			expect({ err, ...ended }).to.deep.equal({ err: '', code });
			expect(lines(out)).to.deep.equal(['hello 5 with space', 'goodbye']);
			expect(out).to.match(/^\[ {4}\d\.\d{6}\] hello/);
		});

	it('a module lives until it powers the machine off', async () => {
		modules.compile('off', source('kernel_power_off(); return 0;'));
		const { out, ...ended } = await modules.insmod(['off.so']);
		expect(ended).to.deep.equal({ code: 0, err: '' });
		expect(lines(out).at(-1)).to.equal('goodbye');
	});

	it('several modules, unloaded in reverse', async () => {
		modules.compile('hello', HELLO);
		modules.compile('other', HELLO.replace('goodbye', 'the other goodbye'));
		const { out, ...ended } = await modules.insmod(['hello.so', 'n=1', 'other.so', 'n=2',
			'--timeout', '0', '--nr-cpus', '3', '--debug']);
		expect(ended).to.deep.equal({ code: 0, err: '' });
		expect(lines(out)).to.deep.equal(['hello 1 none', 'hello 2 none', 'the other goodbye',
			'goodbye']);
	});

	it('the log as JSON, or none of it', async () => {
		modules.compile('hello', HELLO);
		const { out } = await modules.insmod(['hello.so', '--timeout', '0', '--json']);
		expect(
			out.trim().split('\n').map((line) =>
				(JSON.parse(line) as { text: string }).text.trim()
			),
		).to.deep.equal(['hello 1 none', 'goodbye']);
		expect(await modules.insmod(['hello.so', '--timeout', '0', '--quiet'])).to.deep.equal({
			code: 0,
			out: '',
			err: '',
		});
	});

	it('says what is wrong with a module, and nothing of it runs', async () => {
		modules.compile('nodev', source('return -ENODEV;'));
		modules.compile('needs',
			source('return no_such_function(1) + another_one();',
				'int no_such_function(int); int another_one(void);'));
		modules.compile('hello', HELLO);
		writeFileSync(join(modules.folder, 'none.c'), 'int f(void) { return 1; }');
		expect(
			spawnSync('cc', ['-shared', '-fPIC', '-o', 'none.so', 'none.c'], {
				cwd: modules.folder,
			}).status,
		).to.equal(0);
		for (const [args, message, code = 1] of [
			[['nodev.so'], /^padata insmod: nodev\.so: .*returned -ENODEV \(No such device\)\n$/],
			[['needs.so'],
				/^padata insmod: needs\.so: undefined symbols:\n\tanother_one\n\tno_such_function\n$/],
			[['hello.so', 'm=1'], /^padata insmod: hello\.so: .*unknown parameter.*m.*\n$/],
			[['hello.so', 'n=x'], /^padata insmod: hello\.so: .*n.*EINVAL.*\n$/],
			[['none.so'], /^padata insmod: none\.so: .*init_module.*\n$/],
			[['none.c'], /^padata insmod: none\.c: not an ELF file\n$/],
			[['hello.so', '--cpus', '999'], /^padata insmod: .*999.*\n$/, 2],
			[['hello.so', '--quirks', 'x'], /^padata insmod: .*unknown quirk "x".*\n$/, 2],
		] as const)
			expect(await modules.insmod(args)).to.include({ code, out: '' }).and.have.property(
				'err',
			).that.matches(message);
	});

	it('one that is loaded already', async () => {
		modules.compile('hello', HELLO);
		const { code, out, err } = await modules.insmod(['hello.so', 'hello.so']);
		expect(code).to.equal(1);
		expect(lines(out)).to.deep.equal(['hello 1 none', 'goodbye']);
		expect(err).to.match(/^padata insmod: hello\.so: .*loaded already.*\n$/);
	});
});
