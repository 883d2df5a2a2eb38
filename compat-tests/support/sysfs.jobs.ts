// SPDX-License-Identifier: GPL-2.0-only
//
// Files of sysfs for tests, whose functions sleep, take little, or fail.
import { atomic_fetch_add, atomic_load, bytes_at, int, kobj_attribute, load, sleep_on, store,
	struct, wake_up } from '../../lib/index.js';

/**
 * gate: show() and store() sleep while it is 0. inside: how many do. most: store() takes at most so
 * many bytes; negative: what it returns. calls, taken: how often store() was called, and how many
 * bytes it has taken.
 */
export const test_file = struct('test_file', { kattr: kobj_attribute, gate: int, inside: int,
	most: int, calls: int, taken: int });
const f = test_file.offset;

function wait_at_gate(file: number): void {
	atomic_fetch_add(file + f.inside, 1);
	wake_up(file + f.inside);
	while (atomic_load(file + f.gate) === 0)
		sleep_on(file + f.gate, 0);
	atomic_fetch_add(file + f.inside, -1);
}

/** Shows a page that is full. */
export function show_page(_kobj: number, file: number, buf: number): number {
	wait_at_gate(file);
	bytes_at(buf, 4095).fill('x'.charCodeAt(0));
	return 4095;
}

export function store_some(_kobj: number, file: number, _buf: number, count: number): number {
	wait_at_gate(file);
	const most = load(file + f.most);
	if (most < 0)
		return most;
	store(file + f.calls, load(file + f.calls) + 1);
	atomic_fetch_add(file + f.taken, Math.min(count, most));
	wake_up(file + f.taken);
	return Math.min(count, most);
}
