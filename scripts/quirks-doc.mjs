// SPDX-License-Identifier: GPL-2.0-only
//
// Writes docs/quirks.md from lib/quirks.ts: node scripts/quirks-doc.mjs (after npm run compile). A test fails if it is stale.
import { writeFileSync } from 'node:fs';
import { quirks_document } from '../dist/compat-tests/support/quirks-doc.js';

writeFileSync(new URL('../docs/quirks.md', import.meta.url), quirks_document());
