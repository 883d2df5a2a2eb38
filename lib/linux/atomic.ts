// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/atomic.h>. atomic_t is an int. Every read-modify-write is a full barrier, which is
// what the kernel promises for those that return a value and more than it promises for the others.
import { atomic_fetch_add, atomic_load, READ_ONCE, smp_mb, WRITE_ONCE } from '../machine/memory.js';
import { int } from '../machine/struct.js';

export const atomic_t = int;

export function atomic_read(v: number): number {
	return READ_ONCE(v);
}

export function atomic_set(v: number, i: number): void {
	WRITE_ONCE(v, i);
}

export function atomic_inc(v: number): void {
	atomic_fetch_add(v, 1);
}

export function atomic_dec(v: number): void {
	atomic_fetch_add(v, -1);
}

export function atomic_inc_return(v: number): number {
	return (atomic_fetch_add(v, 1) + 1) | 0;
}

export function atomic_dec_return(v: number): number {
	return (atomic_fetch_add(v, -1) - 1) | 0;
}

export function atomic_add_return(i: number, v: number): number {
	return (atomic_fetch_add(v, i) + i) | 0;
}

export function atomic_dec_and_test(v: number): boolean {
	return atomic_fetch_add(v, -1) === 1;
}

/** A load that later accesses are ordered behind. */
export const smp_load_acquire = atomic_load;
export { smp_mb };
