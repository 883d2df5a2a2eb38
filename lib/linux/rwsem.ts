// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/rwsem.h>. Many readers or one writer; a writer that waits keeps new readers out,
// as in the kernel, so a thread must not take it for reading twice.
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_store,
	store } from '../machine/memory.js';
import { sleep_on, wake_up } from '../machine/park.js';
import { int, long, struct } from '../machine/struct.js';
import { die } from './bug.js';
import { list_head } from './list.js';
import { may_sleep } from './preempt.js';
import { spinlock_t } from './spinlock.js';

/**
 * count: readers, or WRITER; waiters: writers that wait; releases: changes with every release, to
 * sleep on.
 */
export const rw_semaphore = struct('rw_semaphore', {
	count: int,
	waiters: int,
	wait_list: list_head,
	wait_lock: spinlock_t,
	releases: int,
	owner: long,
});
const rwsem = rw_semaphore.offset;
const WRITER = -1;

export function init_rwsem(sem: number): void {
	store(sem + rwsem.count, 0);
	store(sem + rwsem.waiters, 0);
	store(sem + rwsem.releases, 0);
}

function check_may_sleep(what: string): void {
	if (!may_sleep(what))
		die(`BUG: scheduling while atomic: ${what}`);
}

/** Sleeps. */
export function down_read(sem: number): void {
	check_may_sleep('down_read');
	for (;;) {
		const seen = atomic_load(sem + rwsem.releases);
		const count = atomic_load(sem + rwsem.count);
		if (count >= 0 && atomic_load(sem + rwsem.waiters) === 0) {
			if (atomic_cmpxchg(sem + rwsem.count, count, count + 1) === count)
				return;
			continue;
		}
		sleep_on(sem + rwsem.releases, seen);
	}
}

/** Take it for reading if that needs no waiting. */
export function down_read_trylock(sem: number): boolean {
	const count = atomic_load(sem + rwsem.count);
	return count >= 0 && atomic_load(sem + rwsem.waiters) === 0
		&& atomic_cmpxchg(sem + rwsem.count, count, count + 1) === count;
}

function released(sem: number): void {
	atomic_fetch_add(sem + rwsem.releases, 1);
	wake_up(sem + rwsem.releases);
}

export function up_read(sem: number): void {
	if (atomic_fetch_add(sem + rwsem.count, -1) === 1)
		released(sem);
}

/** Sleeps. */
export function down_write(sem: number): void {
	check_may_sleep('down_write');
	atomic_fetch_add(sem + rwsem.waiters, 1);
	for (;;) {
		const seen = atomic_load(sem + rwsem.releases);
		if (atomic_cmpxchg(sem + rwsem.count, 0, WRITER) === 0)
			break;
		sleep_on(sem + rwsem.releases, seen);
	}
	atomic_fetch_add(sem + rwsem.waiters, -1);
}

export function up_write(sem: number): void {
	atomic_store(sem + rwsem.count, 0);
	released(sem);
}
