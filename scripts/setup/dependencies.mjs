// SPDX-License-Identifier: GPL-2.0-only
//
// Step 1: node_modules is what package-lock.json says.
import { basename, join } from 'node:path';

import { SetupError, read_json, root, run, which } from './common.mjs';

/** True if nothing is to be done. */
export function dependencies_ready() {
	const wanted = read_json(join(root, 'package-lock.json'))?.packages;
	// npm's own record of what it installed, written last: an interrupted installation has none.
	const installed = read_json(join(root, 'node_modules/.package-lock.json'))?.packages;
	if (!wanted || !installed)
		return false;
	return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
		const found = installed[path];
		if (path === '' || (optional && !found))
			return true;
		return found?.version === version && found?.integrity === integrity;
	});
}

export async function install_dependencies() {
	// Under `npm start` npm tells where it is itself.
	const caller = process.env.npm_execpath;
	const npm = caller && basename(caller) === 'npm-cli.js'
		? [process.execPath, caller]
		: [which('npm')];
	if (!npm[0])
		throw new SetupError(
			'npm is missing; it comes with Node.js, in Debian in the package npm (apt-get install npm)',
		);
	await run('installing dependencies', npm[0], [
		...npm.slice(1),
		'ci',
		'--include=dev',
		'--ignore-scripts',
		'--no-audit',
		'--no-fund',
	]);
}
