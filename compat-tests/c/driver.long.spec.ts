// SPDX-License-Identifier: GPL-2.0-only
//
// The driver in C (driver.ts) with all scenarios but those for two CPUs, which driver.spec.ts has.
import { driver_tests } from './driver.js';

describe('c: the driver of the conformance suite', function() {
	this.timeout(30_000);
	driver_tests(({ cpus }) => cpus !== 2);
});
