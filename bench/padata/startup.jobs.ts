// SPDX-License-Identifier: GPL-2.0-only
import { atomic_store, padata_do_serial, padata_priv, wake_up } from 'padata';

/** Behind the padata_priv: a word that becomes 1. */
const done = padata_priv.size;

export function parallel(padata: number): void {
	padata_do_serial(padata);
}

export function serial(padata: number): void {
	atomic_store(padata + done, 1);
	wake_up(padata + done);
}
