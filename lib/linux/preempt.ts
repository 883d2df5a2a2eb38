// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/preempt.h>, <linux/bottom_half.h>, might_sleep() of <linux/kernel.h>. A CPU's
// thread is never preempted by another task of its CPU, and softirqs run between work items only,
// so disabling them costs a counter. The counters are kept all the same: they are what "scheduling
// while atomic" and "leaked lock or atomic" are told from, and a thread with softirqs off is an RCU
// reader.
import { on_attach } from '../machine/thread.js';
import { rcu_read_depth, rcu_read_enter, rcu_read_exit } from './rcutree.js';
import { sleeping_in_atomic, WARN } from './bug.js';

let softirq_depth = 0;
let preempt_depth = 0;

on_attach(() => {
	softirq_depth = 0;
	preempt_depth = 0;
});

export function softirq_count(): number {
	return softirq_depth;
}

export function preempt_count(): number {
	return softirq_depth + preempt_depth;
}

export function in_softirq(): boolean {
	return softirq_depth !== 0;
}

/** May this thread not sleep now? */
export function in_atomic(): boolean {
	return (softirq_depth | preempt_depth) !== 0;
}

export function local_bh_disable(): void {
	softirq_depth++;
	rcu_read_enter();
}

function softirqs_not_disabled(): void {
	WARN('local_bh_enable: softirqs are not disabled');
}

export function local_bh_enable(): void {
	if (softirq_depth === 0)
		return softirqs_not_disabled();
	softirq_depth--;
	rcu_read_exit();
}

export function preempt_disable(): void {
	preempt_depth++;
}

export function preempt_enable(): void {
	preempt_depth--;
}

/**
 * Set the counters back to what they were before a callback that threw or forgot to.
 * @param rcu rcu_read_depth() before
 * @returns were they different?
 */
export function restore_preempt_count(softirq: number, preempt: number, rcu: number): boolean {
	if (softirq === softirq_depth && preempt === preempt_depth && rcu === rcu_read_depth())
		return false;
	while (softirq_depth > softirq)
		local_bh_enable();
	while (softirq_depth < softirq)
		local_bh_disable();
	while (rcu_read_depth() > rcu)
		rcu_read_exit();
	preempt_depth = preempt;
	return true;
}

export function preempt_only_count(): number {
	return preempt_depth;
}

/**
 * A sleeping function begins. In atomic context that is a bug, which is reported.
 * @returns may it go on? If not it must return an error without having done anything.
 */
export function may_sleep(what: string): boolean {
	if (!in_atomic())
		return true;
	sleeping_in_atomic(what, softirq_depth, preempt_depth);
	return false;
}
