// SPDX-License-Identifier: GPL-2.0-only
//
// A module that cannot be loaded on a CPU.
import { isMainThread } from 'node:worker_threads';

if (!isMainThread)
	throw new Error('this module does not like CPUs');

export function never(): void {
	// It has a function all the same.
}
