// SPDX-License-Identifier: GPL-2.0-only
//
// What a busy CPU puts off until somebody has time for it. There is one place for the whole machine: a CPU that has more
// to do puts an address there (offer) and goes on; each CPU looks at it when it has finished something, and all the time
// while it is idle. An offer stands only while every CPU is at work or somebody is awake who will see it; when there are
// only sleepers besides the busy ones it is refused, and the caller does the thing itself. So nothing that could be done
// now waits for somebody who is busy.
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_xchg, READ_ONCE } from './memory.js';
import { bss } from './layout.js';
import { on_detach } from './thread.js';

/** [what is offered, or 0; how many threads are at what they have taken] */
const OFFER = bss(128, 128);
const TAKERS = OFFER + 4;
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

/** Is this thread at something that it has taken? */
let at_work = false;
on_detach(() => { at_work = false; });

/** What this thread does until offer_done() has been left to it by another one. */
export function begin_offered(): void {
	atomic_fetch_add(TAKERS, 1);
	at_work = true;
}

export function offer_done(): void {
	at_work = false;
	atomic_fetch_add(TAKERS, -1);
}

/**
 * Take what is offered. Whoever gets something calls offer_done() when it has done it.
 * @returns 0 if there is nothing
 */
export function take_offer(): number {
	// Counted before the offer goes away: pairs with offer_outstanding().
	begin_offered();
	const what = atomic_xchg(OFFER, 0);
	if (what === 0)
		offer_done();
	return what;
}

/** Does this thread do now what another one has left to it? */
export function does_offered(): boolean {
	return at_work;
}

/** Is something offered, or has somebody taken it and not yet done? */
export function offer_outstanding(): boolean {
	return atomic_load(OFFER) !== 0 || atomic_load(TAKERS) !== 0;
}

/** @returns false if it is not offered any more: somebody has taken it */
export function withdraw_offer(what: number): boolean {
	return atomic_cmpxchg(OFFER, what, 0) === what;
}
