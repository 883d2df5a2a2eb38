// SPDX-License-Identifier: GPL-2.0-only
//
// npm run test:kernel: set-up, then the port against a running kernel: npm run test:kernel -- order-rr --show
import { join } from 'node:path';

import { become, root } from './setup/common.mjs';
import { setup } from './setup.mjs';

if (await setup())
	await become('--enable-source-maps', join(root, 'dist/compat-tests/kernel/test-kernel.js'), ...process.argv.slice(2));
