// SPDX-License-Identifier: GPL-2.0-only
//
// Modules: JS modules whose exported functions become kernel function pointers. load_module() puts
// a module into the table (module-table.ts), and waits until every CPU has loaded it.
import { atomic_load, load, READ_ONCE, why_no_machine } from './memory.js';
import { machine_field } from './layout.js';
import { add_module, failure_of, load_pending_modules, LOADED, PROGRESS,
	records } from './module-table.js';
import { load_native } from './native.js';
import { kick, sleep_on_async } from './park.js';
import { cpu_thread_status, CpuState } from './processor.js';
import { attached, thread_ptr } from './thread.js';

/**
 * The numbers of a module's exported functions, by name; store them in function-pointer fields.
 * `ModuleFunctions<typeof import('./jobs.js')>` has the names of exactly those functions.
 */
export type ModuleFunctions<Exports = unknown> = Readonly<
	Record<unknown extends Exports ? string : FunctionNames<Exports>, number>
>;
type FunctionNames<Exports> = {
	[Name in keyof Exports]: Exports[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Exports];

/**
 * Load a JS module on all CPUs and on this thread, and give its exported functions their numbers.
 * Loading it again returns the same numbers.
 * With the type of the module, `load_module<typeof import('./jobs.js')>(url)`, TypeScript knows the
 * names.
 * @param url absolute URL of the module; it must export the same functions on every thread
 * @throws Error if this thread has no machine, if the module cannot be loaded here or on a CPU
 *   (then `cause` is what was thrown there), or exports no function
 */
export async function load_module<Exports = unknown>(
	url: string | URL,
): Promise<ModuleFunctions<Exports>> {
	if (!attached)
		throw new Error(`padata: load_module: ${why_no_machine()}`);
	const href = String(url);
	if (!/^[a-z]+:/.test(href))
		throw new TypeError(
			`padata: load_module: url "${href}" is not absolute; use new URL("./jobs.js", import.meta.url)`,
		);
	const namespace = await import(href) as Record<string, unknown>;
	const names = Object.keys(namespace).filter((name) => typeof namespace[name] === 'function')
		.sort();
	if (names.length === 0)
		throw new TypeError(`padata: load_module: ${href} exports no function`);

	add_module(href, names);
	load_native().native?.cCallAttention();
	await load_pending_modules();
	const index = records.findIndex((record) => record.url === href);
	await loaded_everywhere(index);
	const record = records[index];
	const numbers = Object.fromEntries(record.names.map((name, i) => [name, record.base + i]));
	// Without a prototype: what the module does not export is undefined, "constructor" too.
	return Object.freeze(Object.setPrototypeOf(numbers, null) as ModuleFunctions<Exports>);
}

async function loaded_everywhere(index: number): Promise<void> {
	const nr_cpu_ids = load(machine_field('nr_cpu_ids'));
	for (;;) {
		const seen = atomic_load(PROGRESS);
		let missing = 0;
		for (let cpu = 0; cpu < nr_cpu_ids; cpu++) {
			const state = cpu_thread_status(cpu).state;
			if (state !== CpuState.starting && state !== CpuState.running)
				continue;
			if (READ_ONCE(thread_ptr(LOADED, cpu)) <= index) {
				missing++;
				kick(cpu);
			}
		}
		const failed = atomic_load(records[index].failed);
		if (failed !== 0) {
			const cause = failure_of(index);
			throw new Error(
				`padata: load_module: ${records[index].url} cannot be loaded on CPU ${
					failed - 1
				}: ${cause?.message ?? 'another module has failed since'}`,
				{ cause },
			);
		}
		if (missing === 0)
			return;
		await sleep_on_async(PROGRESS, seen, 100);
	}
}
