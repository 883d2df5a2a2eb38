// SPDX-License-Identifier: GPL-2.0-only
//
// The addon: what it says and does is compared with what the kernel says under /proc.
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, rmSync,
	writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

import { load_native, platform, type Native } from '../../lib/machine/native.js';
import type { Report } from './native.worker.js';

const EINVAL = 22;
const ESRCH = 3;

/** The numbers in a list such as 0-3,8. */
function cpus_in(list: string): number[] {
	return list.trim().split(',').flatMap((range) => {
		const [first = NaN, last = first] = range.split('-').map(Number);
		return Array.from({ length: last - first + 1 }, (_, i) => first + i);
	});
}

/** The CPUs that the kernel allows a thread, from /proc. */
function allowed(tid: number): number[] {
	const status = readFileSync(`/proc/self/task/${tid}/status`, 'utf8');
	return cpus_in(/^Cpus_allowed_list:(.*)$/m.exec(status)?.[1] ?? '');
}

/** Run a loader in a process of its own and return what it found. */
function load_in_child(env: NodeJS.ProcessEnv,
	loader = new URL('../../lib/machine/native.js', import.meta.url))
{
	const script = `
		import { load_native } from ${JSON.stringify(loader.href)};
		const { native, error } = load_native();
		console.log(JSON.stringify({ found: native !== null, error }));
	`;
	const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
		encoding: 'utf8',
		env: { ...process.env, PADATA_NATIVE: '', ...env },
	});
	return JSON.parse(output) as { found: boolean; error: string | null };
}

describe('native: the addon', () => {
	let native: Native;
	let main: number;
	let initial: number[];

	before(() => {
		const loaded = load_native();
		if (loaded.native === null)
			throw new Error(loaded.error);
		native = loaded.native;
		main = native.gettid();
		initial = native.getAffinity();
	});

	afterEach(() => {
		expect(native.setAffinity(initial)).to.equal(0);
	});

	describe('affinity', () => {
		it('reads the CPUs of the calling thread', () => {
			expect(native.getAffinity()).to.deep.equal(allowed(main)).and.not.to.be.empty;
		});

		it('pins to each allowed CPU, and the thread then runs there', () => {
			for (const cpu of initial) {
				expect(native.pin(cpu)).to.equal(0);
				expect(native.getAffinity()).to.deep.equal([cpu]);
				expect(native.currentCpu()).to.equal(cpu);
				expect(allowed(main)).to.deep.equal([cpu]);
			}
		});

		it('unpins', () => {
			expect(native.pin(initial[0])).to.equal(0);
			expect(native.setAffinity(initial)).to.equal(0);
			expect(allowed(main)).to.deep.equal(initial);
		});

		it('answers -EINVAL for a CPU that is absent, and leaves the thread where it was', () => {
			const absent =
				Math.max(...cpus_in(readFileSync('/sys/devices/system/cpu/possible', 'utf8'))) + 1;
			for (const cpu of [absent, 8192, 2 ** 20 - 1, 2 ** 20, 2 ** 31, 2 ** 53, -1])
				expect(native.pin(cpu), `cpu ${cpu}`).to.equal(-EINVAL);
			expect(native.setAffinity([])).to.equal(-EINVAL);
			expect(native.setAffinity([absent, 100_000])).to.equal(-EINVAL);
			expect(native.setAffinity([initial[0], -1])).to.equal(-EINVAL);
			expect(native.getAffinity()).to.deep.equal(initial);
		});

		it('drops absent CPUs from a list that has a present one', () => {
			expect(native.setAffinity([100_000, initial[0]])).to.equal(0);
			expect(native.getAffinity()).to.deep.equal([initial[0]]);
		});

		it('reads other threads, by thread id', () => {
			expect(native.getAffinityOf(main)).to.deep.equal(initial);
			expect(native.pin(initial[0])).to.equal(0);
			expect(native.getAffinityOf(main)).to.deep.equal([initial[0]]);
			for (const tid of [0, -1, 2 ** 31 - 1, 2 ** 31, 2 ** 53])
				expect(native.getAffinityOf(tid), `tid ${tid}`).to.equal(-ESRCH);
		});
	});

	describe('affinity of any thread', () => {
		it('is set by thread id', () => {
			for (const cpu of initial) {
				expect(native.setAffinityOf(main, [cpu])).to.equal(0);
				expect(allowed(main)).to.deep.equal([cpu]);
			}
			expect(native.setAffinityOf(main, [100_000])).to.equal(-EINVAL);
			expect(native.setAffinityOf(main, [-1])).to.equal(-EINVAL);
			for (const tid of [0, -1, 2 ** 31 - 1, 2 ** 31, 2 ** 53])
				expect(native.setAffinityOf(tid, initial), `tid ${tid}`).to.equal(-ESRCH);
			expect(() => native.setAffinityOf('1' as never, initial)).to.throw(TypeError,
				'tid must be an integer');
			expect(() => native.setAffinityOf(main, 1 as never)).to.throw(TypeError,
				'cpus must be an array of integers');
			expect(() => native.setAffinityOf(main, [0.5])).to.throw(TypeError,
				'cpus must be an array of integers');
			expect(native.getAffinity()).to.deep.equal(initial.slice(-1));
		});
	});

	describe('the thread', () => {
		it('knows its id', () => {
			expect(main).to.equal(process.pid);
		});

		it('is on a CPU it may run on', () => {
			expect(initial).to.include(native.currentCpu());
		});

		it('takes a name of up to 15 bytes', () => {
			const name = native.getThreadName();
			try {
				for (const [given, taken] of [
					['cpu/0', 'cpu/0'],
					['123456789012345', '123456789012345'],
					['1234567890123456', '123456789012345'],
					['up to\0here', 'up to'],
					['', ''],
				] as const) {
					expect(native.setThreadName(given)).to.equal(0);
					expect(native.getThreadName()).to.equal(taken);
					expect(readFileSync(`/proc/self/task/${main}/comm`, 'utf8')).to.equal(
						`${taken}\n`,
					);
				}
			} finally {
				native.setThreadName(name);
			}
		});

		it('yields', () => {
			native.schedYield();
		});
	});

	describe('memory', () => {
		it('has one address, whichever view it is asked through', () => {
			const memory = new SharedArrayBuffer(4096);
			const base = native.memoryBase(new Int32Array(memory));
			expect(base).to.be.a('bigint');
			expect(base > 0n).to.equal(true);
			expect(native.memoryBase(new Uint8Array(memory))).to.equal(base);
			expect(native.memoryBase(new Uint8Array(memory, 100, 1))).to.equal(base);
			expect(native.memoryBase(new Int32Array(memory, 4096))).to.equal(base);
		});

		it('is found where the address says', () => {
			const memory = new SharedArrayBuffer(4096);
			const bytes = new Uint8Array(memory);
			bytes.set([0x70, 0x61, 0x64, 0x61, 0x74, 0x61], 8);
			const file = openSync('/proc/self/mem', 'r');
			try {
				const read = Buffer.alloc(6);
				readSync(file, read, { position: native.memoryBase(bytes) + 8n });
				expect(read.toString()).to.equal('padata');
			} finally {
				closeSync(file);
			}
		});
	});

	it('refuses arguments of a wrong type, and names them', () => {
		const any = native as unknown as Record<string, (...args: unknown[]) => unknown>;
		const wrong: [string, unknown[], RegExp][] = [
			['pin', [], /^cpu must be an integer$/],
			['pin', ['0'], /^cpu must/],
			['pin', [0.5], /^cpu must/],
			['pin', [NaN], /^cpu must/],
			['pin', [Infinity], /^cpu must/],
			['pin', [0n], /^cpu must/],
			['setAffinity', [], /^cpus must be an array of integers$/],
			['setAffinity', [0], /^cpus must/],
			['setAffinity', [[0, '1']], /^cpus must/],
			['setAffinity', [new Array(3)], /^cpus must/],
			['getAffinityOf', [], /^tid must be an integer$/],
			['getAffinityOf', [null], /^tid must/],
			['setThreadName', [], /^name must be a string$/],
			['setThreadName', [1], /^name must/],
			['memoryBase', [], /^view must be a typed array$/],
			['memoryBase', [new SharedArrayBuffer(8)], /^view must/],
			['memoryBase', [new DataView(new ArrayBuffer(8))], /^view must/],
		];
		for (const [name, args, message] of wrong)
			expect(() => any[name](...args), `${name}(${args.map(String).join()})`).to.throw(
				TypeError,
				message,
			);
		expect(native.getAffinity()).to.deep.equal(initial);
	});

	it('passes on what a list throws', () => {
		const list = [0];
		Object.defineProperty(list, 0, { get: () => {
			throw new RangeError('thrown by the list');
		} });
		expect(() => native.setAffinity(list)).to.throw(RangeError, 'thrown by the list');
	});

	it('works on each thread by itself', async () => {
		const memory = new SharedArrayBuffer(4096);
		const cpus = [initial[0], initial.at(-1)!];
		const reports = await Promise.all(cpus.map(async (cpu, i) => {
			const worker = new Worker(new URL('./native.worker.js', import.meta.url), {
				workerData: { cpu, name: `cpu/${i}`, memory },
			});
			const exited = once(worker, 'exit');
			const [report] = await once(worker, 'message') as [Report];
			expect(await exited).to.deep.equal([0]);
			return report;
		}));
		reports.forEach((report, i) => {
			expect(report).to.include({ pinned: 0, cpu: cpus[i], named: 0, name: `cpu/${i}` });
			expect(report.affinity).to.deep.equal([cpus[i]]);
			expect(report.base).to.equal(native.memoryBase(new Int32Array(memory)));
		});
		expect(new Set([main, ...reports.map(({ tid }) => tid)]).size).to.equal(3);
		expect(native.getAffinity(), 'the main thread').to.deep.equal(initial);
	});
});

describe('native: the loader', () => {
	it('finds the addon once for each thread', () => {
		expect(load_native()).to.equal(load_native());
		expect(load_in_child({})).to.deep.equal({ found: true, error: null });
	});

	it('names the folder of prebuilt addons after machine and C library', () => {
		expect(platform()).to.match(new RegExp(`^linux(musl)?-${process.arch}$`));
	});

	it('finds none with PADATA_NATIVE=off', () => {
		expect(load_in_child({ PADATA_NATIVE: 'off' })).to.deep.equal({
			found: false,
			error: 'the addon is switched off by PADATA_NATIVE=off',
		});
	});

	describe('in an installed package', () => {
		const built = fileURLToPath(new URL('../../../build/Release/padata.node', import.meta.url));
		const prebuilt = `prebuilds/${platform()}/padata.node`;
		let root: string;

		beforeEach(() => {
			root = mkdtempSync(join(tmpdir(), 'padata-native-'));
			put('package.json', '{ "type": "module" }');
			put('dist/lib/machine/native.js',
				readFileSync(new URL('../../lib/machine/native.js', import.meta.url)));
		});

		afterEach(() => {
			rmSync(root, { recursive: true });
		});

		function put(path: string, content: string | Buffer): void {
			mkdirSync(dirname(join(root, path)), { recursive: true });
			writeFileSync(join(root, path), content);
		}

		function load() {
			return load_in_child({}, pathToFileURL(join(root, 'dist/lib/machine/native.js')));
		}

		it('takes the prebuilt addon', () => {
			put(prebuilt, readFileSync(built));
			expect(load()).to.deep.equal({ found: true, error: null });
		});

		it('takes the next one if one cannot be loaded', () => {
			put('build/Release/padata.node', 'not an addon');
			put(prebuilt, readFileSync(built));
			expect(load()).to.deep.equal({ found: true, error: null });
		});

		it('says where it looked and why that failed', () => {
			put('build/Release/padata.node', 'not an addon');
			const { found, error } = load();
			expect(found).to.equal(false);
			expect(error).to.match(
				/^no addon: build\/Release\/padata\.node cannot be loaded \(.+\), /,
			)
				.and.include(`, ${prebuilt} does not exist`).and.not.include('\n');
		});
	});
});
