// SPDX-License-Identifier: GPL-2.0-only
//
// Damaged captures (damage.ts): one in the byte order of most machines. The other formats and
// order: damage.long.spec.ts.
import { random_from, scratch_dir, seed } from './builders.js';
import { captures, damage_tests, QUICK, read_all } from './damage.js';

describe('esp: damaged captures', function() {
	// Thousands of small files, and a reader's buffer for each.
	this.timeout(60_000);
	const dir = scratch_dir();

	for (const capture of captures)
		if (capture.name === QUICK)
			damage_tests(dir, capture);

	it(`any bytes behind a good beginning (SEED=${seed})`, () => {
		const random = random_from(seed);
		for (const { bytes } of captures) {
			for (let round = 0; round < 200; round++) {
				const noise = Buffer.from(
					Array.from({ length: random() * 300 }, () => random() * 256),
				);
				read_all(
					dir.file('noise', Buffer.concat([bytes.subarray(0, random() * 100), noise])),
				);
			}
		}
	});
});
