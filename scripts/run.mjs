// SPDX-License-Identifier: GPL-2.0-only
//
// Set-up, then one of the project's programs with the arguments that follow: node scripts/run.mjs
// NAME ARGUMENT... The commands of package.json call it: npm run torture -- --seconds 600 --seed 1
import { join } from 'node:path';

import { become, root, say } from './setup/common.mjs';
import { setup } from './setup.mjs';

/** program: compiled, below dist/. require_addon: false if the program also does without. */
const PROGRAMS = {
	'bench': { program: 'bench/bench.js', require_addon: true },
	'docs:update': { program: 'scripts/docs/update.js', require_addon: true },
	'model': { program: 'compat-tests/model/run.js', require_addon: true },
	'test:hotplug': { program: 'compat-tests/kernel/test-hotplug.js', require_addon: true },
	'test:kernel': { program: 'compat-tests/kernel/test-kernel.js', require_addon: false },
	'test:package': { program: 'compat-tests/package/test-package.js', require_addon: true },
	'torture': { program: 'compat-tests/torture/torture.js', require_addon: true },
};

const [name, ...given] = process.argv.slice(2);
if (!Object.hasOwn(PROGRAMS, name ?? '')) {
	say(`there is no program "${name ?? ''}" to run; there are: ${
		Object.keys(PROGRAMS).join(', ')
	}`);
	process.exitCode = 2;
} else {
	const { program, require_addon } = PROGRAMS[name];
	if (await setup({ require_addon }))
		await become(['--enable-source-maps', join(root, 'dist', program), ...given]);
}
