// SPDX-License-Identifier: GPL-2.0-only
//
// The jobs of machine-in-worker.ts. Behind an object's padata_priv lies the address of a counter.
import { atomic_fetch_add, load, padata_do_parallel, padata_do_serial, padata_priv, parallel_data,
	wake_up } from 'padata';

export function parallel(padata: number): void {
	padata_do_serial(padata);
}

export function serial(padata: number): void {
	const count = load(padata + padata_priv.size);
	atomic_fetch_add(count, 1);
	wake_up(count);
}

/** For ever: the object is submitted again. */
export function serial_again(padata: number): void {
	const pinst = load(load(padata + padata_priv.offset.pd) + parallel_data.offset.pinst);
	serial(padata);
	padata_do_parallel(pinst, padata, 0);
}
