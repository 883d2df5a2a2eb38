// SPDX-License-Identifier: GPL-2.0-only
//
// The table of JS modules that the threads of a machine load. It lies in shared memory, so that a
// CPU that comes up later loads them too, and no message is sent. Every thread gives the functions
// of a module the same numbers.
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_store, bytes_at, load, READ_ONCE,
	store } from './memory.js';
import { bss, per_thread } from './layout.js';
import { forget_module_functions, install_function, KernelFunction,
	MODULE_FUNCTIONS } from './function.js';
import { relax, wake_up } from './park.js';
import { on_detach, this_cpu, this_thread_ptr } from './thread.js';

const TABLE_SIZE = 64 * 1024;
/**
 * [lock, number of modules, bytes used, next function number] and then the records:
 * [bytes of text, a CPU that could not load it + 1, text]
 */
const TABLE = bss(TABLE_SIZE, 128);
const RECORDS = TABLE + 128;
/** How many modules this thread has loaded, or tried to. */
export const LOADED = per_thread(4);
/** Changes whenever a thread has loaded (or failed to load) one. */
export const PROGRESS = bss(4);
const FAILURE_SIZE = 8192;
/** Why the last module could not be loaded on a CPU: [its number + 1, bytes of text, text] */
const FAILURE = bss(FAILURE_SIZE);

/**
 * A module of the table. `failed` is the address of the word that says which CPU could not load it.
 */
export interface ModuleRecord {
	readonly url: string;
	readonly base: number;
	readonly names: readonly string[];
	readonly failed: number;
}

/** An exception as it goes from one thread to another. */
interface FailureText {
	readonly name: string;
	readonly message: string;
	readonly stack: string;
}

function lock_table(): void {
	for (let turns = 0; atomic_cmpxchg(TABLE, 0, 1) !== 0; turns++)
		relax(turns);
}

/** On a CPU: keep why a module could not be loaded. */
function note_failure(index: number, error: unknown): void {
	const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
	const whole: FailureText = { name, message: message.slice(0, 1000),
		stack: stack.slice(0, 1500) };
	// A character is up to 6 bytes of JSON with escapes.
	let text = Buffer.from(JSON.stringify(whole));
	if (text.length > FAILURE_SIZE - 8)
		text = Buffer.from(JSON.stringify({ ...whole, stack: '' }));
	lock_table();
	store(FAILURE, index + 1);
	store(FAILURE + 4, text.length);
	bytes_at(FAILURE + 8, text.length).set(text);
	atomic_store(TABLE, 0);
}

/** Why a module could not be loaded on a CPU; undefined if another one's failure came later. */
export function failure_of(index: number): Error | undefined {
	lock_table();
	try {
		if (load(FAILURE) !== index + 1)
			return undefined;
		const text = Buffer.from(bytes_at(FAILURE + 8, load(FAILURE + 4)).slice()).toString();
		const { name, message, stack } = JSON.parse(text) as FailureText;
		const error = new Error(message);
		// As it was on the CPU's thread.
		Object.defineProperties(error, { name: { value: name }, stack: { value: stack } });
		return error;
	} finally {
		atomic_store(TABLE, 0);
	}
}

/** This thread's copy of the table. */
export const records: ModuleRecord[] = [];
on_detach(() => {
	// A CPU whose thread retires may get another one.
	store(this_thread_ptr(LOADED), 0);
	records.length = 0;
	forget_module_functions();
});

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
			records.push({
				...JSON.parse(Buffer.from(bytes_at(at + 8, bytes).slice()).toString()) as Omit<
					ModuleRecord,
					'failed'
				>,
				failed: at + 4,
			});
		at += 8 + (bytes + 3 & ~3);
	}
}

function install(record: ModuleRecord, namespace: Readonly<Record<string, unknown>>): void {
	record.names.forEach((name, i) => {
		const fn = namespace[name];
		if (typeof fn !== 'function')
			throw new TypeError(
				`padata: module ${record.url}: export ${name} is not a function on this thread`,
			);
		install_function(record.base + i, name, fn as KernelFunction);
	});
}

/**
 * Load every module of the machine that this thread lacks. On a CPU a failure is kept for
 * load_module() to report.
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
			if (this_cpu() >= 0 && !starting) {
				// load_module() tells it.
				note_failure(n, error);
				atomic_store(records[n].failed, this_cpu() + 1);
			} else
				console.error(`padata: cpu ${this_cpu()}: cannot load module ${records[n].url}:`,
					error);
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
		throw new RangeError(
			'padata: the table of loaded modules is full (64 KiB of URLs and names)',
		);
	store(RECORDS + used, text.length);
	bytes_at(RECORDS + used + 8, text.length).set(text);
	store(TABLE + 8, used + size);
	store(TABLE + 12, load(TABLE + 12) + names.length);
	// The count publishes the record: an atomic store after it is complete.
	atomic_store(TABLE + 4, load(TABLE + 4) + 1);
}

/** Put a module into the table, unless it is there. */
export function add_module(url: string, names: readonly string[]): void {
	lock_table();
	try {
		read_table();
		if (!records.some((record) => record.url === url))
			append(url, names);
	} finally {
		atomic_store(TABLE, 0);
	}
}
