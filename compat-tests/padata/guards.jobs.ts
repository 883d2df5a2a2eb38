// SPDX-License-Identifier: GPL-2.0-only
//
// What the *.watched.ts tests have async threads and CPUs do.
import { load, padata_do_parallel, padata_do_serial, padata_priv, padata_set_cpumask, padata_stop,
	PADATA_CPU_PARALLEL } from '../../lib/index.js';
import { rcu_read_depth } from '../../lib/linux/rcupdate.js';
import { take_over_reordering } from '../../lib/padata/v4.18/reorder-offer.js';
import { arrive, watch } from '../support/watch.js';
import { job } from './api.jobs.js';

const j = job.offset;

export function submits(pinst: number, padata: number, cb_cpu: number): number {
	return padata_do_parallel(pinst, padata, cb_cpu);
}

export function stops(pinst: number): void {
	padata_stop(pinst);
}

export function sets_parallel_mask(pinst: number, mask: number): number {
	return padata_set_cpumask(pinst, PADATA_CPU_PARALLEL, mask);
}

export function takes_over(): void {
	take_over_reordering();
}

/**
 * parallel() of a job: it finishes the job `other` of another instance. The CPU stops twice: at
 * `arg` before it offers the other instance's parallel_data, at `arg` + 8 when it has left the
 * read-side section that its batch is.
 */
export function finishes_other(padata: number): void {
	const other = load(padata - j.priv + j.other);
	const at = load(padata - j.priv + j.arg);
	const pd = load(other + padata_priv.offset.pd);
	let left = false;
	watch((what, _addr, value) => {
		if (left) {
			watch(null);
			arrive(at + 8);
		} else if (what === 'atomic_cmpxchg' && value === pd) {
			arrive(at);
		} else if (rcu_read_depth() === 0) {
			left = what === 'WRITE_ONCE' || what === 'atomic_store';
		}
	});
	padata_do_serial(other);
	padata_do_serial(padata);
}
