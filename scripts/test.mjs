// SPDX-License-Identifier: GPL-2.0-only
//
// npm test: set-up, then mocha on the compiled tests, with coverage of the TypeScript in all threads and child
// processes. Further arguments go to mocha: npm test -- --grep affinity
import { join } from 'node:path';

import { become, root } from './setup/common.mjs';
import { setup } from './setup.mjs';

if (await setup({ require_addon: true })) {
	await become(join(root, 'node_modules/c8/bin/c8.js'),
		process.execPath, '--enable-source-maps', join(root, 'node_modules/mocha/bin/mocha.js'),
		...(process.env.CI ? ['--forbid-only'] : []), ...process.argv.slice(2));
}
