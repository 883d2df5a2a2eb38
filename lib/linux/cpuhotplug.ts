// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/cpuhotplug.h>. States of the online section with their callbacks, single or
// multi-instance. The kernel runs them on the CPU's own cpuhp thread; here the thread that brings
// the CPU up or down runs them, because a callback sleeps until that CPU's jobs are done and the
// CPU's event loop must go on meanwhile.
import { load, store } from '../machine/memory.js';
import { call, slot_name, store_c_function, store_function } from '../machine/function.js';
import { bss } from '../machine/layout.js';
import { fn_ptr, int, struct } from '../machine/struct.js';
import { Oops, oops_in_callback, WARN } from './bug.js';
import { EFAULT, ENOSPC } from './errno.js';
import { hlist_add_head, hlist_del_init, hlist_head } from './list.js';
import { mutex, mutex_lock, mutex_unlock } from './mutex.js';
import { pr_warn } from './printk.js';

export const CPUHP_OFFLINE = 0;
export const CPUHP_AP_ONLINE = 128;
export const CPUHP_AP_ONLINE_DYN = 160;
export const CPUHP_AP_ONLINE_DYN_END = CPUHP_AP_ONLINE_DYN + 30;
export const CPUHP_ONLINE = CPUHP_AP_ONLINE_DYN_END + 2;

const cpuhp_step = struct('cpuhp_step', { startup: fn_ptr, teardown: fn_ptr, list: hlist_head,
	multi_instance: int, used: int });
const step = cpuhp_step.offset;
const STEPS = bss(cpuhp_step.size * (CPUHP_ONLINE + 1), 8);
/** Guards the steps and their lists of instances. */
const cpuhp_state_mutex = bss(mutex.size, 128);

const step_of = (state: number): number => STEPS + state * cpuhp_step.size;

function store_callbacks(state: number, startup: number, teardown: number, multi: boolean): number {
	mutex_lock(cpuhp_state_mutex);
	if (state === CPUHP_AP_ONLINE_DYN) {
		while (state <= CPUHP_AP_ONLINE_DYN_END && load(step_of(state) + step.used) !== 0)
			state++;
		if (state > CPUHP_AP_ONLINE_DYN_END) {
			mutex_unlock(cpuhp_state_mutex);
			WARN('No more dynamic states available for CPU hotplug');
			return -ENOSPC;
		}
	}
	const sp = step_of(state);
	store_function(sp + step.startup, startup);
	store_function(sp + step.teardown, teardown);
	store(sp + step.list, 0);
	store(sp + step.multi_instance, multi ? 1 : 0);
	store(sp + step.used, 1);
	mutex_unlock(cpuhp_state_mutex);
	return state;
}

/**
 * Register a state whose callbacks get an instance as well: startup(cpu, node), teardown(cpu,
 * node), 0 or -errno. Nothing is called. Sleeps.
 * @returns the state (a new one for CPUHP_AP_ONLINE_DYN), or -ENOSPC if all 31 dynamic ones are
 *   taken
 */
export function cpuhp_setup_state_multi(state: number, startup: number, teardown: number): number {
	return store_callbacks(state, startup, teardown, true);
}

/** As cpuhp_setup_state_multi for callbacks without instances: startup(cpu), teardown(cpu). */
export function cpuhp_setup_state_nocalls(state: number, startup: number,
	teardown: number): number
{
	return store_callbacks(state, startup, teardown, false);
}

/** Call a single state's teardown for a CPU. @returns what it does; 0 if there is none */
export function cpuhp_call_teardown(state: number, cpu: number): number {
	return run_callback(step_of(state) + step.teardown, cpu);
}

/** As cpuhp_setup_state_nocalls() and _multi() for C functions, whose addresses have two halves. */
export function cpuhp_setup_state_c(state: number, up_low: number, up_high: number,
	down_low: number, down_high: number, multi: number): number
{
	const given = store_callbacks(state, 0, 0, multi !== 0);
	if (given >= 0) {
		const sp = step_of(given);
		store_c_function(sp + step.startup, up_low, up_high);
		store_c_function(sp + step.teardown, down_low, down_high);
	}
	return given;
}

/** Forget a state. Its instances must have been removed. Sleeps. */
export function cpuhp_remove_multi_state(state: number): void {
	mutex_lock(cpuhp_state_mutex);
	if (load(step_of(state) + step.list) !== 0)
		WARN(`cpuhp_remove_multi_state: state ${state} has instances left`);
	store(step_of(state) + step.used, 0);
	mutex_unlock(cpuhp_state_mutex);
}

/**
 * Add an instance in front of the others; nothing is called for CPUs that are online. The caller
 * holds the hotplug lock.
 */
export function cpuhp_state_add_instance_nocalls_cpuslocked(state: number, node: number): number {
	mutex_lock(cpuhp_state_mutex);
	hlist_add_head(node, step_of(state) + step.list);
	mutex_unlock(cpuhp_state_mutex);
	return 0;
}

/**
 * Take an instance out; the caller holds the hotplug lock for reading, so no callback runs for it.
 */
export function cpuhp_state_remove_instance_nocalls_cpuslocked(_state: number,
	node: number): number
{
	mutex_lock(cpuhp_state_mutex);
	hlist_del_init(node);
	mutex_unlock(cpuhp_state_mutex);
	return 0;
}

/** One callback. One that throws is reported, and has failed: the operation is rolled back. */
function run_callback(slot: number, cpu: number, node?: number): number {
	if (load(slot) === 0)
		return 0;
	try {
		return node === undefined ? call(slot, 'n', cpu) : call(slot, 'np', cpu, node);
	} catch (error) {
		if (!(error instanceof Oops))
			oops_in_callback(`hotplug callback ${slot_name(slot)} for cpu ${cpu}`, error);
		return -EFAULT;
	}
}

/**
 * Run the callbacks of one state, of each instance the newest first. If one fails, those that ran
 * get the opposite callback. Under the hotplug lock for writing, which keeps the list as it is.
 */
function cpuhp_invoke_callback(state: number, cpu: number, up: boolean): number {
	const sp = step_of(state);
	const slot = sp + (up ? step.startup : step.teardown);
	const undo = sp + (up ? step.teardown : step.startup);
	if (load(sp + step.used) === 0)
		return 0;
	if (load(sp + step.multi_instance) === 0)
		return run_callback(slot, cpu);
	const done: number[] = [];
	for (let node = load(sp + step.list); node !== 0; node = load(node)) {
		const err = run_callback(slot, cpu, node);
		if (err !== 0) {
			for (const earlier of done)
				run_callback(undo, cpu, earlier);
			return err;
		}
		done.push(node);
	}
	return 0;
}

function online_states(up: boolean): number[] {
	const states: number[] = [];
	for (let state = CPUHP_AP_ONLINE; state < CPUHP_ONLINE; state++)
		states.push(state);
	return up ? states : states.reverse();
}

/**
 * Go down through the online states with a CPU that has gone already: a callback that fails is
 * reported, and the way goes on.
 * @returns the callbacks that failed, to be called once more when the CPU is not online any more
 */
export function cpuhp_thread_fun_nofail(cpu: number): (() => void)[] {
	const failed: (() => void)[] = [];
	for (const state of online_states(false)) {
		const sp = step_of(state);
		if (load(sp + step.used) === 0)
			continue;
		const slot = sp + step.teardown;
		const down = (node?: number): void => {
			const err = run_callback(slot, cpu, node);
			if (err === 0)
				return;
			pr_warn(`CPU ${cpu} DOWN state ${state}: ${slot_name(slot)} failed (${err})`);
			failed.push(() => {
				run_callback(slot, cpu, node);
			});
		};
		if (load(sp + step.multi_instance) === 0)
			down();
		else
			for (let node = load(sp + step.list); node !== 0; node = load(node))
				down(node);
	}
	return failed;
}

/**
 * Go through the online states, upwards or downwards; on an error go back.
 * @returns 0 or the callback's error
 */
export function cpuhp_thread_fun(cpu: number, up: boolean): number {
	const states = online_states(up);
	for (let i = 0; i < states.length; i++) {
		const err = cpuhp_invoke_callback(states[i], cpu, up);
		if (err !== 0) {
			while (--i >= 0)
				cpuhp_invoke_callback(states[i], cpu, !up);
			return err;
		}
	}
	return 0;
}
