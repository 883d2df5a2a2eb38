// SPDX-License-Identifier: GPL-2.0-only
//
// A booted machine for a test: with_machine() for one test, use_machine() for all of a describe
// block. Both look after what a test leaves behind: memory, records on the kernel log that nobody
// expected, threads.
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { atomic_load, atomic_store, boot, BootOptions, kfree, kzalloc, LogRecord, Machine,
	percpu_in_use, slab_objects, sleep_on, sleep_on_async, wake_up } from '../../lib/index.js';
import { xorshift } from './random.js';

/** An event that does not come is a failure and not a hang. */
const TOO_LONG = 8000;

/** A seed for a random test: SEED, or a new one. It is printed. */
export function seed_of(test: string): number {
	const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
	console.log(`      ${test}: SEED=${seed}`);
	return seed;
}

/** A generator of numbers 0 .. below-1. */
export function random_of(seed: number): (below: number) => number {
	let x = seed ^ 0x9e3779b9 || 1;
	return (below) => {
		x = xorshift(x);
		return (x >>> 0) % below;
	};
}

/**
 * Sleep until *addr is as wanted; this thread's event loop stands still meanwhile.
 * @returns the value
 */
export function until(addr: number, wanted: (value: number) => boolean, what = 'an event'): number {
	const end = performance.now() + TOO_LONG;
	for (;;) {
		const value = atomic_load(addr);
		if (wanted(value))
			return value;
		if (performance.now() > end)
			throw new Error(`${what} did not come; the word is ${value}`);
		sleep_on(addr, value, end - performance.now() + 1);
	}
}

/** As until(), with a running event loop. */
export async function until_async(addr: number, wanted: (value: number) => boolean,
	what = 'an event'): Promise<number>
{
	const end = performance.now() + TOO_LONG;
	for (;;) {
		const value = atomic_load(addr);
		if (wanted(value))
			return value;
		if (performance.now() > end)
			throw new Error(`${what} did not come; the word is ${value}`);
		await sleep_on_async(addr, value, end - performance.now() + 1);
	}
}

/** Set a word, and wake who sleeps on it. */
export function set(addr: number, value = 1): void {
	atomic_store(addr, value);
	wake_up(addr);
}

/** Names of this process's threads. */
export function thread_names(): string[] {
	const names: string[] = [];
	for (const tid of readdirSync('/proc/self/task'))
		try {
			names.push(readFileSync(`/proc/self/task/${tid}/comm`, 'utf8').trim());
		} catch {
			// It has just ended.
		}
	return names;
}

export function expect_no_threads(): void {
	expect(thread_names().filter((name) => /^cpu\/|^async|^kthread|^sysfs/.test(name)),
		'threads left').to.deep.equal([]);
}

/** Is a record something that only a test which expects it may see? */
const is_trouble = (record: LogRecord): boolean =>
	record.kind === 'oops' || record.kind === 'misuse'
	|| record.kind === 'printk' && record.level <= 4;

export class TestMachine {
	/** Numbers of the functions of the loaded modules. */
	fn: Record<string, number> = {};
	#slab = 0;
	#percpu = 0;
	#log = 0;
	#expected: RegExp[] = [];
	#objects: number[] = [];
	#at_end: (() => void)[] = [];

	constructor(readonly machine: Machine) {
		machine.on('oops', () => undefined);
		machine.on('misuse', () => undefined);
		this.begin();
	}

	async load(...urls: readonly string[]): Promise<void> {
		for (const url of urls)
			Object.assign(this.fn, await this.machine.load_module(url));
	}

	/** Zeroed memory until the end of the test. */
	alloc(size: number): number {
		const at = kzalloc(size);
		expect(at, `kzalloc(${size})`).not.to.equal(0);
		this.#objects.push(at);
		return at;
	}

	/**
	 * Do this at the end of the test, before it is looked what is left; what came last is done
	 * first.
	 */
	at_end(fn: () => void): void {
		this.#at_end.push(fn);
	}

	/** The log gets records of trouble that match these, each at least one. */
	expect_log(...patterns: readonly RegExp[]): void {
		this.#expected.push(...patterns);
	}

	/** Records since the test began. */
	log(): LogRecord[] {
		return this.machine.dmesg(this.#log);
	}

	trouble(): string[] {
		return this.log().filter(is_trouble).map(({ text }) => text);
	}

	begin(): void {
		this.#slab = slab_objects();
		this.#percpu = percpu_in_use();
		this.#log = (this.machine.dmesg().at(-1)?.seq ?? -1) + 1;
		this.#expected = [];
		this.#objects = [];
	}

	end(): void {
		for (const fn of this.#at_end.splice(0).reverse())
			fn();
		for (const at of this.#objects)
			kfree(at);
		const trouble = this.trouble();
		const unexpected = trouble.filter((text) =>
			!this.#expected.some((pattern) => pattern.test(text))
		);
		expect(unexpected, 'on the kernel log').to.deep.equal([]);
		for (const pattern of this.#expected)
			expect(trouble.some((text) => pattern.test(text)),
				`${String(pattern)} on the kernel log, where there is: ${
					trouble.map((text) => text.split('\n')[0]).join('\n')
				}`).to.equal(true);
		expect(slab_objects() - this.#slab, 'objects not freed').to.equal(0);
		expect(percpu_in_use() - this.#percpu, 'percpu granules not freed').to.equal(0);
	}
}

/** Boot, run, shut down; then see that all is as it was. */
export async function with_machine(options: BootOptions,
	run: (t: TestMachine) => Promise<void> | void): Promise<void>
{
	const t = new TestMachine(await boot(options));
	try {
		await run(t);
		t.end();
	} finally {
		await t.machine.shutdown();
	}
	expect_no_threads();
}

/** One machine for the tests of a describe block; every test is looked after by itself. */
export function use_machine(options: BootOptions, ...urls: readonly string[]): () => TestMachine {
	let t: TestMachine | undefined;
	before(async () => {
		t = new TestMachine(await boot(options));
		await t.load(...urls);
	});
	beforeEach(() => t!.begin());
	afterEach(() => t!.end());
	after(async () => {
		await t?.machine.shutdown();
		expect_no_threads();
	});
	return () => t!;
}

/** URL of a module of jobs in this folder. */
export function jobs(name: string): string {
	return new URL(`./${name}.jobs.js`, import.meta.url).href;
}
