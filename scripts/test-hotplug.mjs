// SPDX-License-Identifier: GPL-2.0-only
//
// npm run test:hotplug: set-up, then the port in a guest whose real CPUs go and come: npm run test:hotplug -- --toggles 1000 --seed 1
import { join } from 'node:path';

import { become, root } from './setup/common.mjs';
import { setup } from './setup.mjs';

if (await setup({ require_addon: true }))
	await become('--enable-source-maps', join(root, 'dist/compat-tests/kernel/test-hotplug.js'), ...process.argv.slice(2));
