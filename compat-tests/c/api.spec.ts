// SPDX-License-Identifier: GPL-2.0-only
//
// The C functions, each from every context that it may be called in (api/*.c): module_init's
// thread, a work item, parallel(), serial(), a timer, a kthread and a library's thread. One test
// for each file and context. Then: is a function forgotten? And what a kernel would not survive
// (api/misuse.c).
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import * as k from '../../lib/index.js';
import { INCLUDE } from '../../lib/cli/cc/flags.js';
import { parse_elf } from '../../lib/c/elf.js';
import { load_native } from '../../lib/machine/native.js';
import { source, Workshop } from '../support/c.js';

const workshop = new Workshop();
after(() => workshop.remove());

const folder = source('api');
const files = readdirSync(folder).filter((file) => file.endsWith('.c') && file !== 'misuse.c').map((
	file,
) => join(folder, file));

const CONTEXTS = ['init', 'work', 'parallel', 'serial', 'timer', 'kthread', 'foreign'];
const GROUPS: Readonly<Record<string, readonly string[]>> = {
	ALL: CONTEXTS,
	SLEEP: ['init', 'work', 'kthread', 'foreign'],
	ATOMIC: ['parallel', 'serial', 'timer'],
};

/** How many tests a file has for each context. */
function planned(file: string): Map<string, number> {
	const plan = new Map<string, number>();
	for (const [, where] of readFileSync(file, 'utf8').matchAll(/^TEST\(\w+, ([\w |]+)\)/gm))
		for (const name of where.split(' | '))
			for (const context of GROUPS[name] ?? [name.toLowerCase()])
				plan.set(context, (plan.get(context) ?? 0) + 1);
	return plan;
}

/** All records of the log, from now on. */
class Log {
	readonly lines: string[] = [];
	readonly reports: string[] = [];
	constructor(readonly machine: k.Machine) {
		machine.on('printk', ({ text }) => this.lines.push(text.replace(/\n$/, '')));
		machine.on('oops', ({ text }) => this.reports.push(text));
		machine.on('misuse', ({ text }) => this.reports.push(text));
	}
}

describe('c: each function in each context', function() {
	this.timeout(60_000);
	let log: Log;
	let left = NaN;

	before(async () => {
		const module = workshop.compile(files, { name: 'api', flags: ['-O0', '-g0'] });
		const m = await k.boot({ nr_cpus: 4, native: 'required' });
		log = new Log(m);
		const objects = k.slab_objects();
		// The log says which test did not come back.
		const watch = setTimeout(() => {
			throw new Error(`still running: ${log.lines.at(-1)}`);
		}, 50_000);
		try {
			await m.insmod(module);
			await m.rmmod('api');
			left = k.slab_objects() - objects;
		} finally {
			clearTimeout(watch);
			await m.shutdown();
		}
	});

	for (const file of files) {
		const subject = basename(file, '.c');
		for (const [context, tests] of planned(file))
			it(`${subject}: ${context}`, () => {
				expect(log.lines.filter((line) => line.startsWith(`not ok ${subject} ${context} `)))
					.to.deep.equal([]);
				expect(log.lines).to.include(`ok ${subject} ${context} ${tests}`);
			});
	}

	it('reports nothing else', () => {
		expect(log.reports).to.deep.equal([]);
	});

	it('leaves no object behind', () => {
		expect(left).to.equal(0);
	});

	it('prints what it was told', () => {
		for (const [i, name] of ['printk', 'vprintk', 'vprintk_emit', 'printk_deferred'].entries())
			expect(log.lines.filter((line) => line === `log: ${name} ${i + 1}`), name).to.have
				.length(CONTEXTS.length);
		expect(log.lines.filter((line) => line.startsWith('log: 00000000: 30 31 32 33'))).to.have
			.length(CONTEXTS.length);
		expect(log.lines.filter((line) => line.includes('log: warning 5'))).to.have.length(4);
	});
});

/** All functions that the headers declare and that are no part of the header: [header, function] */
function declared(): [header: string, name: string][] {
	const headers = readdirSync(INCLUDE, { recursive: true, encoding: 'utf8' }).filter((file) =>
		/^(?:linux|asm)\/.*\.h$/.test(file)
	).sort();
	const all = workshop.write('all.c', headers.map((file) => `#include <${file}>\n`).join(''));
	const list = join(workshop.folder, 'functions');
	const { status, stderr } = spawnSync('gcc', ['-std=gnu11', `-I${INCLUDE}`, '-fsyntax-only',
		'-aux-info', list, all], { encoding: 'utf8' });
	if (status !== 0)
		throw new Error(stderr);
	const found: [string, string][] = [];
	for (const line of readFileSync(list, 'utf8').split('\n')) {
		const m = /^\/\* (\S+?):\d+:NC \*\/ extern .*?\b(\w+) \(/.exec(line);
		if (m?.[1].startsWith(INCLUDE) === true)
			found.push([relative(INCLUDE, m[1]), m[2]]);
	}
	return found;
}

/** What the tests do not call, and why. */
const UNTESTED: Readonly<Record<string, string>> = {
	panic: 'does not return to a test',
};

describe('c: no function is forgotten', function() {
	this.timeout(20_000);
	let functions: [string, string][];

	before(function() {
		if (spawnSync('gcc', ['--version']).status !== 0)
			this.skip();
		functions = declared();
		expect(functions.length).to.be.greaterThan(500);
	});

	it('each is defined by the machine or by the C library', () => {
		const missing = load_native().native!.missingSymbols(
			[...new Set(functions.map(([, name]) => name))]
				// A module's own.
				.filter((name) => name !== 'padata_module_info'),
			[],
		);
		expect(missing).to.deep.equal([]);
	});

	it('each is called by a test', () => {
		const text = [...files, join(folder, 'misuse.c')].map((file) => readFileSync(file, 'utf8'))
			.join('\n');
		const called = new Set(text.match(/\b\w+(?=\s*\()/g));
		// By another name in the source: a macro's.
		for (const symbol of parse_elf(readFileSync(join(workshop.folder, 'api.so')), 'api.so')
			.undefined)
			called.add(symbol.name);
		const mentioned = new Set(text.match(/\b\w+\b/g));
		const forgotten = functions.filter(([, name]) =>
			!called.has(name)
			&& !(mentioned.has(name) && /_fn$|_function$|^bit_wait|^padata_tasklet/.test(name))
			&& !(name in UNTESTED)
		);
		expect(forgotten.map(([header, name]) => `${header}: ${name}`)).to.deep.equal([]);
	});

	it('each exception is one', () => {
		const names = functions.map(([, name]) => name);
		for (const name of Object.keys(UNTESTED))
			expect(names, name).to.include(name);
	});
});

/** What is reported, one record each: all of these in the text. */
const REPORTS: Readonly<Record<string, readonly (readonly string[])[]>> = {
	'wild parallel': [['parallel()', 'wild function pointer, 0x123456789abc']],
	'wild parallel of a static object': [['parallel()', 'wild function pointer, 0x123456789abc']],
	'null parallel': [['parallel()', 'JOB', 'NULL function pointer']],
	'null serial': [['serial()', 'JOB', 'NULL function pointer']],
	'null serial of a static object': [['serial()', 'NULL function pointer']],
	'serial twice': [['padata_do_serial', 'JOB', 'is not outstanding']],
	'serial of what was never submitted': [['padata_do_serial', 'JOB', 'is not outstanding']],
	'serial of a stack object that was never submitted': [['padata_do_serial', '0x',
		'is not outstanding']],
	'serial twice from a foreign thread': [['padata_do_serial', 'JOB', 'is not outstanding']],
	'submitted twice': [['padata_do_parallel', 'JOB', 'is in flight already']],
	'kfree in flight': [['kfree', 'JOB', 'is in flight']],
	'kfree of the stack': [['kfree', 'is not the address of an allocated object']],
	'sleep under a spinlock': [['sleeping function called from invalid context: msleep'], [
		'sleeping function called from invalid context: mutex_lock',
	]],
	'sleep in parallel': [
		['sleeping function called from invalid context: msleep'],
		['sleeping function called from invalid context: mutex_lock'],
		['mutex_unlock'],
	],
	'lock kept by parallel': [['preempt count leaked', '[misuse]']],
	'lock kept by serial': [['preempt count leaked', '[misuse]']],
	'lock kept by a work item': [['preempt count leaked', '[misuse]']],
	'timer left behind': [['a timer of the module that is unloaded is pending', '[misuse]']],
	'work left behind': [['a work item of the module that is unloaded is pending', '[misuse]']],
	'spinlock twice': [['spinlock recursion'], ['spinlock already unlocked'], [
		'preempt count leaked',
	]],
	'spinlock of nobody': [['spinlock already unlocked', 'which nobody holds']],
	'mutex twice': [['mutex_lock', 'which it holds already']],
	'mutex of nobody': [['mutex_unlock', 'which nobody holds']],
};

describe('c: what a kernel would not survive', function() {
	this.timeout(20_000);
	let m: k.Machine;
	let log: Log;
	let objects: number;
	let file: string;

	before(async () => {
		file = workshop.compile(join(folder, 'misuse.c'));
		m = await k.boot({ nr_cpus: 4, native: 'required' });
		objects = k.slab_objects();
	});
	beforeEach(() => {
		m.removeAllListeners();
		log = new Log(m);
	});
	after(() => m.shutdown());

	const load = (what: string): Promise<k.LoadedModule> => m.insmod(file, { what });
	const error_of = (doing: Promise<unknown>): Promise<string> =>
		doing.then(() => 'no error', (error: unknown) => (error as k.ModuleError).code);

	for (const [what, reports] of Object.entries(REPORTS))
		it(what, async () => {
			await load(what);
			await m.rmmod('misuse');
			// What has been reported last may still be on its way to the listeners.
			while (log.reports.length < reports.length)
				await new Promise((resolve) => {
					m.once('misuse', resolve);
					m.once('oops', resolve);
				});
			const job = /job 0?x?2?([0-9a-f]+)/.exec(
				log.lines.find((line) => line.startsWith('returned')) ?? '',
			)?.[1] ?? '?';
			expect(log.reports).to.have.length(reports.length);
			for (const [i, parts] of reports.entries())
				for (const part of parts)
					expect(log.reports[i]).to.include(
						part === 'JOB' ? job.replace(/^0+/, '') : part,
					);
			expect(log.lines.filter((line) => line.startsWith('not ok'))).to.deep.equal([]);
			expect(k.slab_objects()).to.equal(objects);
		});

	it('in flight: EBUSY; by force its exit function may end it', async () => {
		const module = await load('in flight');
		expect(module.jobs).to.equal(1);
		expect(await error_of(m.rmmod('misuse'))).to.equal('EBUSY');
		expect(m.modules()).to.have.length(1);
		await m.rmmod('misuse', { force: true });
		expect(m.modules()).to.deep.equal([]);
		expect(k.slab_objects()).to.equal(objects);
	});

	it('somebody has a reference: EBUSY', async () => {
		await load('holds itself');
		expect(await error_of(m.rmmod('misuse'))).to.equal('EBUSY');
		await m.rmmod('misuse', { force: true });
	});

	it('loaded twice: EEXIST', async () => {
		await load('');
		expect(await error_of(load(''))).to.equal('EEXIST');
		await m.rmmod('misuse');
		expect(await error_of(m.rmmod('misuse'))).to.equal('ENOENT');
	});

	it('init fails: nothing is left', async () => {
		expect(await error_of(load('fails'))).to.equal('ENODEV');
		expect(m.modules()).to.deep.equal([]);
		expect(k.slab_objects()).to.equal(objects);
	});

	it('a timer that outlives its module', async () => {
		await load('timer on the heap left behind');
		const fired = new Promise((resolve) => {
			m.once('oops', resolve);
		});
		await m.rmmod('misuse');
		await fired;
		expect(log.reports).to.have.length(1);
		expect(log.reports[0]).to.include('timer handler').and.to.include(
			'call of a wild function pointer',
		);
		expect(log.lines.filter((line) => line.startsWith('not ok'))).to.deep.equal([]);
		k.kfree(
			parseInt(
				/job 0?x?2?([0-9a-f]+)/.exec(
					log.lines.find((line) => line.startsWith('returned'))!,
				)![1],
				16,
			),
		);
		expect(k.slab_objects()).to.equal(objects);
	});

	it('loaded anew: its static data too', async () => {
		await load('');
		await m.rmmod('misuse');
		await load('');
		await m.rmmod('misuse');
		expect(log.lines.filter((line) => line.startsWith('not ok'))).to.deep.equal([]);
		expect(log.reports).to.deep.equal([]);
	});
});

describe("c: what the allocator's checks find", function() {
	this.timeout(20_000);

	it('kfree twice', async () => {
		const file = workshop.compile(join(folder, 'misuse.c'));
		const m = await k.boot({ nr_cpus: 2, native: 'required', debug: true });
		const log = new Log(m);
		const objects = k.slab_objects();
		await m.insmod(file, { what: 'kfree twice' });
		await m.rmmod('misuse');
		const left = k.slab_objects() - objects;
		await m.shutdown();
		expect(log.reports).to.have.length(1);
		expect(log.reports[0]).to.include('already free');
		expect(left).to.equal(0);
	});
});
