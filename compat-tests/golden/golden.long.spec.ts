// SPDX-License-Identifier: GPL-2.0-only
//
// The recorded scenarios that golden.spec.ts leaves out: with only the quirks that are named, which
// takes a boot for each combination, and without quirks on large machines.
import { document_tests, everything, is_large, is_quick_quirk,
	named_quirks_tests } from './replay.js';

document_tests(everything.filter(is_large));
named_quirks_tests(everything.filter((trace) => trace.quirks.length > 0 && !is_quick_quirk(trace)));
