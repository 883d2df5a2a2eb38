// SPDX-License-Identifier: GPL-2.0-only
//
// The access layer of lib/machine/memory.ts, watched. Tests named *.watched.ts run on a copy of the
// compiled modules in which this file stands in place of memory.js (watched.spec.ts), so every
// access of the port to shared memory passes through here. A test can do three things to the thread
// that it runs on:
//
//  - watch(): be told of each access before it is made, in the order of the program;
//  - arrive(), from the watcher: stop the thread, until the test lets it go on;
//  - delay_stores(): keep plain stores back, as the store buffer of a processor may.
//
// Each thread has a watcher and a store buffer of its own.
import * as plain from '../../lib/machine/memory.js';

export * from '../../lib/machine/memory.js';

/** What kind of access, by the name of the layer's function. */
export const ACCESSES = [
	'load',
	'store',
	'store_ptr',
	'atomic_store_ptr',
	'load_u8',
	'store_u8',
	'READ_ONCE',
	'WRITE_ONCE',
	'atomic_load',
	'atomic_store',
	'atomic_cmpxchg',
	'atomic_xchg',
	'atomic_fetch_add',
	'atomic_fetch_or',
	'atomic_fetch_and',
	'smp_mb',
	'fill',
	'copy',
	'bytes_at',
	'futex_wait',
	'futex_wait_async',
	'futex_wake',
] as const;
export type Access = typeof ACCESSES[number];

/**
 * Called before an access.
 * @param value what is stored or added, or the value that a futex_wait() expects; else 0
 * @param old what a compare-and-exchange expects; else 0
 */
export type Watcher = (what: Access, addr: number, value: number, old: number) => void;

let watcher: Watcher | null = null;
let in_watcher = false;

/** Have this thread's accesses watched; the watcher's own ones are not. Null: not any more. */
export function watch(w: Watcher | null): void {
	watcher = w;
}

function step(what: Access, addr: number, value = 0, old = 0): void {
	if (watcher === null || in_watcher)
		return;
	in_watcher = true;
	try {
		watcher(what, addr, value, old);
	} finally {
		in_watcher = false;
	}
}

/** So long a thread is held at most (ms): a test that fails before it lets go must not hang. */
const HELD_AT_MOST = 8000;

/**
 * Set a word and wake its sleepers. As await_word(), it passes the watched layer by: a watcher or a
 * thread with delayed stores can talk to other threads by it, and its stores stay delayed.
 */
export function tell(at: number, value = 1): void {
	plain.atomic_store(at, value);
	plain.futex_wake(at, 0x7fffffff);
}

/**
 * Sleep until a word is not 0, for at most some seconds. It may be one whose writer wakes nobody,
 * such as a park word: so it is looked at once a millisecond.
 * @returns the word
 */
export function await_word(at: number): number {
	const end = performance.now() + HELD_AT_MOST;
	while (plain.atomic_load(at) === 0 && performance.now() < end)
		plain.futex_wait(at, 0, 1);
	return plain.atomic_load(at);
}

/** Stop this thread until the test lets it go on. @param at [has it come here, may it go on] */
export function arrive(at: number): void {
	tell(at);
	await_word(at + 4);
}

// ---- delayed stores -----------------------------------------------------------------------------

/** [address, value] of the words that are not stored yet, oldest first; null: none is delayed. */
let delayed: [number, number][] | null = null;

/**
 * From now on, this thread's plain stores reach the memory only with its next barrier: an atomic
 * store, a read-modify-write or a futex call. A processor of the x86 may do that, and arm64 more.
 * The thread itself sees what it has stored.
 */
export function delay_stores(on: boolean): void {
	drain_stores();
	delayed = on ? [] : null;
}

/** Let what is delayed be stored. */
export function drain_stores(): void {
	for (const [addr, value] of delayed?.splice(0) ?? [])
		plain.store(addr, value);
}

function seen(addr: number): number {
	if (delayed !== null) {
		for (let i = delayed.length - 1; i >= 0; i--)
			if (delayed[i][0] === addr)
				return delayed[i][1];
	}
	return plain.load(addr);
}

function put(addr: number, value: number): void {
	if (delayed !== null)
		delayed.push([addr, value | 0]);
	else
		plain.store(addr, value);
}

// ---- the layer ----------------------------------------------------------------------------------

export function load(addr: number): number {
	step('load', addr);
	return seen(addr);
}

export function store(addr: number, value: number): void {
	step('store', addr, value);
	put(addr, value);
}

export function store_ptr(addr: number, value: number): void {
	step('store_ptr', addr, value);
	drain_stores();
	plain.store_ptr(addr, value);
}

export function atomic_store_ptr(addr: number, value: number): void {
	step('atomic_store_ptr', addr, value);
	drain_stores();
	plain.atomic_store_ptr(addr, value);
}

export function load_u8(addr: number): number {
	step('load_u8', addr);
	return seen(addr & ~3) >>> (addr & 3) * 8 & 255;
}

export function store_u8(addr: number, value: number): void {
	step('store_u8', addr, value);
	drain_stores();
	plain.store_u8(addr, value);
}

export function READ_ONCE(addr: number): number {
	step('READ_ONCE', addr);
	return seen(addr);
}

export function WRITE_ONCE(addr: number, value: number): void {
	step('WRITE_ONCE', addr, value);
	put(addr, value);
}

export function atomic_load(addr: number): number {
	step('atomic_load', addr);
	return seen(addr);
}

export function atomic_store(addr: number, value: number): void {
	step('atomic_store', addr, value);
	drain_stores();
	plain.atomic_store(addr, value);
}

export function atomic_cmpxchg(addr: number, old: number, value: number): number {
	step('atomic_cmpxchg', addr, value, old);
	drain_stores();
	return plain.atomic_cmpxchg(addr, old, value);
}

export function atomic_xchg(addr: number, value: number): number {
	step('atomic_xchg', addr, value);
	drain_stores();
	return plain.atomic_xchg(addr, value);
}

export function atomic_fetch_add(addr: number, delta: number): number {
	step('atomic_fetch_add', addr, delta);
	drain_stores();
	return plain.atomic_fetch_add(addr, delta);
}

export function atomic_fetch_or(addr: number, bits: number): number {
	step('atomic_fetch_or', addr, bits);
	drain_stores();
	return plain.atomic_fetch_or(addr, bits);
}

export function atomic_fetch_and(addr: number, bits: number): number {
	step('atomic_fetch_and', addr, bits);
	drain_stores();
	return plain.atomic_fetch_and(addr, bits);
}

export function smp_mb(): void {
	step('smp_mb', 0);
	drain_stores();
	plain.smp_mb();
}

export function fill(addr: number, byte: number, bytes: number): void {
	step('fill', addr, byte);
	drain_stores();
	plain.fill(addr, byte, bytes);
}

export function copy(to: number, from: number, bytes: number): void {
	step('copy', to);
	drain_stores();
	plain.copy(to, from, bytes);
}

export function bytes_at(addr: number, length: number): Uint8Array {
	step('bytes_at', addr);
	drain_stores();
	return plain.bytes_at(addr, length);
}

export const futex_wait: typeof plain.futex_wait = (addr, value, timeout) => {
	step('futex_wait', addr, value);
	drain_stores();
	return plain.futex_wait(addr, value, timeout);
};

export const futex_wait_async: typeof plain.futex_wait_async = (addr, value, timeout) => {
	step('futex_wait_async', addr, value);
	drain_stores();
	return plain.futex_wait_async(addr, value, timeout);
};

export function futex_wake(addr: number, count: number): number {
	step('futex_wake', addr, count);
	drain_stores();
	return plain.futex_wake(addr, count);
}
