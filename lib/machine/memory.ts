// SPDX-License-Identifier: GPL-2.0-only
//
// The one layer through which the port touches shared memory.
//
// An address is a byte offset in the SharedArrayBuffer, a plain number below 2^31; NULL is 0.
// Nothing above this file uses `Atomics` or a typed array on kernel memory: an instrumented layer
// (a schedule explorer, a store-buffer model) can take this file's place when a thread loads its
// code.
//
// Plain loads and stores compile to one machine instruction. They are used under a lock, or where
// READ_ONCE and WRITE_ONCE say that a race is meant. Everything named atomic_* is sequentially
// consistent.

import { bundle } from './bundle.js';

// V8 puts functions of up to 27 bytes of bytecode in line wherever they are called; a look-up in
// Atomics would be too much.
const { add, and, compareExchange, exchange, or, store: atomics_store } = Atomics;

const NEVER_BOOTED =
	'no machine is booted in this thread; call boot() first, or attach() in a worker';
const SHUT_DOWN = "this thread's machine has been shut down, or was left by detach()";
/** This copy of the package, as others name it. */
const COPY = bundle?.url ?? import.meta.url;

/** The copy of the package that has a machine in this thread. All copies know it by this name. */
const registry = globalThis as unknown as Record<symbol, string | undefined>;
const OWNER = Symbol.for('padata.machine');

let lacking = NEVER_BOOTED;

/** Why this thread has no memory of a machine, in a sentence. */
export function why_no_machine(): string {
	const owner = other_copy();
	return owner === undefined
		? lacking
		: `the machine of this thread is that of another copy of the package (${owner}), and not of this one (${COPY}); import one copy everywhere`;
}

/** The other copy of the package that has a machine in this thread, if one has. */
export function other_copy(): string | undefined {
	const owner = registry[OWNER];
	return owner === COPY ? undefined : owner;
}

// In place of the memory, while this thread has none: whatever is done with it says why. So no
// access has to look first. Atomics refuse what is no typed array, and their message begins with
// the message of an Error that they are given.
const refusal = new Error();
const absent = new Proxy(refusal, {
	get: no_memory,
	set: no_memory,
}) as unknown as Int32Array & Uint8Array;

function no_memory(): never {
	throw new Error(`padata: ${why_no_machine()}`);
}

function word_refusal(): void {
	refusal.name = 'padata';
	refusal.message = `${lacking}. What is there in place of its memory`;
}

let i32: Int32Array = absent;
let u8: Uint8Array = absent;
word_refusal();

/** Largest memory: addresses must stay small integers (31 bits), which V8 keeps unboxed. */
export const MEMORY_MAX = 0x7fff0000;

const WASM_PAGE = 64 * 1024;
/** As far as it is used here; TypeScript has it with the types of browsers only. */
declare const WebAssembly: {
	readonly Memory: new(
		pages: { initial: number; maximum: number; shared: true },
	) => { readonly buffer: SharedArrayBuffer };
} | undefined;

/** Attach this thread to a memory. Every later access goes there. */
export function attach_memory(sab: SharedArrayBuffer): void {
	i32 = new Int32Array(sab);
	u8 = new Uint8Array(sab);
	registry[OWNER] ??= COPY;
}

/** Detach this thread from its memory. Every later access throws. */
export function detach_memory(): void {
	i32 = absent;
	u8 = absent;
	lacking = SHUT_DOWN;
	word_refusal();
	if (registry[OWNER] === COPY)
		registry[OWNER] = undefined;
}

/** The memory under this thread, for the addon and for handing it to another thread. */
export function memory_view(): Int32Array {
	return i32;
}

/** *(int *)addr */
export function load(addr: number): number {
	return i32[addr >> 2];
}

/** *(int *)addr = value */
export function store(addr: number, value: number): void {
	i32[addr >> 2] = value;
}

/**
 * A pointer in a field that C may follow: what lies in the machine's memory has for C one and the
 * same upper half (native/memory.c), which TypeScript does not look at.
 */
export function store_ptr(addr: number, value: number): void {
	i32[addr >> 2] = value;
	i32[(addr >> 2) + 1] = value === 0 ? 0 : memory_high;
}

/** As store_ptr(), atomic: what the pointer leads to is seen with it. */
export function atomic_store_ptr(addr: number, value: number): void {
	i32[(addr >> 2) + 1] = value === 0 ? 0 : memory_high;
	atomics_store(i32, addr >> 2, value);
}

let memory_high = 0;

/** Called on each thread that joins a machine. */
export function set_memory_high(high: number): void {
	memory_high = high;
}

/**
 * Zeroed memory for a machine: it begins on a page, so that it can be mapped for C.
 * @param bytes a multiple of 64 KiB
 */
export function allocate_memory(bytes: number): SharedArrayBuffer {
	const pages = bytes / WASM_PAGE;
	try {
		return new WebAssembly!.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
	} catch {
		// There is no WebAssembly (--jitless), or no room for the 10 GiB of addresses that V8
		// reserves for it (ulimit -v). This does not begin on a page, so it is not for C.
		return new SharedArrayBuffer(bytes);
	}
}

/** *(u8 *)addr */
export function load_u8(addr: number): number {
	return u8[addr];
}

/** *(u8 *)addr = value */
export function store_u8(addr: number, value: number): void {
	u8[addr] = value;
}

/**
 * A racy read that is meant to be one: exactly one load, now. V8 neither caches nor repeats a
 * typed-array load of shared memory across a loop iteration (each iteration has an interrupt
 * check), so this is a plain load.
 */
export function READ_ONCE(addr: number): number {
	return i32[addr >> 2];
}

/** A racy write that is meant to be one: a plain store, no barrier. */
export function WRITE_ONCE(addr: number, value: number): void {
	i32[addr >> 2] = value;
}

/**
 * On x86 every load is one that Atomics.load() would do: the stores and read-modify-writes of
 * Atomics keep the order there. The call of Atomics.load() costs 6 ns, a plain load less than 1.
 */
export const atomic_load = process.arch === 'x64'
	? READ_ONCE
	: (addr: number): number => Atomics.load(i32, addr >> 2);

/**
 * Sequentially consistent store: no later atomic_*() is seen before it. On x86 that is a full
 * barrier; on arm64 a later plain load may still overtake it, so what has to be read behind it is
 * read with atomic_load().
 */
export function atomic_store(addr: number, value: number): void {
	atomics_store(i32, addr >> 2, value);
}

/** Returns the value found; the store happened if that is `old`. */
export function atomic_cmpxchg(addr: number, old: number, value: number): number {
	return compareExchange(i32, addr >> 2, old, value);
}

export function atomic_xchg(addr: number, value: number): number {
	return exchange(i32, addr >> 2, value);
}

/** Returns the value before. */
export function atomic_fetch_add(addr: number, delta: number): number {
	return add(i32, addr >> 2, delta);
}

/** Returns the value before. */
export function atomic_fetch_or(addr: number, bits: number): number {
	return or(i32, addr >> 2, bits);
}

/** Returns the value before. */
export function atomic_fetch_and(addr: number, bits: number): number {
	return and(i32, addr >> 2, bits);
}

/**
 * Full memory barrier. A read-modify-write of a word that nobody reads: JavaScript has no fence of
 * its own, and a sequentially consistent RMW orders everything before it with everything after it
 * on the machines Node runs on.
 */
export function smp_mb(): void {
	add(i32, 1, 0);
}

/** memset */
export function fill(addr: number, byte: number, bytes: number): void {
	u8.fill(byte, addr, addr + bytes);
}

/** memmove */
export function copy(to: number, from: number, bytes: number): void {
	u8.copyWithin(to, from, from + bytes);
}

/** A live view of `length` bytes at `addr`; it stays valid as long as the object it shows. */
export function bytes_at(addr: number, length: number): Uint8Array {
	return u8.subarray(addr, addr + length);
}

/**
 * futex wait: sleep while *addr is `value`. Only park.ts calls these three.
 * @param timeout milliseconds, Infinity for none
 */
export function futex_wait(addr: number, value: number, timeout: number): 'ok' | 'not-equal'
	| 'timed-out'
{
	return Atomics.wait(i32, addr >> 2, value, timeout);
}

export function futex_wait_async(addr: number, value: number, timeout: number): { async: false;
	value: 'not-equal' | 'timed-out' } | { async: true; value: Promise<'ok' | 'timed-out'> }
{
	return Atomics.waitAsync(i32, addr >> 2, value, timeout);
}

/** Wake up to `count` sleepers of *addr; returns how many there were. */
export function futex_wake(addr: number, count: number): number {
	return Atomics.notify(i32, addr >> 2, count);
}
