// SPDX-License-Identifier: GPL-2.0-only
//
// Which quirks make a recorded answer: the scenarios that take a boot of their own for it. The others
// are in golden.spec.ts.
import { everything, named_quirks_tests, shares_a_boot } from './replay.js';

named_quirks_tests(everything.filter((trace) => trace.quirks.length > 0 && !shares_a_boot(trace)));
