// SPDX-License-Identifier: GPL-2.0-only
//
// npm run model: set-up, then random scripts, model against port: npm run model -- --runs 10000 --seed 1
import { join } from 'node:path';

import { become, root } from './setup/common.mjs';
import { setup } from './setup.mjs';

if (await setup({ require_addon: true }))
	await become('--enable-source-maps', join(root, 'dist/compat-tests/model/run.js'), ...process.argv.slice(2));
