// SPDX-License-Identifier: GPL-2.0-only
//
// npm run test:package: set-up, then the package as users get it, on several versions of Node.js:
// npm run test:package -- documents
import { join } from 'node:path';

import { become, root } from './setup/common.mjs';
import { setup } from './setup.mjs';

if (await setup({ require_addon: true })) {
	const program = join(root, 'dist/compat-tests/package/test-package.js');
	await become('--enable-source-maps', program, ...process.argv.slice(2));
}
