// SPDX-License-Identifier: GPL-2.0-only
//
// What keeps the process alive: things that the user has allocated and not freed. Worker threads do
// not.
import { atomic_fetch_add, atomic_load } from './memory.js';
import { machine_field } from './layout.js';
import { watch_async, wake_up } from './park.js';
import { attached } from './thread.js';

const USERS = machine_field('users');

export function hold_process(): void {
	atomic_fetch_add(USERS, 1);
}

export function release_process(): void {
	if (atomic_fetch_add(USERS, -1) === 1)
		wake_up(USERS);
}

export function process_is_held(): boolean {
	return atomic_load(USERS) > 0;
}

/** Resolves when nothing holds the process, or this thread has left the machine. */
export async function process_released(): Promise<void> {
	while (attached) {
		const users = atomic_load(USERS);
		if (users <= 0)
			return;
		await watch_async(USERS, users, 1000);
	}
}
