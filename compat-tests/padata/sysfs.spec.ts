// SPDX-License-Identifier: GPL-2.0-only
//
// The attributes of an instance (sysfs.ts). On a machine whose masks print as two groups of digits:
// sysfs.long.spec.ts.
import { MODES } from './instance.js';
import { sysfs_tests } from './sysfs.js';

for (const [quirks] of MODES)
	sysfs_tests(4, quirks);
