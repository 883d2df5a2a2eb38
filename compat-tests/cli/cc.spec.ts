// SPDX-License-Identifier: GPL-2.0-only
//
// `padata cc` as a user runs it, with the compiler that is there and with scripts that stand for
// one; `padata --cflags`.
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync,
	writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { read_elf } from '../../lib/c/elf.js';
import { module_name, shell_quote } from '../../lib/cli/cc/flags.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const command = join(root, 'dist/bundle/cli/padata.js');

/** Without a word of the headers, which have tests of their own. */
const MODULE = `
	int printk(const char *format, ...);
	int init_module(void) { return printk("%s", KBUILD_MODNAME); }
	void cleanup_module(void) { }
	#if !defined(__KERNEL__) || !defined(MODULE)
	#error "not as in a kernel build"
	#endif
`;

describe('padata cc', function() {
	this.timeout(60_000);
	let folder: string;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-cc-'));
		writeFileSync(join(folder, 'one.c'), MODULE);
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	interface Result {
		status: number | null;
		stdout: string;
		stderr: string;
	}

	function padata(args: readonly string[], env: Record<string, string> = {},
		main = command): Result
	{
		const { CC: _, ...rest } = process.env;
		return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: folder,
			env: { ...rest, ...env } });
	}

	const cc = (...args: string[]): Result => padata(['cc', ...args]);

	/** A script that stands for a compiler. @returns its path */
	function script(name: string, text: string): string {
		const path = join(folder, name);
		writeFileSync(path, `#!/bin/sh\n${text}\n`);
		chmodSync(path, 0o755);
		return path;
	}

	it('makes a shared object of one file, by its name', () => {
		expect(cc('one.c')).to.include({ status: 0, stdout: '', stderr: '' });
		const object = read_elf(join(folder, 'one.so'));
		expect(object.defined.map(({ name }) => name)).to.include.members(['init_module',
			'cleanup_module']);
		expect(object.undefined.map(({ name }) => name)).to.include('printk');
		expect([...object.sections.keys()]).to.include('.debug_info');
	});

	it('makes one of several files, for which -o is needed', () => {
		writeFileSync(join(folder, 'two.c'), 'int two(void) { return 2; }');
		expect(cc('one.c', 'two.c')).to.include({ status: 2,
			stderr: 'padata cc: -o: is needed where there is more than one FILE\n' });
		expect(cc('one.c', 'two.c', '-o', 'my-module.so')).to.include({ status: 0, stderr: '' });
		expect(read_elf(join(folder, 'my-module.so')).defined.map(({ name }) => name)).to.include
			.members(['init_module', 'two']);
	});

	it('calls the module by its file, as a kernel build does', () => {
		for (const [file, name] of [['a-b.so', 'a_b'], ['/x/y.z/mod.so', 'mod'], ['a,b.c', 'a_b'], [
			'mod.ko',
			'mod',
		], ['"\\.so', '__']] as const)
			expect(module_name(file)).to.equal(name);
		expect(cc('one.c', '-o', 'a-b.so', '--print').stdout).to.include(
			'\'-DKBUILD_MODNAME="a_b"\'',
		);
	});

	it('gives the compiler what is behind --', () => {
		writeFileSync(join(folder, 'one.c'),
			`${MODULE}\n#include "own.h"\n#if X != 5\n#error "X is not 5"\n#endif\n`);
		mkdirSync(join(folder, 'own'));
		writeFileSync(join(folder, 'own', 'own.h'), 'int own;');
		const failed = cc('one.c', '--', '-I', 'own');
		expect(failed.status).to.equal(1);
		expect(failed.stderr).to.match(/X is not 5/);
		expect(cc('one.c', '--', '-I', 'own', '-DX=5', '-Wl,--no-as-needed', '-lm')).to.include({
			status: 0,
			stderr: '',
		});
		expect(read_elf(join(folder, 'one.so')).needed).to.include('libm.so.6');
		expect(cc('--', '-DX=5')).to.include({ status: 2,
			stderr: 'padata cc: FILE: there is none to compile\n' });
	});

	it('passes on what the compiler says, and how it ends', () => {
		writeFileSync(join(folder, 'bad.c'), 'int f(void) { return undeclared(); }');
		const { status, stderr } = cc('bad.c');
		expect(status).to.equal(1);
		expect(stderr).to.match(/bad\.c:1.*implicit declaration.*undeclared/);
		expect(existsSync(join(folder, 'bad.so'))).to.equal(false);
		expect(
			padata(['cc', 'one.c'], {
				CC: script('fails', 'case $1 in --version) ;; *) echo "out of it"; exit 42;; esac'),
			}),
		)
			.to.include({ status: 1, stdout: 'out of it\n' });
		expect(
			padata(['cc', 'one.c'], {
				CC: script('dies', 'case $1 in --version) ;; *) kill -TERM $$;; esac'),
			}),
		).to.include({ status: 128 + 15 });
	});

	it('takes the compiler from --cc, $CC, or what is there', () => {
		const shows = script('shows', 'test $1 = --version || echo "$0 $1"');
		const other = script('other', 'test $1 = --version || echo "$0 $1"');
		expect(padata(['cc', 'one.c'], { CC: shows }).stdout).to.equal(`${shows} -std=gnu11\n`);
		expect(padata(['cc', 'one.c'], { CC: `${shows} -m64` }).stdout).to.equal(`${shows} -m64\n`);
		expect(padata(['cc', 'one.c', '--cc', other], { CC: shows }).stdout).to.equal(
			`${other} -std=gnu11\n`,
		);
		expect(padata(['cc', 'one.c', '--print'], { CC: '' }).stdout).to.match(
			/^(?:cc|gcc|clang) -std=gnu11 /,
		);
	});

	it('says that there is no compiler', () => {
		for (const [env, names, code] of [[{ CC: '/no/such/cc' }, '/no/such/cc', 2], [{
			PATH: folder,
		}, 'cc, gcc, clang', 1]] as const) {
			const { status, stderr } = padata(['cc', 'one.c'], env);
			expect(status).to.equal(code);
			expect(stderr).to.include(
				`padata cc: --cc: there is no C compiler (${names}); install gcc or clang`,
			);
			expect(stderr.trim().split('\n')).to.have.lengthOf(1);
		}
	});

	for (const [sanitizer, symbol, library] of [['address', /^__asan_/,
		/^lib(?:asan|clang_rt\.asan)/], ['thread', /^__tsan_/,
		/^lib(?:tsan|clang_rt\.tsan)/]] as const)
		it(`builds for the ${sanitizer} sanitizer, with its runtime`, function() {
			const { status, stderr } = cc('one.c', `--sanitize=${sanitizer}`);
			if (status !== 0 && /cannot find|No such file/.test(stderr)) {
				console.log(`      the compiler has no ${sanitizer} sanitizer: skipped`);
				this.skip();
			}
			expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
			const { needed, undefined: needs } = read_elf(join(folder, 'one.so'));
			expect(needs.some(({ name }) => symbol.test(name))).to.equal(true);
			expect(needed.some((name) => library.test(name)), needed.join()).to.equal(true);
		});

	it('says it to gcc and to clang in their words', () => {
		const gcc = padata(['cc', 'one.c', '--sanitize', 'thread,undefined', '--print'], {
			CC: script('gcc', 'echo gcc 12'),
		}).stdout;
		expect(gcc).to.match(/ -fsanitize=thread,undefined -fno-omit-frame-pointer -Wno-tsan /);
		const clang = padata(['cc', 'one.c', '--sanitize', 'address', '--print'], {
			CC: script('clang', 'echo clang 15'),
		}).stdout;
		expect(clang).to.match(/ -fsanitize=address -fno-omit-frame-pointer -shared-libsan /);
		expect(cc('one.c', '--print').stdout).to.not.match(/sanitize|frame/);
	});

	it('refuses values that an option cannot have, in one line', () => {
		for (const [args, message] of [
			[['one.c', '--sanitize=memory'],
				'--sanitize: there is no "memory", there are: address, thread, undefined'],
			[['one.c', '--sanitize='], '--sanitize: there is no ""'],
			[['one.c', '-O', '7'], '-O: "7" is no level'],
			[['one.c', '-o', ''], '-o: "" names no file'],
			[['one.c', '-o', 'x/.so'], '-o: "x/.so" names no file'],
		] as const) {
			const { status, stderr } = cc(...args);
			expect(status, args.join(' ')).to.equal(2);
			expect(stderr).to.match(/^padata cc: .*\n$/).and.include(message);
		}
	});

	it('prints the command, as a shell takes it', () => {
		writeFileSync(join(folder, "it's $one.c"), MODULE);
		const { status, stdout } = cc("it's $one.c", '-O3', '-g', '-o', 'a b.so', '--print');
		expect(status).to.equal(0);
		expect(stdout).to.match(/ -O3 /);
		expect(existsSync(join(folder, 'a b.so'))).to.equal(false);
		expect(spawnSync('sh', ['-c', stdout], { cwd: folder, encoding: 'utf8' })).to.include({
			status: 0,
			stderr: '',
		});
		expect(existsSync(join(folder, 'a b.so'))).to.equal(true);
	});

	it('quotes', () => {
		const words = ['plain-word', '', 'two words', "it's", '$HOME', '"x"', '`ls`', '\\', '*',
			'-DX="a b"', 'ä', 'a\nb'];
		const { stdout } = spawnSync('sh', ['-c',
			`for w in ${shell_quote(words)}; do printf '%s\\0' "$w"; done`], { encoding: 'utf8' });
		expect(stdout.split('\0').slice(0, -1)).to.deep.equal(words);
		expect(shell_quote(['-DX=1', '/a/b.c'])).to.equal('-DX=1 /a/b.c');
	});

	describe('--cflags, --ldflags', () => {
		it('are for makefiles: an object each, then linked', function() {
			if (spawnSync('make', ['--version']).status !== 0)
				this.skip();
			const padata_ = shell_quote([process.execPath, command]);
			writeFileSync(join(folder, 'Makefile'), `
CFLAGS := $(shell ${padata_} --cflags one)
LDFLAGS := $(shell ${padata_} --ldflags)
one.so: one.o
	$(CC) $(LDFLAGS) -o $@ $^
`);
			const { status, stderr } = spawnSync('make', ['-s'], { cwd: folder, encoding: 'utf8' });
			expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
			expect(read_elf(join(folder, 'one.so')).undefined.map(({ name }) => name)).to.include(
				'printk',
			);
		});

		it('without a name have nothing that needs quotes, so that $() does as well', () => {
			const { status, stdout } = padata(['--cflags']);
			expect(status).to.equal(0);
			expect(stdout).to.match(/^-std=gnu11 .* -I\S*\/include .*\n$/).and.not.match(/['"]/);
		});

		it('both are one line', () => {
			const { stdout } = padata(['--cflags', '--ldflags']);
			expect(stdout).to.equal(
				`${padata(['--cflags']).stdout.trim()} ${padata(['--ldflags']).stdout}`,
			);
			expect(padata(['--ldflags']).stdout).to.equal('-shared -Wl,-Bsymbolic -Wl,-z,undefs\n');
		});

		it('leave the rest of the command line as it was', () => {
			expect(padata([])).to.include({ status: 2, stdout: '' });
			expect(padata(['nothing']).stderr).to.match(/unknown command 'nothing'/);
			expect(padata(['--cflags', 'x', 'nothing']).status).to.equal(2);
		});

		it('name the headers of the installed package, wherever that is', () => {
			const installed = join(folder, 'some where', 'node_modules', 'padata');
			for (const part of ['dist/bundle', 'include', 'package.json'])
				cpSync(join(root, part), join(installed, part), { recursive: true });
			// What the package depends on lies beside it.
			symlinkSync(join(root, 'node_modules/commander'), join(installed, '..', 'commander'));
			symlinkSync(join(root, 'node_modules/cli-progress'),
				join(installed, '..', 'cli-progress'));
			const main = join(installed, 'dist/bundle/cli/padata.js');
			const { status, stdout, stderr } = padata(['--cflags'], {}, main);
			expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
			expect(stdout).to.include(`'-I${join(installed, 'include')}'`);
			expect(padata(['cc', 'one.c'], {}, main)).to.include({ status: 0, stderr: '' });
		});
	});
});
