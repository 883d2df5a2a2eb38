// SPDX-License-Identifier: GPL-2.0-only
//
// Loading and unloading of C modules: shared libraries whose source includes include/linux/*.h.
// What is wrong with one is said before anything of it runs. Its init and exit functions run on an
// async thread, which may sleep, so the calling thread's event loop goes on.
import type { LibraryHandle } from 'koffi';
import { basename, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { getSystemErrorName } from 'node:util';
import { machine_field } from '../machine/layout.js';
import { atomic_fetch_add, load } from '../machine/memory.js';
import { load_native, Native } from '../machine/native.js';
import { kernel_function } from '../machine/function.js';
import { ElfError, read_elf, SharedObject } from './elf.js';

/** A module could not be loaded or unloaded. */
export class ModuleError extends Error {
	/**
	 * @param code by name: ENOEXEC (no module for this machine), ENOENT (no such file, no such
	 * module, no such parameter, or a symbol is missing), EEXIST (it is loaded), EBUSY (objects of
	 * it are in flight), ENOSYS (the addon is missing), or what its init function returned
	 * @param missing the symbols that nothing defines
	 */
	constructor(message: string, readonly code: string, readonly errno: number,
		readonly missing: readonly string[] = [])
	{
		super(message);
		this.name = 'ModuleError';
	}
}

export interface LoadedModule {
	readonly name: string;
	/** Its absolute path. */
	readonly file: string;
	/** Objects that it has in flight. */
	readonly jobs: number;
}

export type ModuleParams = Readonly<Record<string, string | number | boolean>> | readonly string[];

class Module implements LoadedModule {
	constructor(readonly name: string, readonly file: string, readonly library: LibraryHandle,
		readonly index: number, readonly exit: bigint, readonly exports: ReadonlySet<string>,
		readonly uses: readonly Module[], private readonly native: Native)
	{}

	get jobs(): number {
		return this.native.moduleJobs(this.index);
	}
}

const ERRNO: Readonly<Record<string, number>> = { ENOENT: 2, ENOEXEC: 8, EBUSY: 16, EEXIST: 17,
	EINVAL: 22, ENOSYS: 38 };

function refuse(message: string, code: string, missing: readonly string[] = []): never {
	throw new ModuleError(message, code, ERRNO[code] ?? 0, missing);
}

const low = (address: bigint): number => Number(BigInt.asIntN(32, address));
const high = (address: bigint): number => Number(address >> 32n);

/**
 * int fn(void), on the thread that runs it, which C knows by the name of the command that calls it.
 */
function call_int(comm: string, low_: number, high_: number): number {
	const { native } = load_native();
	const fn = native?.cFunction(low_, high_, 'n');
	if (fn === undefined)
		return -ERRNO['ENOEXEC'];
	native!.setTaskName(comm);
	try {
		return fn(0) | 0;
	} finally {
		native!.setTaskName('async');
	}
}
const do_init_module = kernel_function(
	function do_init_module(low_: number, high_: number): number {
		return call_int('insmod', low_, high_);
	},
);
const delete_module = kernel_function(function delete_module(low_: number, high_: number): number {
	return call_int('rmmod', low_, high_);
});

/** "-ENODEV (no such device)" */
function describe(ret: number): string {
	try {
		return `-${getSystemErrorName(ret)}`;
	} catch {
		return String(ret);
	}
}

function read(file: string): SharedObject {
	try {
		return read_elf(file);
	} catch (error) {
		if (error instanceof ElfError)
			refuse(error.message, error.code);
		throw error;
	}
}

function pairs(params: ModuleParams): [name: string, value: string | undefined][] {
	if (Array.isArray(params))
		return (params as readonly string[]).map((text) => {
			const at = text.indexOf('=');
			return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
		});
	return Object.entries(params).map((
		[name, value],
	) => [name, typeof value === 'boolean' ? (value ? '1' : '0') : String(value)]);
}

/** The C modules of a machine. */
export class Modules {
	readonly #loaded = new Map<string, Module>();
	/** Names that are being loaded or unloaded. */
	readonly #busy = new Set<string>();

	/**
	 * @param threads start() starts the threads that kthreads and other threads of C need, once.
	 * run() runs a kernel function on an async thread.
	 */
	constructor(
		private readonly threads: { start(): Promise<void>;
			run(fn: number, args: readonly number[]): Promise<number> },
	) {}

	list(): Module[] {
		return [...this.#loaded.values()];
	}

	/** See Machine.insmod(). */
	async insmod(path: string, params: ModuleParams = []): Promise<LoadedModule> {
		const { native, error } = load_native();
		if (native === null)
			refuse(`insmod: C modules need the addon: ${error}`, 'ENOSYS');
		if (load(machine_field('memory_high')) === 0)
			refuse(
				"insmod: this machine's memory is not mapped for C: another machine of this process has it, or the system refuses",
				'ENOSYS',
			);
		const file = resolve(path);
		const name = basename(file).replace(/\.so(?:\..*)?$/, '').replaceAll('-', '_');
		if (this.#loaded.has(name) || this.#busy.has(name))
			refuse(`insmod: ${name} is loaded already`, 'EEXIST');
		this.#busy.add(name);
		try {
			await this.threads.start();
			const module = await this.#load(native, name, file, pairs(params));
			this.#loaded.set(name, module);
			return module;
		} finally {
			this.#busy.delete(name);
		}
	}

	async #load(native: Native, name: string, file: string,
		params: readonly [string, string | undefined][]): Promise<Module>
	{
		const elf = read(file);
		const defined = new Set(elf.defined.map((symbol) => symbol.name));
		for (const entry of ['init_module', 'padata_module_info'])
			if (!defined.has(entry))
				refuse(
					`insmod: ${file}: no kernel module: it has no ${entry} (is there a module_init()?)`,
					'ENOEXEC',
				);
		const missing = native.missingSymbols(
			elf.undefined.filter(({ weak }) => !weak).map((symbol) => symbol.name),
			elf.needed,
		);
		if (missing.length > 0)
			refuse(`insmod: ${file}: unknown symbols: ${missing.join(', ')}`, 'ENOENT', missing);

		const koffi = await import('koffi');
		let library: LibraryHandle;
		try {
			// Global: what it does not keep to itself, modules that are loaded later can use.
			library = koffi.load(file, { lazy: false, global: true });
		} catch (e) {
			refuse(`insmod: ${(e as Error).message}`, 'ENOEXEC');
		}
		const symbol = (of: string): bigint => defined.has(of) ? library.symbol(of) as bigint : 0n;
		const init = symbol('init_module');
		const info = symbol('padata_module_info');
		const base = init - BigInt(elf.defined.find((s) => s.name === 'init_module')!.address);
		const percpu = elf.sections.get('padata_percpu');
		let index = -1;
		try {
			index = native.moduleLoaded(info,
				percpu === undefined ? 0n : base + BigInt(percpu.address), percpu?.size ?? 0,
				elf.symbol_table?.symbols, elf.symbol_table?.names);
			if (index < 0)
				refuse(`insmod: ${file}: ${describe(index)}: more than 64 modules, or no memory`,
					'ENOSPC');
			for (const [param, value] of params)
				set_param(native, info, name, param, value);
			const ret = await this.threads.run(do_init_module, [low(init), high(init)]);
			if (ret < 0)
				throw new ModuleError(
					`insmod: ${file}: its init function returned ${describe(ret)}`,
					describe(ret).slice(1),
					-ret,
				);
			const uses = this.list().filter(({ exports }) =>
				elf.undefined.some((s) => exports.has(s.name))
			);
			return new Module(name, file, library, index, symbol('cleanup_module'), defined, uses,
				native);
		} catch (e) {
			unload(native, name, library, index);
			throw e;
		}
	}

	/** See Machine.rmmod(). */
	async rmmod(name: string, options: { readonly force?: boolean } = {}): Promise<void> {
		const module = this.#loaded.get(name.replace(/\.so$/, '').replaceAll('-', '_'));
		if (module === undefined || this.#busy.has(module.name))
			refuse(`rmmod: no module ${name} is loaded`, 'ENOENT');
		if (module.exit === 0n)
			refuse(`rmmod: ${name} has no module_exit(), so it cannot be unloaded`, 'EBUSY');
		const user = this.list().find(({ uses }) => uses.includes(module));
		if (user !== undefined)
			refuse(`rmmod: ${name} is in use by ${user.name}`, 'EBUSY');
		if (load_native().native!.moduleUsers(module.index) > 0 && options.force !== true)
			refuse(`rmmod: ${name} is in use: somebody has taken a reference to it`, 'EBUSY');
		this.#busy.add(module.name);
		try {
			if (options.force !== true && !await settled(module))
				refuse(`rmmod: ${name} has ${module.jobs} objects in flight`, 'EBUSY');
			await this.threads.run(delete_module, [low(module.exit), high(module.exit)]);
			this.#loaded.delete(module.name);
			const { native } = load_native();
			// What is in flight would run code that is not there any more: the library stays, and
			// the log says so.
			if (module.jobs > 0)
				native!.kernelMisuse(
					`module ${module.name} was unloaded with ${module.jobs} objects in flight: its exit function did not wait for them`,
				);
			else
				unload(native!, module.name, module.library, module.index);
		} finally {
			this.#busy.delete(module.name);
		}
	}
}

/** What a serial() that is about to return holds up. */
const SETTLE_MS = 100;

/**
 * Has it no objects in flight? One whose serial() has just said that the module is finished is as
 * good as done.
 */
async function settled(module: Module): Promise<boolean> {
	for (let ms = 0; module.jobs > 0 && ms < SETTLE_MS; ms++)
		await setTimeout(1);
	return module.jobs === 0;
}

function unload(native: Native, name: string, library: LibraryHandle, index: number): void {
	const tasks = index >= 0 ? native.moduleTasks(index) : 0;
	// They run its code: it stays.
	if (tasks > 0)
		return native.kernelMisuse(
			`module ${name} was unloaded with ${tasks} kthreads that still run: nobody has stopped them`,
		);
	if (index >= 0)
		native.moduleUnloaded(index);
	library.unload();
	// Every thread forgets the functions that it knows. Behind the unloading: who looks one up
	// before that still finds it.
	atomic_fetch_add(machine_field('c_unloaded'), 1);
}

function set_param(native: Native, accessor: bigint, module: string, param: string,
	value: string | undefined): void
{
	const err = native.moduleParam(accessor, param, value);
	if (err === -ERRNO['ENOENT'])
		refuse(`insmod: ${module}: unknown parameter "${param}"`, 'ENOENT');
	if (err < 0)
		throw new ModuleError(
			`insmod: ${module}: parameter ${param}: ${describe(err)} for ${
				value === undefined ? 'no value' : `"${value}"`
			}`,
			describe(err).slice(1),
			-err,
		);
}
