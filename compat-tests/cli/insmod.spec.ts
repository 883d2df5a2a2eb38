// SPDX-License-Identifier: GPL-2.0-only
//
// `padata insmod` on a machine that only says what is asked of it: what is loaded and unloaded
// when, what is printed, and how it ends. compat-tests/c/insmod-cli.spec.ts has real modules.
import { expect } from 'chai';
import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ModuleError } from '../../lib/c/insmod.js';
import { format_record, InsmodContext, insmod_command, InsmodOptions,
	parse_modules } from '../../lib/cli/insmod/command.js';
import { environment_for, missing_runtime, Runtime } from '../../lib/cli/insmod/sanitizer.js';
import { OptionError } from '../../lib/cli/options.js';
import type { BootOptions, LogKind, LoadedModule, MachineEvents,
	ModuleParams } from '../../lib/index.js';

/** It notes what is asked of it, in order. */
class FakeMachine extends EventEmitter<MachineEvents> {
	readonly asked: string[] = [];
	/** What insmod or rmmod throws, by "insmod a" or "rmmod a". */
	readonly errors = new Map<string, Error>();
	/** What happens while a module is loaded, or unloaded. */
	readonly actions = new Map<string, () => void>();
	#seq = 0;

	log(kind: LogKind, text: string, level = 6): void {
		this.emit(kind, { seq: this.#seq++, kind, level, cpu: 0, time: 1.5 + this.#seq, text });
	}

	#ask(what: string, more = ''): Promise<void> {
		this.asked.push(`${what}${more}`);
		this.actions.get(what)?.();
		const error = this.errors.get(what);
		// As a real one, not at once.
		return new Promise((resolve, reject) => {
			setImmediate(() => error === undefined ? resolve() : reject(error));
		});
	}

	async insmod(file: string, params: ModuleParams = []): Promise<LoadedModule> {
		const name = basename(file, '.so');
		await this.#ask(`insmod ${name}`,
			(params as string[]).map((param) => ` ${param}`).join(''));
		return { name, file, jobs: 0 };
	}

	rmmod(name: string): Promise<void> {
		return this.#ask(`rmmod ${name}`);
	}

	async shutdown(): Promise<void> {
		if (!this.asked.includes('shutdown'))
			await this.#ask('shutdown');
	}
}

describe('padata insmod, the command', function() {
	this.timeout(60_000);
	let folder: string;
	let machine: FakeMachine;
	let [out, err] = ['', ''];
	let booted: BootOptions[];
	let context: InsmodContext;
	let child: ChildProcess | null = null;

	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-insmod-'));
		writeFileSync(join(folder, 'a.c'), 'int init_module(void) { return 0; }');
		for (const name of ['a', 'b', 'c'])
			expect(
				spawnSync('cc', ['-shared', '-fPIC', '-o', join(folder, `${name}.so`),
					join(folder, 'a.c')]).status,
			).to.equal(0);
	});
	after(() => rmSync(folder, { recursive: true }));

	afterEach(() => {
		if (child?.exitCode === null && child.signalCode === null)
			child.kill('SIGKILL');
		child = null;
	});

	beforeEach(() => {
		machine = new FakeMachine();
		[out, err] = ['', ''];
		booted = [];
		context = {
			boot: (options) => {
				booted.push(options);
				return Promise.resolve(
					machine as unknown as Awaited<ReturnType<InsmodContext['boot']>>,
				);
			},
			out: (text) => {
				out += text;
			},
			err: (text) => {
				err += text;
			},
		};
	});

	/** Words that name a module get the folder before them. */
	function insmod(words: string, options: Partial<InsmodOptions> = {}): Promise<number> {
		const listeners = process.listenerCount('SIGTERM');
		return insmod_command(
			words.split(' ').map((word) => word.endsWith('.so') ? join(folder, word) : word),
			{ quirks: 'none', ...options },
			context,
		)
			.finally(() => expect(process.listenerCount('SIGTERM')).to.equal(listeners));
	}

	/** Do something when a module is being loaded or unloaded. */
	const when = (what: string, action: () => void): void => {
		machine.actions.set(what, action);
	};
	const signal = (name: 'SIGTERM' | 'SIGHUP') => (): void => {
		process.emit(name, name);
	};

	it('loads in order, each with its parameters, and unloads in reverse', async () => {
		when('insmod c', signal('SIGTERM'));
		expect(await insmod('a.so n=1 text=two words= b.so c.so on=1 x=a=b')).to.equal(128 + 15);
		expect(machine.asked).to.deep.equal([
			'insmod a n=1 text=two words=',
			'insmod b',
			'insmod c on=1 x=a=b',
			'rmmod c',
			'rmmod b',
			'rmmod a',
			'shutdown',
		]);
		expect({ out, err }).to.deep.equal({ out: '', err: '' });
	});

	it('takes for a parameter what has a name and "="', () => {
		expect(parse_modules(['a=b/c.so'].map((word) => `./${word}`))).to.deep.equal([{
			file: './a=b/c.so',
			params: [],
		}]);
		expect(parse_modules(['/x/a=b.so', 'my-mod.n_1=2'])).to.deep.equal([{ file: '/x/a=b.so',
			params: ['my-mod.n_1=2'] }]);
		expect(() => parse_modules(['n=1', 'a.so'])).to.throw(OptionError,
			/^n=1: is a parameter, and stands before the FILE/);
	});

	it('boots the machine that the options describe', async () => {
		await insmod('a.so', { timeout: '0' });
		await insmod('a.so', { timeout: '0', cpus: '0-1,3', nrCpus: '8',
			quirks: 'reorder_timer,implicit_start', debug: true, memory: '64' });
		expect(booted).to.deep.equal([
			{ quirks: 'none', debug: false, native: 'required' },
			{ nr_cpus: 8, cpus: [0, 1, 3], memory: 64 << 20,
				quirks: ['reorder_timer', 'implicit_start'], debug: true, native: 'required' },
		]);
	});

	it('ends when a module powers the machine off, with 0', async () => {
		when('insmod a', () => {
			setImmediate(() => machine.log('power_off', 'reboot: Power down'));
		});
		expect(await insmod('a.so')).to.equal(0);
		expect(machine.asked).to.deep.equal(['insmod a', 'rmmod a', 'shutdown']);
		expect(out).to.equal('[    2.500000] reboot: Power down\n');
	});

	it('does not load what is left when the end comes before', async () => {
		when('insmod a', () => machine.log('power_off', 'off'));
		expect(await insmod('a.so b.so')).to.equal(0);
		expect(machine.asked).to.deep.equal(['insmod a', 'rmmod a', 'shutdown']);
	});

	it('ends after a time, with 0, however often that is asked for', async () => {
		expect(await insmod('a.so', { timeout: '0' })).to.equal(0);
		expect(machine.asked).to.deep.equal(['insmod a', 'rmmod a', 'shutdown']);
	});

	it('ends by SIGHUP, too; a second cause changes nothing', async () => {
		when('insmod a', signal('SIGHUP'));
		when('rmmod a', () => {
			signal('SIGTERM')();
			machine.log('power_off', 'off');
		});
		expect(await insmod('a.so')).to.equal(128 + 1);
	});

	it('prints the log as dmesg does, until after the shutdown', async () => {
		when('insmod a', () => {
			machine.log('printk', 'hello\n');
			machine.log('printk', 'two\nlines', 3);
			machine.log('uevent', 'add@/kernel/x');
		});
		when('shutdown', () => machine.log('printk', 'bye'));
		await insmod('a.so', { timeout: '0' });
		expect(out).to.equal(
			'[    2.500000] hello\n[    3.500000] two\n[    3.500000] lines\n[    5.500000] bye\n',
		);
		expect(
			format_record({ seq: 0, kind: 'printk', level: 6, cpu: 0, time: 123456.0000004,
				text: '' }),
		).to.equal('[123456.000000] \n');
	});

	it('prints as much as was asked for', async () => {
		const lines = async (options: Partial<InsmodOptions>): Promise<number> => {
			machine = new FakeMachine();
			out = '';
			when('insmod a', () => {
				for (let level = 0; level <= 7; level++)
					machine.log('printk', 'text', level);
			});
			await insmod('a.so', { timeout: '0', ...options });
			return out.split('\n').length - 1;
		};
		expect(await lines({})).to.equal(8);
		expect(await lines({ quiet: true })).to.equal(4);
		expect(await lines({ loglevel: '7' })).to.equal(7);
		expect(await lines({ loglevel: '0' })).to.equal(0);
	});

	it('prints records as JSON', async () => {
		when('insmod a', () => machine.log('printk', 'two\nlines', 3));
		await insmod('a.so', { timeout: '0', json: true });
		expect(JSON.parse(out)).to.deep.equal({ seq: 0, kind: 'printk', level: 3, cpu: 0, time: 2.5,
			text: 'two\nlines' });
		expect(out).to.match(/^[^\n]*\n$/);
	});

	for (const kind of ['oops', 'misuse'] as const)
		it(`tells by its exit code of: ${kind}`, async () => {
			when('insmod a', () => machine.log(kind, 'BUG: something', 0));
			expect(await insmod('a.so', { timeout: '0', quiet: true })).to.equal(3);
			expect(out).to.equal('[    2.500000] BUG: something\n');
			expect(machine.asked).to.deep.equal(['insmod a', 'rmmod a', 'shutdown']);
		});

	it('a module that fails is named, with what its init returned, and those before it are unloaded', async () => {
		machine.errors.set('insmod b',
			new ModuleError(`insmod: ${folder}/b.so: its init function returned -ENODEV`, 'ENODEV',
				19));
		expect(await insmod('a.so b.so c.so')).to.equal(1);
		expect(err).to.equal(
			`padata insmod: ${folder}/b.so: its init function returned -ENODEV (No such device)\n`,
		);
		expect(machine.asked).to.deep.equal(['insmod a', 'insmod b', 'rmmod a', 'shutdown']);
	});

	it('a code that only the kernel has stands alone', async () => {
		machine.errors.set('insmod a',
			new ModuleError(`insmod: ${folder}/a.so: its init function returned -517`, '517', 517));
		await insmod('a.so');
		expect(err).to.equal(`padata insmod: ${folder}/a.so: its init function returned -517\n`);
	});

	it('lists the symbols that are missing', async () => {
		machine.errors.set('insmod a',
			new ModuleError('unknown symbols: zeta, alpha', 'ENOENT', 2, ['zeta', 'alpha']));
		expect(await insmod('a.so')).to.equal(1);
		expect(err).to.equal(
			`padata insmod: ${folder}/a.so: undefined symbols:\n\talpha\n\tzeta\n`,
		);
		machine.errors.set('insmod a',
			new ModuleError('unknown symbols: __asan_init', 'ENOENT', 2, ['__asan_init']));
		err = '';
		await insmod('a.so');
		expect(err).to.match(
			/\t__asan_init\nIt is built for a sanitizer, and not linked with the runtime/,
		);
	});

	it('a module that does not let itself be unloaded: the others are, and the exit code is 1', async () => {
		machine.errors.set('rmmod b',
			new ModuleError('rmmod: b has 3 objects in flight', 'EBUSY', 16));
		when('insmod c', signal('SIGTERM'));
		expect(await insmod('a.so b.so c.so')).to.equal(1);
		expect(err).to.equal(`padata insmod: ${folder}/b.so: b has 3 objects in flight\n`);
		expect(machine.asked.slice(-4)).to.deep.equal(['rmmod c', 'rmmod b', 'rmmod a',
			'shutdown']);
	});

	it('an error that nobody expects is not hidden, and the machine is shut down', async () => {
		machine.errors.set('insmod a', new TypeError('x is not a function'));
		let thrown: unknown;
		await insmod('a.so').catch((error: unknown) => {
			thrown = error;
		});
		expect(thrown).to.be.instanceOf(TypeError);
		expect(machine.asked).to.deep.equal(['insmod a', 'shutdown']);
	});

	it('says in one line what it cannot do, before it boots', async () => {
		writeFileSync(join(folder, 'text.so'), 'text');
		for (const [words, options, message, code = 2] of [
			['absent.so', {}, /absent\.so: no such file or directory/, 1],
			['a.so text.so', {}, /text\.so: not an ELF file/, 1],
			['n=1 a.so', {}, /n=1: is a parameter/],
			['a.so', { cpus: 'x' }, /--cpus: "x" is not a list/],
			['a.so', { nrCpus: '0' }, /--nr-cpus: 0 is not between 1 and 8192/],
			['a.so', { memory: '7' }, /--memory: 7 is not between 8 and 2047/],
			['a.so', { timeout: '-1' }, /--timeout: "-1" is not a number/],
			['a.so', { loglevel: '9' }, /--loglevel: 9 is not between 0 and 8/],
		] as const) {
			err = '';
			expect(await insmod(words, options), words).to.equal(code);
			expect(err).to.match(/^padata insmod: [^\n]*\n$/).and.match(message);
		}
		expect(booted).to.be.empty;
	});

	it('says why the machine does not boot', async () => {
		context = { ...context,
			boot: () => Promise.reject(new RangeError('boot: option quirks: unknown quirk "x"')) };
		expect(await insmod('a.so', { quirks: 'x' })).to.equal(2);
		expect(err).to.equal('padata insmod: boot: option quirks: unknown quirk "x"\n');
	});

	it('ends when nobody reads the log any more', async () => {
		when('insmod a', () => {
			process.stdout.emit('error', new Error('EPIPE'));
		});
		expect(await insmod('a.so')).to.equal(128 + 13);
		expect(machine.asked).to.deep.equal(['insmod a', 'rmmod a', 'shutdown']);
	});

	describe("the sanitizers' runtimes", () => {
		const module = (file: string,
			...needed: string[]): Parameters<typeof missing_runtime>[0][0] => ({ file,
				object: { needed } });

		it('are looked for among what a module is linked with and what the process has', () => {
			for (const [needed, mapped, name] of [
				[['libc.so.6'], [], undefined],
				[['libubsan.so.1', 'libasanity.so'], [], undefined],
				[['libc.so.6', 'libasan.so.8'], ['libc.so.6'], 'AddressSanitizer'],
				[['libtsan.so.2'], ['libasan.so.8.0.0'], 'ThreadSanitizer'],
				[['libasan.so.8'], ['libasan.so.8.0.0'], undefined],
				[['libclang_rt.asan-x86_64.so'], [], 'AddressSanitizer'],
				[['libclang_rt.tsan.so'], ['libclang_rt.tsan.so'], undefined],
			] as const)
				expect(
					missing_runtime([module('a.so', 'libm.so.6'), module('b.so', ...needed)], [
						...mapped,
					])?.name,
					needed.join(),
				).to.equal(name);
			expect(missing_runtime([module('a.so', 'libasan.so.8')])?.library).to.equal(
				'libasan.so.8',
			);
		});

		it('are not two in one process', () => {
			expect(() =>
				missing_runtime([module('a.so', 'libasan.so.8'), module('b.so', 'libtsan.so.2')],
					[])
			)
				.to.throw(OptionError,
					'b.so: is built for ThreadSanitizer, and a.so for AddressSanitizer: one process cannot have both');
		});

		it("are preloaded with options of theirs, and the user's behind", () => {
			const runtime = missing_runtime([module('a.so', 'libasan.so.none')], []) as Runtime;
			expect(environment_for(runtime, { HOME: '/x' })).to.deep.equal({ HOME: '/x',
				LD_PRELOAD: 'libasan.so.none', ASAN_OPTIONS: runtime.options });
			expect(
				environment_for(runtime, { LD_PRELOAD: 'a.so b.so',
					ASAN_OPTIONS: 'detect_leaks=1' }),
			)
				.to.deep.equal({ LD_PRELOAD: 'libasan.so.none:a.so b.so',
					ASAN_OPTIONS: `${runtime.options}:detect_leaks=1` });
			expect(() => environment_for(runtime, { LD_PRELOAD: 'libasan.so.none:a.so' })).to.throw(
				OptionError,
				/the runtime of AddressSanitizer, libasan\.so\.none, cannot be loaded/,
			);
		});

		it('the compiler knows where they are', function() {
			const found = environment_for(missing_runtime([module('a.so', 'libasan.so')], [])!,
				{})['LD_PRELOAD']!;
			if (!found.startsWith('/'))
				this.skip(); // no gcc, or without them
			expect(
				spawnSync(process.execPath, ['--eval', ''], {
					env: { ...process.env, LD_PRELOAD: found, ASAN_OPTIONS: 'detect_leaks=0' },
				}).status,
			).to.equal(0);
		});
	});

	it('a real signal ends a real process that waits', async () => {
		// The fake in a process of its own: its loop has nothing else to keep it.
		child = spawn(process.execPath, ['--input-type=module', '--eval', `
			import { insmod_command } from ${
			JSON.stringify(new URL('../../lib/cli/insmod/command.js', import.meta.url).href)
		};
			const machine = { on() {}, insmod() { console.log('loaded'); return Promise.resolve({ name: 'a' }); },
				rmmod() { console.log('unloaded'); return Promise.resolve(); }, shutdown() { return Promise.resolve(); } };
			process.exitCode = await insmod_command([${
			JSON.stringify(join(folder, 'a.so'))
		}], { quirks: 'none' },
				{ boot: () => Promise.resolve(machine), out: () => {}, err: console.error });
		`], { stdio: ['ignore', 'pipe', 'inherit'] });
		let text = '';
		child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
			text += chunk;
			if (text === 'loaded\n')
				child!.kill('SIGINT');
		});
		const [code] = await once(child, 'close') as [number | null];
		expect({ code, text }).to.deep.equal({ code: 130, text: 'loaded\nunloaded\n' });
	});
});
