// SPDX-License-Identifier: GPL-2.0-only
//
// The attributes of an instance (sysfs.ts) on a machine whose masks print as two groups of digits.
import { sysfs_tests } from './sysfs.js';

sysfs_tests(34, 'none');
