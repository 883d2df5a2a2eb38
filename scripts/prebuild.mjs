// SPDX-License-Identifier: GPL-2.0-only
//
// npm run prebuild: put the addon for this platform where the published package carries it.
import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { join, relative } from 'node:path';

import { root } from './setup/common.mjs';
import { setup } from './setup.mjs';

if (await setup({ require_addon: true })) {
	const { platform } = await import('../dist/lib/machine/native.js');
	const folder = join(root, 'prebuilds', platform());
	const file = join(folder, 'padata.node');
	const unfinished = `${file}.${process.pid}`;
	mkdirSync(folder, { recursive: true });
	copyFileSync(join(root, 'build/Release/padata.node'), unfinished);
	process.dlopen({ exports: {} }, unfinished); // never ship one that does not load
	renameSync(unfinished, file);
	process.stdout.write(`${relative(root, file)}\n`);
}
