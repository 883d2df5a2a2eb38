// SPDX-License-Identifier: GPL-2.0-only
//
// Writes docs/conformance.md from what the port answers: node scripts/conformance-doc.mjs (after npm run compile). A test fails
// if it is stale.
import '../dist/lib/index.js';
import { writeFileSync } from 'node:fs';
import { conformance_page } from '../dist/compat-tests/support/conformance-page.js';
import { leave_stage } from '../dist/compat-tests/support/stage.js';

writeFileSync(new URL('../docs/conformance.md', import.meta.url), await conformance_page());
await leave_stage();
