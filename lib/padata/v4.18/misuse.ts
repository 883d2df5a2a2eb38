// SPDX-License-Identifier: GPL-2.0-only
//
// Checks of misuse: what would corrupt a kernel, or make it wait for itself, is refused and
// reported on the kernel log. 4.18 has none of them, and the quirk unchecked_misuse switches them
// off. Each object carries its state in a word of its own behind 4.18's fields; a correct program
// sees nothing of it. The price is three stores and two comparisons for an object.
import { misuse } from '../../linux/bug.js';
import { nr_cpu_ids } from '../../linux/cpumask.js';
import { debug_activate, debug_stamp, debug_state } from '../../linux/debugobjects.js';
import { EALREADY, EDEADLK, EINVAL } from '../../linux/errno.js';
import { mutex_owned_by_me } from '../../linux/mutex.js';
import { PADATA_CPU_PARALLEL, PADATA_CPU_SERIAL, padata_instance,
	padata_priv } from '../../linux/padata.js';
import { is_heap_address } from '../../linux/page_alloc.js';
import { may_sleep } from '../../linux/preempt.js';
import { smp_processor_id } from '../../linux/smp.js';
import { load, READ_ONCE, store } from '../../machine/memory.js';
import { quirk, UNCHECKED_MISUSE } from '../../quirks.js';

const priv = padata_priv.offset;
const pi = padata_instance.offset;

/**
 * padata_priv.state of an object that is in flight; anything else means that it is the caller's.
 */
export const enum ObjectState {
	none,
	queued,
	parallel,
	done,
}
const state_names = ['not in flight', 'queued', 'in parallel()', 'waiting for its turn'];

export const describe_object = (padata: number): string =>
	`object ${padata.toString(16)} on cpu ${smp_processor_id()}`;

/**
 * A function that sleeps, or takes pinst->lock, begins: is there such an instance, and would the
 * caller not wait for itself? In the kernel the first is a wild pointer, the second a hang.
 * @returns 0, -EINVAL or -EDEADLK
 */
export function padata_may_lock(pinst: number, what: string): number {
	if (quirk(UNCHECKED_MISUSE))
		return 0;
	if (!is_heap_address(pinst) || load(pinst + pi.pd) === 0) {
		misuse(`${what}: ${pinst === 0 ? 'NULL' : String(pinst)} is not a padata instance`);
		return -EINVAL;
	}
	if (!may_sleep(what))
		return -EDEADLK;
	if (mutex_owned_by_me(pinst + pi.lock)) {
		misuse(
			`${what}: called by a notifier of the same instance ${
				pinst.toString(16)
			}, whose lock is held`,
		);
		return -EDEADLK;
	}
	return 0;
}

/** An object comes in. @returns 0; -EINVAL: it is no object at all; -EALREADY: it is in flight */
export function claim_object(padata: number): number {
	if (quirk(UNCHECKED_MISUSE))
		return 0;
	if (!(padata >= 4096) || (padata & 7) !== 0 || debug_state(padata + priv.state) !== 0)
		return refuse_object(padata);
	debug_activate(padata + priv.state, ObjectState.queued);
	return 0;
}

function refuse_object(padata: number): number {
	if (!(padata >= 4096) || (padata & 7) !== 0) {
		misuse(
			`padata_do_parallel: ${
				padata === 0 ? 'NULL' : String(padata)
			} is not the address of a padata_priv`,
		);
		return -EINVAL;
	}
	misuse(`padata_do_parallel: ${describe_object(padata)} is in flight already `
		+ `(${state_names[debug_state(padata + priv.state)]})`);
	return -EALREADY;
}

/** Is an object in parallel(), or has that left it outstanding? Without checks nothing is known. */
export function is_outstanding(padata: number): boolean {
	const at = padata + priv.state;
	return quirk(UNCHECKED_MISUSE) || READ_ONCE(at) === debug_stamp(at, ObjectState.parallel);
}

/**
 * padata_do_serial() is called for an object.
 * @returns false, with a report, if it is not outstanding
 */
export function object_is_outstanding(padata: number): boolean {
	if (quirk(UNCHECKED_MISUSE))
		return true;
	const at = padata + priv.state;
	// A plain test and store: two callers at the very same moment are not told apart, all others
	// are.
	if (padata >= 4096 && READ_ONCE(at) === debug_stamp(at, ObjectState.parallel)) {
		store(at, debug_stamp(at, ObjectState.done));
		return true;
	}
	not_outstanding(padata);
	return false;
}

function not_outstanding(padata: number): void {
	const state = padata >= 4096 ? state_names[debug_state(padata + priv.state)] : 'no address';
	misuse(`padata_do_serial: ${describe_object(padata)} is not outstanding (${state})`);
}

/** padata_add_cpu() and padata_remove_cpu(): is there such a CPU, and is there something to do? */
export function is_cpu_of_a_mask(cpu: number, mask: number, what: string): boolean {
	if ((mask & (PADATA_CPU_SERIAL | PADATA_CPU_PARALLEL)) === 0)
		return false;
	if (Number.isInteger(cpu) && cpu >= 0 && cpu < nr_cpu_ids)
		return true;
	misuse(`${what}: there is no cpu ${cpu}`);
	return false;
}

/** padata_alloc(): @returns false, with a report, if one of them is not the address of anything */
export function may_alloc(wq: number, pcpumask: number, cbcpumask: number): boolean {
	if (quirk(UNCHECKED_MISUSE))
		return true;
	if (!may_sleep('padata_alloc'))
		return false;
	const wrong = !is_heap_address(wq)
		? 'wq'
		: !(pcpumask > 0)
		? 'pcpumask'
		: !(cbcpumask > 0)
		? 'cbcpumask'
		: '';
	if (wrong !== '')
		misuse(`padata_alloc: ${wrong} is not an address of one`);
	return wrong === '';
}
