// SPDX-License-Identifier: GPL-2.0-only
//
// A module that cannot be loaded by threads which start while PADATA_TEST_LATE is set.
import { isMainThread } from 'node:worker_threads';

if (!isMainThread && process.env['PADATA_TEST_LATE'] !== undefined)
	throw new Error('this module is too late');

export function answer(): number {
	return 42;
}
