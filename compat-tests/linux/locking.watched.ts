// SPDX-License-Identifier: GPL-2.0-only
//
// The order of the accesses that locks consist of, and what another thread may do between them.
import { expect } from 'chai';
import { kfree, kzalloc, mutex_init, mutex_lock, mutex_unlock, spin_is_locked, spin_lock_bh,
	spin_lock_init, spin_unlock_bh } from '../../lib/index.js';
import { rcu_reader } from '../../lib/linux/rcupdate.js';
import { this_thread_ptr } from '../../lib/machine/thread.js';
import { bare_machine, bare_shutdown } from '../support/bare.js';
import { atomic_cmpxchg, load, watch } from '../support/watch.js';

describe('linux: locks and other threads', () => {
	let lock = 0;
	before(() => {
		bare_machine();
		lock = kzalloc(64);
	});
	after(() => {
		kfree(lock);
		bare_shutdown();
	});

	//  1. Thread A: spin_unlock_bh() ends the read-side section that softirqs off is.
	//  2. Thread B: synchronize_rcu() returns, and B frees the object that the lock is in.
	//  3. Thread A: it stores 0 in the lock, in memory that is somebody else's.
	it('spin_unlock_bh() unlocks before its read-side section ends', () => {
		const counter = this_thread_ptr(rcu_reader);
		spin_lock_init(lock);
		spin_lock_bh(lock);
		const held: boolean[] = [];
		watch((what, addr) => {
			if (addr === counter && (what === 'WRITE_ONCE' || what === 'atomic_store'))
				held.push(spin_is_locked(lock));
		});
		spin_unlock_bh(lock);
		watch(null);
		expect(held).to.deep.equal([false]);
	});

	//  1. Thread A: mutex_unlock() finds that nobody waits.
	//  2. Thread B: it says in the mutex that it waits, and sleeps.
	//  3. Thread A: it stores that the mutex is free, and wakes nobody.
	it('mutex_unlock() wakes a thread that begins to wait at any moment before', () => {
		const WAITERS = 0x40000000;
		/**
		 * Somebody begins to wait before the access of this number. @returns how often it is woken
		 */
		const woken = (when: number): number | null => {
			mutex_init(lock);
			mutex_lock(lock);
			const owner = load(lock);
			let n = 0;
			let waits = false;
			let wakes = 0;
			watch((what, addr) => {
				if (n++ === when)
					waits = atomic_cmpxchg(lock, owner, owner | WAITERS) === owner;
				else if (waits && what === 'futex_wake' && addr === lock)
					wakes++;
			});
			mutex_unlock(lock);
			watch(null);
			expect(load(lock)).to.equal(0);
			return waits ? wakes : null;
		};
		expect(woken(0), 'before the first access').to.equal(1);
		for (let when = 1; when < 8; when++)
			expect(woken(when), `before access ${when}`).to.be.oneOf([1, null]);
	});
});
