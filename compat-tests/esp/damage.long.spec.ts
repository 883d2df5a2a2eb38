// SPDX-License-Identifier: GPL-2.0-only
//
// Damaged captures (damage.ts) of all formats and byte orders but the one that damage.spec.ts has.
import { scratch_dir } from './builders.js';
import { captures, damage_tests, QUICK } from './damage.js';

describe('esp: damaged captures', function() {
	// Thousands of small files, and a reader's buffer for each.
	this.timeout(60_000);
	const dir = scratch_dir();

	for (const capture of captures)
		if (capture.name !== QUICK)
			damage_tests(dir, capture);
});
