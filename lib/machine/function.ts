// SPDX-License-Identifier: GPL-2.0-only
//
// Functions across threads. A function pointer is a 64-bit slot in shared memory. With a zero high
// word its low word is an index into this table; every thread has the same functions at the same
// places; the call itself is an array load and an indirect call. With any other high word the two
// are the address of a C function (machine/c-function.ts).
import { c_function, c_function_name, Kinds } from './c-function.js';
import { load, store } from './memory.js';
import { load_native } from './native.js';
import { int, struct } from './struct.js';

export type { Kinds };

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type KernelFunction = (...args: any[]) => any;

/** A function pointer. C has it too (native/shared-words.h). */
export const function_slot = struct('function_slot', { low: int, high: int });
const halves = function_slot.offset;

/**
 * Index 0 is the NULL function; the kernel's own functions come first, those of loaded modules
 * behind MODULE_FUNCTIONS.
 */
export const MODULE_FUNCTIONS = 1024;

const table: (KernelFunction | undefined)[] = new Array<KernelFunction | undefined>(
	MODULE_FUNCTIONS,
).fill(undefined);
const names: string[] = [''];
let next = 1;

/**
 * Give a function of the kernel itself its number. Call it at module load only: the numbers follow
 * the order in which the modules are loaded, and that is the same on every thread.
 */
export function kernel_function(fn: KernelFunction): number {
	if (next >= MODULE_FUNCTIONS)
		throw new RangeError('too many kernel functions');
	table[next] = fn;
	names[next] = fn.name;
	return next++;
}

/**
 * The numbers given so far, as one string; equal on two threads exactly when their tables agree.
 */
export function function_fingerprint(): string {
	return names.slice(1, next).join(',');
}

/** Put a module's function at a number that the machine has agreed on (machine/module-table.ts). */
export function install_function(index: number, name: string, fn: KernelFunction): void {
	while (table.length <= index)
		table.push(undefined);
	table[index] = fn;
	names[index] = name;
}

/** Forget the functions of loaded modules: the machine they belonged to has shut down. */
export function forget_module_functions(): void {
	table.length = MODULE_FUNCTIONS;
	names.length = next;
}

/** The function behind a number, or undefined. */
export function function_at(index: number): KernelFunction | undefined {
	return table[index];
}

/** @param index a slot's low word; of a C function it is the lower half of its address */
export function function_name(index: number): string {
	return names[index] ?? c_function_name(index) ?? `function ${index}`;
}

/** The name of the function in a slot, for reports. */
export function slot_name(slot: number): string {
	const high = load(slot + halves.high);
	return high === 0
		? function_name(load(slot + halves.low))
		: load_native().native?.cFunctionName(load(slot + halves.low), high) ?? 'a function of C';
}

/** Is it a C function that is in the slot? */
export function is_c_function(slot: number): boolean {
	return load(slot + halves.high) !== 0;
}

/** Is it NULL? */
export function is_null(slot: number): boolean {
	return load(slot + halves.low) === 0 && load(slot + halves.high) === 0;
}

/** Write a C function's pointer, whose address has two halves. */
export function store_c_function(slot: number, low: number, high: number): void {
	store(slot + halves.low, low);
	store(slot + halves.high, high);
}

/**
 * Write a function pointer.
 * @param fn a number from kernel_function() or from a loaded module; 0 is NULL
 */
export function store_function(slot: number, fn: number): void {
	store(slot + halves.low, fn);
	store(slot + halves.high, 0);
}

/**
 * The function in a slot. A caller on the path of every job calls it itself: V8 learns what is
 * called, and puts it in line, for each place of a call in the source.
 */
export function function_in(slot: number, kinds: Kinds = 'p'): KernelFunction {
	const fn = load(slot + halves.high) === 0
		? table[load(slot + halves.low)]
		: c_function(load(slot + halves.low), load(slot + halves.high), kinds);
	if (fn === undefined)
		bad_call(slot);
	return fn;
}

/** Call through a slot with one argument. */
export function call1(slot: number, a: number): unknown {
	return function_in(slot)(a);
}

/**
 * Call through a slot with any number of arguments.
 * @param kinds what they are to C, see machine/c-function.ts
 */
export function call(slot: number, kinds: Kinds, ...args: number[]): number {
	// eslint-disable-next-line @typescript-eslint/no-unsafe-return
	return function_in(slot, kinds)(...args);
}

function bad_call(slot: number): never {
	const index = load(slot + halves.low);
	if (load(slot + halves.high) !== 0)
		throw new TypeError(
			`call of a wild function pointer, 0x${
				pointer_text(index, load(slot + halves.high))
			}, at ${slot.toString(16)}`,
		);
	throw new TypeError(index === 0
		? `call of a NULL function pointer at ${slot.toString(16)}`
		: `call of function number ${index}, which no loaded module has, at ${slot.toString(16)}`);
}

const pointer_text = (low: number, high: number): string =>
	`${(high >>> 0).toString(16)}${(low >>> 0).toString(16).padStart(8, '0')}`;
