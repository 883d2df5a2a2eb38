// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: the blocking chains of <linux/notifier.h>: callbacks in the order of their priority,
// called and changed under an rwsem. Three things differ. A block that is on the chain already is
// refused; 4.18 links it a second time, which loses the blocks behind it or makes the chain a ring
// (the quirk asks for that). A callback that throws is reported, and the others are called. And
// where the kernel would hang there is an error or a crash with a name: a callback that changes its
// own chain, a chain that has become a ring.
import { load, READ_ONCE, store, store_ptr } from '../machine/memory.js';
import { call, slot_name } from '../machine/function.js';
import { on_detach } from '../machine/thread.js';
import { fn_ptr, int, ptr, struct } from '../machine/struct.js';
import { die, misuse, Oops, oops_in_callback } from './bug.js';
import { EDEADLK, EEXIST, ENOENT } from './errno.js';
import { preempt_only_count, restore_preempt_count, softirq_count } from './preempt.js';
import { rcu_read_depth, rcu_assign_pointer } from './rcupdate.js';
import { down_read, down_write, init_rwsem, rw_semaphore, up_read, up_write } from './rwsem.js';

export const notifier_block = struct('notifier_block', { notifier_call: fn_ptr, next: ptr,
	priority: int });
export const blocking_notifier_head = struct('blocking_notifier_head', { rwsem: rw_semaphore,
	head: ptr });
const block = notifier_block.offset;
const chain = blocking_notifier_head.offset;

/** Don't care. */
export const NOTIFY_DONE = 0x0000;
/** Suits me. */
export const NOTIFY_OK = 0x0001;
/** Don't call further. */
export const NOTIFY_STOP_MASK = 0x8000;
/** Bad, veto. */
export const NOTIFY_BAD = NOTIFY_STOP_MASK | 0x0002;
/** A clean way to return from the notifier and stop further calls. */
export const NOTIFY_STOP = NOTIFY_OK | NOTIFY_STOP_MASK;

/** A (negative) errno, or 0, as a callback's return value. */
export function notifier_from_errno(err: number): number {
	return err !== 0 ? NOTIFY_STOP_MASK | NOTIFY_OK - err : NOTIFY_OK;
}

/** What notifier_from_errno() was given; 0 for NOTIFY_DONE and NOTIFY_OK. */
export function notifier_to_errno(ret: number): number {
	const value = ret & ~NOTIFY_STOP_MASK;
	return value > NOTIFY_OK ? NOTIFY_OK - value : 0;
}

/** The chains whose callbacks are on this thread's stack. */
const calling: number[] = [];
on_detach(() => {
	calling.length = 0;
});

export function BLOCKING_INIT_NOTIFIER_HEAD(nh: number): void {
	init_rwsem(nh + chain.rwsem);
	store(nh + chain.head, 0);
}

/** After so many steps along a chain it is looked at whether it is a ring. */
const RING_CHECK = 4096;

/** Does the chain behind the pointer at `nl` come back to where it was? */
function is_ring(nl: number): boolean {
	let slow = load(nl);
	let fast = slow;
	while (fast !== 0) {
		fast = load(fast + block.next);
		if (fast === 0)
			return false;
		fast = load(fast + block.next);
		slow = load(slow + block.next);
		if (fast === slow)
			return true;
	}
	return false;
}

/**
 * Follow the chain from one pointer to the next until `stop` says so of a block, or the chain ends.
 * @returns the pointer
 */
function walk(nl: number, stop: (nb: number) => boolean, where: string): number {
	let link = nl;
	for (let steps = 1; load(link) !== 0 && !stop(load(link)); steps++) {
		if (steps % RING_CHECK === 0 && is_ring(nl))
			die(`watchdog: BUG: soft lockup - CPU stuck in ${where}`);
		link = load(link) + block.next;
	}
	return link;
}

function notifier_chain_register(nl: number, nb: number, allow_twice: boolean): number {
	if (!allow_twice && load(walk(nl, (other) => other === nb, 'notifier_chain_register')) !== 0)
		return -EEXIST;
	const priority = load(nb + block.priority);
	const link = walk(nl, (other) => priority > load(other + block.priority),
		'notifier_chain_register');
	store_ptr(nb + block.next, load(link));
	// The head is read without the lock (blocking_notifier_call_chain).
	rcu_assign_pointer(link, nb);
	return 0;
}

function notifier_chain_unregister(nl: number, nb: number): number {
	const link = walk(nl, (other) => other === nb, 'notifier_chain_unregister');
	if (load(link) === 0)
		return -ENOENT;
	rcu_assign_pointer(link, load(nb + block.next));
	return 0;
}

function notifier_call_chain(nl: number, val: number, v: number): number {
	let ret = NOTIFY_DONE;
	let nb = load(nl);
	for (let calls = 1; nb !== 0; calls++) {
		// Read before the call, after which the block may be gone.
		const next = load(nb + block.next);
		ret = call_notifier(nb, val, v);
		if ((ret & NOTIFY_STOP_MASK) !== 0)
			break;
		if (next === nb || calls % RING_CHECK === 0 && is_ring(nl))
			die('watchdog: BUG: soft lockup - CPU stuck in notifier_call_chain');
		nb = next;
	}
	return ret;
}

function call_notifier(nb: number, val: number, v: number): number {
	const softirq = softirq_count();
	const rcu = rcu_read_depth();
	const preempt = preempt_only_count();
	const name = slot_name(nb + block.notifier_call);
	let ret = NOTIFY_DONE;
	try {
		// Whatever the callback returned becomes an int here, nothing becomes 0.
		ret = call(nb + block.notifier_call, 'pnp', nb, val, v) | 0;
	} catch (error) {
		if (error instanceof Oops)
			throw error;
		oops_in_callback(`notifier_call ${name} of notifier_block ${nb.toString(16)}`, error);
	}
	if (restore_preempt_count(softirq, preempt, rcu))
		misuse(
			`notifier_call ${name} of notifier_block ${
				nb.toString(16)
			}: it leaked a lock or left softirqs disabled`,
		);
	return ret;
}

/** What the kernel does where the port returns an error. */
export interface NotifierHang {
	/** Changing a chain from a callback of its own is a hang, so a crash, instead of -EDEADLK. */
	readonly hang?: boolean;
}

/**
 * Put a block on the chain: behind those of the same or a higher priority. Sleeps while callbacks
 * run.
 * @param allow_twice link a block again that is on the chain, as 4.18 does
 * @returns 0; -EEXIST: it is on the chain; -EDEADLK: called from a callback of this chain
 */
export function blocking_notifier_chain_register(nh: number, nb: number, allow_twice = false,
	{ hang = false }: NotifierHang = {}): number
{
	if (calling.includes(nh)) {
		if (hang)
			die('INFO: task blocked: rwsem_down_write_slowpath in blocking_notifier_chain_register');
		misuse(
			`blocking_notifier_chain_register: notifier_block ${
				nb.toString(16)
			} from a callback of the same chain; refused`,
		);
		return -EDEADLK;
	}
	down_write(nh + chain.rwsem);
	try {
		return notifier_chain_register(nh + chain.head, nb, allow_twice);
	} finally {
		up_write(nh + chain.rwsem);
	}
}

/**
 * Take a block off the chain. When it returns no callback of the block runs. Sleeps while callbacks
 * run.
 * @returns 0; -ENOENT: it is not on the chain; -EDEADLK: called from a callback of this chain
 */
export function blocking_notifier_chain_unregister(nh: number, nb: number,
	{ hang = false }: NotifierHang = {}): number
{
	if (calling.includes(nh)) {
		if (hang)
			die('INFO: task blocked: rwsem_down_write_slowpath in blocking_notifier_chain_unregister');
		misuse(
			`blocking_notifier_chain_unregister: notifier_block ${
				nb.toString(16)
			} from a callback of the same chain; refused`,
		);
		return -EDEADLK;
	}
	down_write(nh + chain.rwsem);
	try {
		return notifier_chain_unregister(nh + chain.head, nb);
	} finally {
		up_write(nh + chain.rwsem);
	}
}

/**
 * Call the blocks' functions with (block, val, v) until one returns a value with NOTIFY_STOP_MASK.
 * Sleeps.
 * @returns the value of the last function called; NOTIFY_DONE if there is none
 */
export function blocking_notifier_call_chain(nh: number, val: number, v: number): number {
	if (READ_ONCE(nh + chain.head) === 0)
		return NOTIFY_DONE;
	// A callback that has its own chain called has the rwsem: a second down_read() could wait
	// behind a writer for ever.
	const nested = calling.includes(nh);
	if (!nested)
		down_read(nh + chain.rwsem);
	calling.push(nh);
	try {
		return notifier_call_chain(nh + chain.head, val, v);
	} finally {
		calling.pop();
		if (!nested)
			up_read(nh + chain.rwsem);
	}
}
