// SPDX-License-Identifier: GPL-2.0-only
//
// C functions as JavaScript functions: the addon makes one for each address, and a thread keeps
// those that it has called. What is not code has none.
import { READ_ONCE } from './memory.js';
import { machine_field } from './layout.js';
import { load_native } from './native.js';

/**
 * What the arguments of a C function are, one letter each: p an address in the machine's memory, n
 * a number. A flag behind them says what else the call means to the machine:
 *
 * 	tail-call     the function may leave its last call to its caller, see make_tail_calls()
 * 	end-of-job    when the function has returned, a job of its C module has ended
 * 	softirq       the function runs in softirq context
 *
 * native/js-to-c.c has the list of those that there are.
 */
export type Kinds = 'p' | 'p+tail-call' | 'p+end-of-job' | 'p+softirq' | 'n' | 'np' | 'pp' | 'pnp'
	| 'ppp' | 'pppn';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type CFunction = (...args: any[]) => any;

let tail_call: (object: number) => void = () => undefined;

/**
 * Make the call that functions of the kind tail-call leave to their caller. Such a function returns
 * the object that it would have called `fn` with, or undefined. So one call into C and out again
 * does for both.
 */
export function make_tail_calls(fn: (object: number) => void): void {
	tail_call = fn;
}

function with_tail_call(fn: CFunction): CFunction {
	return (object: number) => {
		const left = (fn as (object: number) => number | undefined)(object);
		if (left !== undefined)
			tail_call(left);
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
	if (lows[place] === low && highs[place] === high && kinds_at[place] === kinds
		&& READ_ONCE(UNLOADED) === unloaded)
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
		if (kinds === 'p+tail-call')
			fn = with_tail_call(fn);
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
