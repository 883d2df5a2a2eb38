// SPDX-License-Identifier: GPL-2.0-only
//
// Writes docs/headers.md from include/: node scripts/headers-doc.mjs (after npm run compile). A test fails if it is stale.
import { writeFileSync } from 'node:fs';
import { headers_document } from '../dist/compat-tests/support/headers-doc.js';

writeFileSync(new URL('../docs/headers.md', import.meta.url), headers_document());
