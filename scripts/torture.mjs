// SPDX-License-Identifier: GPL-2.0-only
//
// npm run torture: set-up, then the storm for as long as wanted: npm run torture -- --seconds 600 --seed 1
import { join } from 'node:path';

import { become, root } from './setup/common.mjs';
import { setup } from './setup.mjs';

if (await setup({ require_addon: true }))
	await become('--enable-source-maps', join(root, 'dist/compat-tests/torture/torture.js'), ...process.argv.slice(2));
