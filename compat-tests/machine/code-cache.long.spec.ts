// SPDX-License-Identifier: GPL-2.0-only
//
// The code cache (code-cache-tests.ts): all tests but those of code-cache.spec.ts.
import { code_cache_tests } from './code-cache-tests.js';

describe('machine: the code cache', () => code_cache_tests('long'));
