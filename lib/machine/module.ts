// SPDX-License-Identifier: GPL-2.0-only
//
// Modules: JS modules whose exported functions become kernel function pointers. A module is loaded by URL on every CPU;
// its functions get the same numbers everywhere. The list of modules lies in shared memory, so a CPU that comes up later
// loads them too, and no message is sent.
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_store, bytes_at, load, READ_ONCE, store } from './memory.js';
import { bss, machine_field, per_thread } from './layout.js';
import { forget_module_functions, install_function, KernelFunction, MODULE_FUNCTIONS } from './function.js';
import { load_native } from './native.js';
import { kick, relax, sleep_on_async, wake_up } from './park.js';
import { cpu_thread_status } from './processor.js';
import { attached, on_detach, this_cpu, this_thread_ptr, thread_ptr } from './thread.js';

const TABLE_SIZE = 64 * 1024;
/**
 * [lock, number of modules, bytes used, next function number] and then the records:
 * [bytes of text, a CPU that could not load it + 1, text]
 */
const TABLE = bss(TABLE_SIZE, 128);
const RECORDS = TABLE + 128;
/** How many modules this thread has loaded, or tried to. */
const LOADED = per_thread(4);
/** Changes whenever a thread has loaded (or failed to load) one. */
const PROGRESS = bss(4);

interface Record_ { readonly url: string; readonly base: number; readonly names: readonly string[]; readonly failed: number }

const records: Record_[] = [];
on_detach(() => {
	// A CPU whose thread retires may get another one.
	store(this_thread_ptr(LOADED), 0);
	records.length = 0;
	forget_module_functions();
});

/** The numbers of a module's exported functions, by name; store them in function-pointer fields. */
export type ModuleFunctions = Readonly<Record<string, number>>;

/** Is there a module that this thread has not loaded yet? */
export function modules_pending(): boolean {
	return READ_ONCE(TABLE + 4) > load(this_thread_ptr(LOADED));
}

/** Bring the local copy of the table up to date. */
function read_table(): void {
	const count = atomic_load(TABLE + 4);
	let at = RECORDS;
	for (let i = 0; i < count; i++) {
		const bytes = load(at);
		if (i >= records.length)
			records.push({ ...JSON.parse(Buffer.from(bytes_at(at + 8, bytes).slice()).toString()) as Omit<Record_, 'failed'>, failed: at + 4 });
		at += 8 + (bytes + 3 & ~3);
	}
}

function install(record: Record_, namespace: Readonly<Record<string, unknown>>): void {
	record.names.forEach((name, i) => {
		const fn = namespace[name];
		if (typeof fn !== 'function')
			throw new TypeError(`padata: module ${record.url}: export ${name} is not a function on this thread`);
		install_function(record.base + i, name, fn as KernelFunction);
	});
}

/**
 * Load every module of the machine that this thread lacks. On a CPU a failure is kept for load_module() to report.
 * @param starting of a CPU that comes later: the failure is that it does not come
 * @returns have all been loaded?
 */
export async function load_pending_modules(starting = false): Promise<boolean> {
	const loaded = this_thread_ptr(LOADED);
	let all = true;
	while (modules_pending()) {
		read_table();
		const n = load(loaded);
		try {
			install(records[n], await import(records[n].url) as Record<string, unknown>);
		} catch (error) {
			all = false;
			if (this_cpu() >= 0 && !starting)
				atomic_store(records[n].failed, this_cpu() + 1);
			console.error(`padata: cpu ${this_cpu()}: cannot load module ${records[n].url}:`, error);
		}
		atomic_store(loaded, n + 1);
		atomic_fetch_add(PROGRESS, 1);
		wake_up(PROGRESS);
	}
	return all;
}

function append(url: string, names: readonly string[]): void {
	const used = load(TABLE + 8);
	const base = MODULE_FUNCTIONS + load(TABLE + 12);
	const text = Buffer.from(JSON.stringify({ url, base, names }));
	const size = 8 + (text.length + 3 & ~3);
	if (128 + used + size > TABLE_SIZE)
		throw new RangeError('padata: the table of loaded modules is full (64 KiB of URLs and names)');
	store(RECORDS + used, text.length);
	bytes_at(RECORDS + used + 8, text.length).set(text);
	store(TABLE + 8, used + size);
	store(TABLE + 12, load(TABLE + 12) + names.length);
	// The count publishes the record: an atomic store after it is complete.
	atomic_store(TABLE + 4, load(TABLE + 4) + 1);
}

/**
 * Load a JS module on all CPUs and on this thread, and give its exported functions their numbers. Loading it again
 * returns the same numbers.
 * @param url absolute URL of the module; it must export the same functions on every thread
 * @throws Error if this thread has no machine, if the module cannot be loaded here or on a CPU, or exports no function
 */
export async function load_module(url: string | URL): Promise<ModuleFunctions> {
	if (!attached)
		throw new Error('padata: load_module: no machine is booted');
	const href = String(url);
	if (!/^[a-z]+:/.test(href))
		throw new TypeError(`padata: load_module: url "${href}" is not absolute; use new URL("./jobs.js", import.meta.url)`);
	const namespace = await import(href) as Record<string, unknown>;
	const names = Object.keys(namespace).filter((name) => typeof namespace[name] === 'function').sort();
	if (names.length === 0)
		throw new TypeError(`padata: load_module: ${href} exports no function`);

	for (let turns = 0; atomic_cmpxchg(TABLE, 0, 1) !== 0; turns++)
		relax(turns);
	try {
		read_table();
		if (!records.some((record) => record.url === href))
			append(href, names);
	} finally {
		atomic_store(TABLE, 0);
	}
	load_native().native?.cCallAttention();
	await load_pending_modules();
	const index = records.findIndex((record) => record.url === href);
	await loaded_everywhere(index);
	const record = records[index];
	return Object.freeze(Object.fromEntries(record.names.map((name, i) => [name, record.base + i])));
}

async function loaded_everywhere(index: number): Promise<void> {
	const nr_cpu_ids = load(machine_field('nr_cpu_ids'));
	for (;;) {
		const seen = atomic_load(PROGRESS);
		let missing = 0;
		for (let cpu = 0; cpu < nr_cpu_ids; cpu++) {
			const state = cpu_thread_status(cpu).state;
			if (state !== 1 && state !== 2)
				continue;
			if (READ_ONCE(thread_ptr(LOADED, cpu)) <= index) {
				missing++;
				kick(cpu);
			}
		}
		const failed = atomic_load(records[index].failed);
		if (failed !== 0)
			throw new Error(`padata: load_module: ${records[index].url} cannot be loaded on CPU ${failed - 1}; the reason is on stderr`);
		if (missing === 0)
			return;
		await sleep_on_async(PROGRESS, seen, 100);
	}
}
