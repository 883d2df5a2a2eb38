// SPDX-License-Identifier: GPL-2.0-only
//
// The calls of parallel() and serial(), and what an exception in them means. In C there are none,
// so 4.18 has plain calls. Here an exception is an oops on the kernel log, and the object goes on:
// nobody else would finish it, and everything behind it waits.
//
// An object whose parallel() returns without padata_do_serial() holds the event loop of its CPU
// until that comes, so that promises and I/O of the job's own code go on. Without that the CPU
// would park. An object that is finished within parallel() pays some stores and comparisons for
// it. An async function that rejects has thrown.
import { EFAULT } from '../../linux/errno.js';
import { misuse, Oops, oops_in_callback } from '../../linux/bug.js';
import { debug_stamp } from '../../linux/debugobjects.js';
import { padata_priv } from '../../linux/padata.js';
import { smp_processor_id } from '../../linux/smp.js';
import { function_in, function_name, is_c_function, slot_name } from '../../machine/function.js';
import { load, store } from '../../machine/memory.js';
import { hold_event_loop, release_event_loop } from '../../machine/processor.js';
import { attached } from '../../machine/thread.js';
import { quirk, UNCHECKED_MISUSE } from '../../quirks.js';
import { object_in_parallel, serial_begins, set_object_in_parallel } from './in-hand.js';
import { describe_object, is_outstanding, ObjectState } from './misuse.js';
import { note_outstanding, parallel_ran_on, parallel_runs_on } from './order.js';

const priv = padata_priv.offset;

let finish: (padata: number) => void = () => undefined;

/** padata.ts registers its padata_do_serial(), which this file cannot import. */
export function thrown_parallels_end_by(padata_do_serial: (padata: number) => void): void {
	finish = padata_do_serial;
}

/**
 * Complete an object with info -EFAULT, because its parallel() has not called padata_do_serial()
 * and no longer will.
 */
export function fail_object(padata: number): void {
	store(padata + priv.info, -EFAULT);
	finish(padata);
}

/** `padata->parallel(padata)` */
export function call_parallel(padata: number): void {
	if (!quirk(UNCHECKED_MISUSE))
		store(padata + priv.state, debug_stamp(padata + priv.state, ObjectState.parallel));
	const cpu = smp_processor_id();
	parallel_runs_on(padata, cpu);
	if (cpu < 0)
		return fail_without_cpu(padata);
	// Read now: behind the call the object may be gone.
	const in_js = !is_c_function(padata + priv.parallel);
	const pd = load(padata + priv.pd);
	const seq_nr = load(padata + priv.seq_nr);
	set_object_in_parallel(padata);
	try {
		const ret: unknown = function_in(padata + priv.parallel, 'p+tail-call')(padata);
		if (ret !== undefined && in_js)
			parallel_returned(padata, pd, seq_nr, ret);
	} catch (error) {
		parallel_threw(padata, error);
	}
	if (object_in_parallel() !== 0)
		left_outstanding(padata, pd, seq_nr, in_js ? cpu : -1);
}

/** All CPUs have died, and this is the booting thread. */
function fail_without_cpu(padata: number): void {
	set_object_in_parallel(padata);
	fail_object(padata);
}

/**
 * parallel() has returned, and padata_do_serial() is to come. What C leaves outstanding does not
 * need this thread's event loop.
 * @param cpu -1: it is C
 */
function left_outstanding(padata: number, pd: number, seq_nr: number, cpu: number): void {
	if (cpu >= 0) {
		hold_event_loop(cpu);
		note_outstanding(pd, seq_nr, padata);
	}
	set_object_in_parallel(0);
}

function parallel_threw(padata: number, error: unknown): void {
	if (error instanceof Oops && quirk(UNCHECKED_MISUSE))
		throw error;
	oops_in_callback(
		`parallel() ${slot_name(padata + priv.parallel)} of ${describe_object(padata)}`,
		error,
	);
	if (object_in_parallel() === padata)
		fail_object(padata);
}

/**
 * parallel() has returned something. If it is a promise, an async function threw what that rejects
 * with: the object goes on, unless it has been finished. It may be gone then, or be in flight
 * again.
 */
function parallel_returned(padata: number, pd: number, seq_nr: number, ret: unknown): void {
	if (!(ret instanceof Promise))
		return;
	const name = slot_name(padata + priv.parallel);
	ret.catch((error: unknown) => {
		if (!attached)
			return;
		oops_in_callback(`parallel() ${name} of ${describe_object(padata)}`, error);
		if (!quirk(UNCHECKED_MISUSE) && is_outstanding(padata) && load(padata + priv.pd) === pd
			&& load(padata + priv.seq_nr) === seq_nr)
			fail_object(padata);
	});
}

/**
 * padata_do_serial() has been called for an object. It had its parallel() on target_cpu, or
 * elsewhere, if that was offline. (Where nothing is checked, the object may be in a list.)
 */
export function parallel_is_over(padata: number, target_cpu: number): void {
	if (object_in_parallel() === padata)
		set_object_in_parallel(0);
	else if (!is_c_function(padata + priv.parallel))
		release_event_loop(quirk(UNCHECKED_MISUSE) ? target_cpu : parallel_ran_on(padata));
}

/** `padata->serial(padata)`; it may free or resubmit the object. */
export function call_serial(padata: number): void {
	const serial = load(padata + priv.serial);
	if (!quirk(UNCHECKED_MISUSE))
		store(padata + priv.state, ObjectState.none);
	serial_begins();
	try {
		const ret: unknown = function_in(padata + priv.serial, 'p+end-of-job')(padata);
		if (ret instanceof Promise)
			serial_returned(padata, serial, ret);
	} catch (error) {
		serial_threw(padata, serial, error);
	}
}

function serial_threw(padata: number, serial: number, error: unknown): void {
	if (error instanceof Oops && quirk(UNCHECKED_MISUSE))
		throw error;
	oops_in_callback(`serial() ${function_name(serial)} of ${describe_object(padata)}`, error);
}

/**
 * serial() is an async function: what it does behind its first await is done when other objects
 * have been serialised, so the order of submission is lost.
 */
function serial_returned(padata: number, serial: number, ret: Promise<unknown>): void {
	misuse(
		`serial() ${function_name(serial)} of ${
			describe_object(padata)
		} returns a promise, which nobody waits for: do what must be in order before it returns`,
	);
	ret.catch((error: unknown) => {
		if (attached)
			serial_threw(padata, serial, error);
	});
}
