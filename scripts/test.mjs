// SPDX-License-Identifier: GPL-2.0-only
//
// npm test: set-up, then mocha on the compiled tests. Further arguments go to mocha: npm test -- --grep affinity
// npm run coverage: the same with the coverage of the TypeScript in all threads and child processes, which takes them as long again.
import { join } from 'node:path';

import { become, root } from './setup/common.mjs';
import { setup } from './setup.mjs';

if (await setup({ require_addon: true })) {
	const given = process.argv.slice(2);
	const coverage = given[0] === '--coverage';
	const mocha = [join(root, 'node_modules/mocha/bin/mocha.js'), ...(process.env.CI ? ['--forbid-only'] : []), ...given.slice(coverage ? 1 : 0)];
	await (coverage ? become(join(root, 'node_modules/c8/bin/c8.js'), process.execPath, '--enable-source-maps', ...mocha) : become('--enable-source-maps', ...mocha));
}
