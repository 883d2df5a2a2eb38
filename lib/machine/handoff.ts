// SPDX-License-Identifier: GPL-2.0-only
//
// What a busy CPU puts off until somebody has time for it. There is one place for the whole machine: a CPU that has more
// to do puts an address there (offer) and goes on; each CPU looks at it when it has finished something, and all the time
// while it is idle. An offer stands only while every CPU is at work or somebody is awake who will see it; when there are
// only sleepers besides the busy ones it is refused, and the caller does the thing itself. So nothing that could be done
// now waits for somebody who is busy.
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_xchg, READ_ONCE } from './memory.js';
import { bss } from './layout.js';

/** What is offered, or 0. */
const OFFER = bss(128, 128);
/** The CPUs that have nothing to do: SPINNING for each that is awake, PARKED for each that sleeps. */
const IDLE = bss(128, 128);
const SPINNING = 1;
const PARKED = 1 << 16;

/** This CPU has nothing to do and looks out for offers, until spin_end(). */
export function spin_begin(): void {
	atomic_fetch_add(IDLE, SPINNING);
}

/** It must look at the offer once more after this: somebody may have relied on it until now. Pairs with offer(). */
export function spin_end(): void {
	atomic_fetch_add(IDLE, -SPINNING);
}

/** This CPU is about to sleep, until park_end(). As after spin_end(), it must look at the offer once more. */
export function park_begin(): void {
	atomic_fetch_add(IDLE, PARKED);
}

export function park_end(): void {
	atomic_fetch_add(IDLE, -PARKED);
}

/** Are there sleepers, and nobody awake who would see an offer? */
function only_sleepers(idle: number): boolean {
	return idle >= PARKED && (idle & PARKED - 1) === 0;
}

/** Atomic: the look that spin_end() and park_begin() demand must not be made before them (arm64). */
export function offer_pending(): boolean {
	return atomic_load(OFFER) !== 0;
}

/**
 * Does this offer stand still? If so, whoever takes it sees what the caller has published with a full barrier before.
 */
export function offer_stands(what: number): boolean {
	return atomic_load(OFFER) === what;
}

/** Offer `what` to whoever has time. @returns false: do it yourself */
export function offer(what: number): boolean {
	if (only_sleepers(READ_ONCE(IDLE)) || atomic_cmpxchg(OFFER, 0, what) !== 0)
		return false;
	// The offer is made with a full barrier before we look: pairs with spin_end() and park_begin().
	return !only_sleepers(atomic_load(IDLE)) || !withdraw_offer(what);
}

/** Take what is offered. @returns 0 if there is nothing */
export function take_offer(): number {
	return atomic_xchg(OFFER, 0);
}

/** @returns false if it is not offered any more: somebody has taken it */
export function withdraw_offer(what: number): boolean {
	return atomic_cmpxchg(OFFER, what, 0) === what;
}
