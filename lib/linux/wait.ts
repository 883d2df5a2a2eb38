// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: wait_event() of <linux/wait.h>, on a word instead of a queue: the condition depends on
// that word, and whoever changes it calls wake_up() of machine/park.ts after the change.
import { atomic_load } from '../machine/memory.js';
import { sleep_on } from '../machine/park.js';
import { die } from './bug.js';
import { may_sleep } from './preempt.js';

export { wake_up } from '../machine/park.js';

/** Sleep until `condition` holds for the value of *addr. */
export function wait_event(addr: number, condition: (value: number) => boolean): void {
	if (!may_sleep('wait_event'))
		die('BUG: scheduling while atomic: wait_event');
	for (;;) {
		const value = atomic_load(addr);
		if (condition(value))
			return;
		sleep_on(addr, value);
	}
}
