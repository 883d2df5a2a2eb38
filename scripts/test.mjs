// SPDX-License-Identifier: GPL-2.0-only
//
// Set-up, then mocha on the compiled tests. Further arguments go to mocha, as in
// `npm test -- --grep affinity`.
//
//	npm test             the quick part, of *.spec.ts: several mochas side by side, or one if it
//	                     has arguments
//	npm run test:long    the long part, of *.long.spec.ts
//	npm run coverage     both, with the coverage of the TypeScript in all threads and child
//	                     processes, which takes them as long again
//
// In the quick part most specs run in a tree where the kernel is one file (test/tree.mjs).
import { join } from 'node:path';

import { become, files_under, root } from './setup/common.mjs';
import { setup } from './setup.mjs';
import { lanes_of, run_lanes } from './test/lanes.mjs';
import { make_test_tree } from './test/tree.mjs';

const OPTIONS = ['--long', '--coverage'];

/** The compiled spec files of one part or of both, unless the user has named some. */
function specs_of({ quick, long }, given = []) {
	if (given.some((arg) => arg.endsWith('.spec.js')))
		return [];
	return files_under(join(root, 'dist/compat-tests'), ['.spec.js']).filter((file) =>
		file.endsWith('.long.spec.js') ? long : quick
	);
}

if (await setup({ require_addon: true })) {
	const [part, given] = OPTIONS.includes(process.argv[2])
		? [process.argv[2], process.argv.slice(3)]
		: [null, process.argv.slice(2)];
	const mocha = [join(root, 'node_modules/mocha/bin/mocha.js'),
		...process.env.CI ? ['--forbid-only'] : []];
	if (part === '--coverage')
		await become([join(root, 'node_modules/c8/bin/c8.js'), process.execPath, ...mocha, ...given,
			...specs_of({ quick: true, long: true }, given)]);
	else if (part === '--long')
		await become([...mocha, ...given, ...specs_of({ quick: false, long: true }, given)]);
	else if (given.length > 0)
		await become([...mocha, ...given, ...specs_of({ quick: true, long: false }, given)]);
	else {
		await make_test_tree();
		process.exitCode = await run_lanes(mocha, lanes_of(specs_of({ quick: true, long: false })));
	}
}
