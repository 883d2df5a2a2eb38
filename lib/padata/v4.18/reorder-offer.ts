// SPDX-License-Identifier: GPL-2.0-only
//
// The reorder offer: a CPU in the middle of a batch does not reorder after each object. It offers
// that to all others and goes on. A CPU looks for an offer when it has finished something, and all
// the time while it is idle; the offering CPU reorders itself after 32 objects, or at the end of
// its batch.
//
// Without it, and without workers that wait for more (batching.ts), an empty job on two CPUs cost
// 615 ns instead of 248 (docs/performance.md, "Where the time goes"). Nobody can observe it. An
// offer stands only while every CPU is at work, or one is awake and looks; else it is refused, and
// the caller reorders at once. So an object whose turn has come waits for nobody but a CPU that its
// host does not let run, as it would wait for the holder of pd->lock in 4.18. A flush of the
// workqueue waits for what an item has left.
import { quirk, REORDER_TIMER, UNCHECKED_MISUSE, UNFLUSHED_REORDER_WORK } from '../../quirks.js';
import { rcu_read_lock, rcu_read_unlock } from '../../linux/rcupdate.js';
import { only_sleepers, seems_only_sleepers } from '../../machine/idle.js';
import { bss, per_thread } from '../../machine/layout.js';
import { register_leftover } from '../../machine/leftover.js';
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_xchg, load,
	store } from '../../machine/memory.js';
import { on_detach, this_thread_ptr, thread_ptr } from '../../machine/thread.js';

/** [the parallel_data that is offered, or 0; how many threads reorder what they have taken] */
const OFFER = bss(128, 128);
const TAKERS = OFFER + 4;
/** Is this thread counted there? */
const TAKES = per_thread(4);

/** Does this thread reorder what another one has left to it? */
let in_hand = false;
on_detach(() => {
	in_hand = false;
});

let reorder: (pd: number) => void = () => undefined;

/** padata.ts registers its padata_reorder(), which this file cannot import. */
export function reorder_offers_by(padata_reorder: (pd: number) => void): void {
	reorder = padata_reorder;
}

/** May things be put off that 4.18 does at once? Not with the quirks that depend on the moment. */
export function may_put_off(): boolean {
	return !quirk(REORDER_TIMER | UNFLUSHED_REORDER_WORK | UNCHECKED_MISUSE);
}

/** Is there an offer? Atomic: the look after spin_end() must not be made before it (arm64). */
function offer_pending(): boolean {
	return atomic_load(OFFER) !== 0;
}

/**
 * Is pd offered still? If so, whoever takes the offer sees what the caller has published with a
 * full barrier before.
 */
export function offer_stands(pd: number): boolean {
	return atomic_load(OFFER) === pd;
}

/** Offer pd to whoever has time. @returns false: reorder it yourself */
export function offer_reordering(pd: number): boolean {
	if (seems_only_sleepers() || atomic_cmpxchg(OFFER, 0, pd) !== 0)
		return false;
	// The offer is made with a full barrier before we look: pairs with spin_end() and park_begin().
	return !only_sleepers() || !withdraw_offer(pd);
}

/** @returns false if pd is not offered any more: somebody has taken it */
export function withdraw_offer(pd: number): boolean {
	return atomic_cmpxchg(OFFER, pd, 0) === pd;
}

/** This thread acts for the one that has left it the reordering, until end_take_over(). */
export function begin_take_over(): void {
	store(this_thread_ptr(TAKES), 1);
	// Counted before the offer goes away: pairs with offer_outstanding().
	atomic_fetch_add(TAKERS, 1);
	in_hand = true;
}

export function end_take_over(): void {
	in_hand = false;
	atomic_fetch_add(TAKERS, -1);
	store(this_thread_ptr(TAKES), 0);
}

/** The thread of a CPU has died, and does not reorder what it may have taken. */
export function taker_died(cpu: number): void {
	const takes = thread_ptr(TAKES, cpu);
	if (load(takes) === 0)
		return;
	store(takes, 0);
	atomic_fetch_add(TAKERS, -1);
}

/** Reorder where another CPU has offered it. @returns false if there was no offer */
export function take_over_reordering(): boolean {
	if (!offer_pending())
		return false;
	// pd is kept from before it is taken: pairs with the flush, which withdraws the offer.
	rcu_read_lock();
	begin_take_over();
	const pd = atomic_xchg(OFFER, 0);
	if (pd !== 0)
		reorder(pd);
	end_take_over();
	rcu_read_unlock();
	return pd !== 0;
}

function offer_outstanding(): boolean {
	return offer_pending() || atomic_load(TAKERS) !== 0;
}

register_leftover({
	pending: offer_pending,
	outstanding: offer_outstanding,
	in_hand: () => in_hand,
	run: take_over_reordering,
});
