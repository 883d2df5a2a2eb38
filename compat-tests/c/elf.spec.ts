// SPDX-License-Identifier: GPL-2.0-only
//
// What is read from shared objects, against what the compiler was told and what nm says; and
// damaged files, which must be refused with a message, whatever is damaged.
import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElfError, parse_elf, read_elf, SharedObject } from '../../lib/c/elf.js';
import { random_of, seed_of } from '../support/machine.js';

const SOURCE = `
	#include <stdio.h>
	int needed_function(int);
	extern int needed_variable;
	int __attribute__((weak)) needed_perhaps(void);
	int variable = 5;
	int __attribute__((weak)) weak_variable = 6;
	static int hidden = 7;
	static int __attribute__((section("__param"), used)) parameter[3] = { 1, 2, 3 };
	int __attribute__((section("percpu_data"))) percpu[5];
	_Thread_local int of_thread = 8;
	int init_module(void)
	{
		if (needed_perhaps)
			hidden = needed_perhaps();
		return printf("%d", needed_function(needed_variable) + hidden + of_thread);
	}
	void cleanup_module(void) { variable++; }
`;

describe('c: shared objects', function() {
	this.timeout(60_000);
	let folder: string;

	/** Compile a file of C. @returns the output's path */
	function compile(name: string, text: string, ...options: string[]): string {
		const out = join(folder, name);
		writeFileSync(`${out}.c`, text);
		const { status, stderr } = spawnSync('cc', ['-o', out, `${out}.c`, ...options], {
			encoding: 'utf8',
		});
		expect(status, stderr).to.equal(0);
		return out;
	}

	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-elf-'));
	});
	after(() => rmSync(folder, { recursive: true }));

	/** All that was put into SOURCE. */
	function check(object: SharedObject, sections: boolean): void {
		const defined = new Map(object.defined.map((symbol) => [symbol.name, symbol]));
		for (const [name, kind, size, weak] of [
			['init_module', 'function', null, false],
			['cleanup_module', 'function', null, false],
			['variable', 'object', 4, false],
			['weak_variable', 'object', 4, true],
			['percpu', 'object', 20, false],
			['of_thread', 'tls', 4, false],
		] as const) {
			const symbol = defined.get(name)!;
			expect(symbol, name).to.include({ kind, weak });
			if (size !== null)
				expect(symbol.size, name).to.equal(size);
			expect(symbol.address > 0 || kind === 'tls', name).to.equal(true);
		}
		expect([...defined.keys()]).to.not.include.members(['hidden', 'parameter', 'printf']);
		const needs = new Map(object.undefined.map((need) => [need.name, need]));
		expect(needs.get('needed_function')).to.deep.equal({ name: 'needed_function', version: null,
			weak: false });
		expect(needs.get('needed_variable')).to.deep.equal({ name: 'needed_variable', version: null,
			weak: false });
		expect(needs.get('needed_perhaps')).to.deep.equal({ name: 'needed_perhaps', version: null,
			weak: true });
		expect(needs.get('printf')).to.include({ name: 'printf', weak: false });
		expect(object.needed).to.include('libm.so.6');
		expect(object.soname).to.equal('module.so.1');
		if (!sections) {
			expect(object.sections.size).to.equal(0);
			return;
		}
		expect(object.sections.get('__param')).to.include({ size: 12 });
		const percpu = object.sections.get('percpu_data')!;
		expect(percpu).to.include({ address: defined.get('percpu')!.address, size: 20 });
		expect(object.sections.get('.text')!.size).to.be.greaterThan(0);
	}

	it('has the symbol table of the file, with the functions that only the object can use, unless it is stripped', () => {
		const link = ['-shared', '-fPIC'];
		const file = compile('static.so',
			'static int __attribute__((used)) of_file(void) { return 1; }', ...link);
		const { symbols, names } = read_elf(file).symbol_table!;
		const nm = execFileSync('nm', [file], { encoding: 'utf8' });
		const view = new DataView(symbols.buffer, symbols.byteOffset, symbols.length);
		const found: [string, number][] = [];
		for (let at = 0; at < symbols.length; at += 24) {
			const name =
				Buffer.from(names).toString('latin1', view.getUint32(at, true)).split('\0')[0];
			found.push([name, Number(view.getBigUint64(at + 8, true))]);
		}
		expect(new Map(found).get('of_file')).to.equal(
			parseInt(/^(\w+) t of_file$/m.exec(nm)![1], 16),
		);
		expect(
			read_elf(compile('stripped.so', 'int of_file(void) { return 1; }', ...link, '-s'))
				.symbol_table,
		).to.equal(null);
	});

	const LINK = ['-shared', '-fPIC', '-Wl,-soname,module.so.1', '-Wl,--no-as-needed', '-lm'];
	for (const [what, options] of [
		['as the compiler links by default', []],
		['with the old hash table', ['-Wl,--hash-style=sysv']],
		['with the new hash table', ['-Wl,--hash-style=gnu']],
		['stripped', ['-s']],
		['with debug information', ['-g3']],
	] as const)
		it(`${what}: needs, symbols, sections`, () => {
			const file = compile('module.so', SOURCE, ...LINK, ...options);
			const object = read_elf(file);
			check(object, true);
			const nm = execFileSync('nm', ['-D', '--defined-only', file], { encoding: 'utf8' })
				.trim().split('\n').map((line) => line.split(' '));
			expect(Object.fromEntries(object.defined.map(({ name, address }) => [name, address])))
				.to.deep.equal(
					Object.fromEntries(
						nm.map(([address, , name]) => [name, parseInt(address, 16)]),
					),
				);
		});

	for (const style of ['sysv', 'gnu'])
		it(`without section headers, ${style} hash: the same, but for the sections`, () => {
			const bytes = readFileSync(
				compile('module.so', SOURCE, ...LINK, `-Wl,--hash-style=${style}`),
			);
			bytes.fill(0, 40, 48);
			bytes.fill(0, 60, 64);
			check(parse_elf(bytes, 'module.so'), false);
		});

	it('versions of the symbols of the C library', function() {
		const file = compile('module.so', SOURCE, ...LINK);
		const m = /\bprintf@(\S+)/.exec(execFileSync('nm', ['-D', file], { encoding: 'utf8' }));
		if (m === null)
			this.skip(); // a C library without versions
		expect(read_elf(file).undefined.find(({ name }) => name === 'printf')!.version).to.equal(
			m[1],
		);
	});

	it('says what is no shared object for this machine', () => {
		const main = 'int main(void) { return 0; }';
		const of = (name: string, text: string): string => {
			writeFileSync(join(folder, name), text);
			return join(folder, name);
		};
		const patched = (at: number, ...values: number[]): Buffer => {
			const bytes = readFileSync(compile('patched.so', SOURCE, ...LINK));
			values.forEach((value, i) => bytes[at + i] = value);
			return bytes;
		};
		for (const [file, message] of [
			[compile('object.o', SOURCE, '-c'),
				/object\.o: not a shared object but an object file: .*padata cc/],
			[compile('pie', main, '-pie', '-fPIE'), /pie: not a shared object but an executable/],
			[compile('static', main, '-static', '-no-pie'),
				/static: not a shared object but an executable/],
			[of('text.so', 'int init_module(void);'), /text\.so: not an ELF file/],
			[of('empty.so', ''), /empty\.so: not an ELF file/],
			[join(folder, 'absent.so'), /absent\.so: no such file or directory$/],
			[folder, /: not a regular file$/],
		] as const)
			expect(() => read_elf(file), file).to.throw(ElfError, message);
		for (const [bytes, message] of [
			[patched(4, 1), /32 bits, where 64/],
			[patched(5, 2), /big-endian/],
			[patched(16, 4, 0), /core dump/],
			[patched(16, 0x34, 0x12), /type 4660/],
			[patched(18, 40, 0), /built for ARM, 32 bits, where/],
			[patched(18, 0xff, 0xff), /built for machine 65535/],
		] as const)
			expect(() => parse_elf(bytes, 'x.so')).to.throw(ElfError, message);
		const other = process.arch === 'x64' ? 'arm64' : 'x64';
		expect(() => parse_elf(patched(0), 'x.so', other)).to.throw(ElfError,
			/x\.so: built for .*, where this Node\.js is for/);
		expect(() => parse_elf(patched(0), 'x.so', 's390x')).to.throw(ElfError,
			/this Node\.js is for s390x/);
	});

	it('tells by the code whether the file is bad or cannot be read', () => {
		const code = (file: string): string => {
			try {
				read_elf(file);
				return '';
			} catch (error) {
				return (error as ElfError).code;
			}
		};
		writeFileSync(join(folder, 'bad.so'), 'bad');
		expect(
			[join(folder, 'bad.so'), join(folder, 'absent.so'), join(folder, 'bad.so', 'x')].map(
				code,
			),
		).to.deep.equal(['ENOEXEC', 'ENOENT', 'ENOTDIR']);
	});

	it('refuses a file that is cut off, wherever', () => {
		const bytes = readFileSync(compile('module.so', SOURCE, ...LINK, '-g'));
		// Every place in the headers, and many in the rest.
		for (let length = 0; length < bytes.length; length += length < 1024 ? 1 : 61)
			expect(() => parse_elf(bytes.subarray(0, length), 'cut.so'),
				`${length} of ${bytes.length} bytes`).to.throw(ElfError, /^cut\.so: /);
		expect(() => parse_elf(bytes.subarray(0, bytes.length - 1), 'cut.so')).to.throw(ElfError,
			/cut off/);
	});

	it('survives random damage: an error with a message, or an answer', () => {
		const whole = ['sysv', 'gnu'].flatMap((style) => {
			const bytes = readFileSync(
				compile('module.so', SOURCE, ...LINK, '-s', `-Wl,--hash-style=${style}`),
			);
			const bare = Buffer.from(bytes);
			bare.fill(0, 40, 48);
			bare.fill(0, 60, 64);
			return [bytes, bare];
		});
		const random = random_of(seed_of('elf'));
		let refused = 0;
		for (let round = 0; round < 20_000; round++) {
			const bytes = Buffer.from(whole[round % whole.length]);
			for (let n = 1 + random(8); n > 0; n--) {
				// Mostly where the headers and tables are.
				const at = random(random(4) === 0 ? bytes.length : 4096);
				bytes[at] = [0, 0xff, 0x80, 1, random(256)][random(5)];
			}
			try {
				parse_elf(bytes, 'damaged.so');
			} catch (error) {
				if (!(error instanceof ElfError))
					throw new Error(`round ${round}: ${String(error)}`, { cause: error });
				refused++;
			}
		}
		expect(refused).to.be.greaterThan(1000);
	});

	it('does not follow tables that have no end', () => {
		const bytes = readFileSync(compile('module.so', SOURCE, ...LINK, '-s'));
		// Each entry of the dynamic section that counts or leads somewhere, made as large as can
		// be.
		const { offset, size } = parse_elf(bytes, 'module.so').sections.get('.dynamic')!;
		for (let at = offset; at < offset + size; at += 16)
			for (const value of [1n, 0xffffn, BigInt(bytes.length - 1), 0xfffffffffffffn,
				0xffffffffffffffffn])
			{
				const damaged = Buffer.from(bytes);
				damaged.writeBigUint64LE(value, at + 8);
				try {
					parse_elf(damaged, 'damaged.so');
				} catch (error) {
					expect(error).to.be.instanceOf(ElfError);
				}
			}
	});
});
