// SPDX-License-Identifier: GPL-2.0-only
//
// Writes docs/kernel-comparison.md from compat-tests/kernel: node scripts/kernel-doc.mjs (after npm run compile). A test fails if it
// is stale.
import { writeFileSync } from 'node:fs';
import { kernel_document } from '../dist/compat-tests/kernel/page.js';

writeFileSync(new URL('../docs/kernel-comparison.md', import.meta.url), kernel_document());
