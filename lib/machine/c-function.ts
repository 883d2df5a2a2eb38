// SPDX-License-Identifier: GPL-2.0-only
//
// C functions as JavaScript functions: the addon makes one for each address, and a thread keeps those that it has called.
// What is not code has none.
import { READ_ONCE } from './memory.js';
import { machine_field } from './layout.js';
import { load_native } from './native.js';

/** What the arguments are: p an address in the machine's memory, t the same of a timer, j and s of an object in parallel() and serial(), n a number. (native/js-to-c.c has the list.) */
export type Kinds = 'p' | 'j' | 's' | 't' | 'n' | 'np' | 'pp' | 'pnp' | 'ppp' | 'pppn';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type CFunction = (...args: any[]) => any;

let do_serial: (padata: number) => void = () => undefined;

/** What a parallel() in C leaves to be done: padata_do_serial(), which it has called last. One call into C and out again does for both. */
export function after_parallel_in_c(padata_do_serial: (padata: number) => void): void {
	do_serial = padata_do_serial;
}

function parallel_in_c(fn: CFunction): CFunction {
	return (padata: number) => {
		const finished = (fn as (padata: number) => number | undefined)(padata);
		if (finished !== undefined)
			do_serial(finished);
	};
}

/** Changes when a C module is unloaded: then what a thread knows may not be code any more. */
const UNLOADED = machine_field('c_unloaded');

const SIZE = 256;
/** One place for each address, by its middle bits: what was called last. */
const lows = new Int32Array(SIZE);
const highs = new Int32Array(SIZE);
const kinds_at = new Array<Kinds>(SIZE).fill('p');
const functions: (CFunction | undefined)[] = new Array<CFunction | undefined>(SIZE).fill(undefined);
const others = new Map<string, CFunction>();
const names = new Map<number, string>();
let unloaded = 0;

/** The function at an address; undefined if there is no code, or no addon. */
export function c_function(low: number, high: number, kinds: Kinds): CFunction | undefined {
	const place = low >>> 4 & SIZE - 1;
	if (lows[place] === low && highs[place] === high && kinds_at[place] === kinds && READ_ONCE(UNLOADED) === unloaded)
		return functions[place];
	return find(low, high, kinds, place);
}

function find(low: number, high: number, kinds: Kinds, place: number): CFunction | undefined {
	const { native } = load_native();
	if (native === null)
		return undefined;
	if (READ_ONCE(UNLOADED) !== unloaded) {
		unloaded = READ_ONCE(UNLOADED);
		highs.fill(0);
		others.clear();
		names.clear();
	}
	const key = `${low} ${high} ${kinds}`;
	let fn = others.get(key);
	if (fn === undefined) {
		fn = native.cFunction(low, high, kinds);
		if (fn === undefined)
			return undefined;
		if (kinds === 'j')
			fn = parallel_in_c(fn);
		others.set(key, fn);
		names.set(low, native.cFunctionName(low, high));
	}
	lows[place] = low;
	highs[place] = high;
	kinds_at[place] = kinds;
	functions[place] = fn;
	return fn;
}

/** The name of a C function that this thread has called, by the lower half of its address. */
export function c_function_name(low: number): string | undefined {
	return names.get(low);
}
