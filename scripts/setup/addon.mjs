// SPDX-License-Identifier: GPL-2.0-only
//
// Step 4: build/Release/padata.node is the addon, built from native/ for this Node.
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { SetupError, files_under, fingerprint, read_json, root, run, stamped, which,
	write_stamp } from './common.mjs';

const addon = join(root, 'build/Release/padata.node');
const stamp = join(root, 'build/Release/.set-up');

function print() {
	const api = read_json(join(root, 'node_modules/node-addon-api/package.json'))?.version;
	const sources = [join(root, 'binding.gyp'), ...files_under(join(root, 'native')),
		...files_under(join(root, 'include'))];
	return fingerprint(sources, api, process.versions.modules, process.arch);
}

/** True if nothing is to be done. */
export function addon_ready() {
	return existsSync(addon) && stamped(stamp, print());
}

/** Throws NoCompiler if this machine cannot build it. */
export async function build_addon() {
	// Of other sources or for another Node: worse than none.
	rmSync(addon, { force: true });
	const { CXX, MAKE, PYTHON, NODE_GYP_FORCE_PYTHON } = process.env;
	const compiler = CXX ? which(CXX.split(' ')[0]) && CXX : which('g++', 'clang++');
	const make = which(MAKE || 'make');
	const python = which(...[NODE_GYP_FORCE_PYTHON, PYTHON, 'python3', 'python'].filter(Boolean));
	if (!compiler || !make || !python)
		throw new NoCompiler(!compiler, !make, !python);

	const args = [join(root, 'node_modules/node-gyp/bin/node-gyp.js'), 'rebuild'];
	// Node's headers mostly lie beside it; node-gyp would fetch them from the network.
	const prefix = dirname(dirname(process.execPath));
	if (existsSync(join(prefix, 'include/node/node_api.h')))
		args.push(`--nodedir=${prefix}`);
	const built = print();
	await run('building the addon', process.execPath, args, { CXX: compiler });
	write_stamp(stamp, built);
}

/** What is missing to build the addon, and how to get it. */
export class NoCompiler extends SetupError {
	constructor(compiler, make, python) {
		const pick = (...names) => names.filter((_, i) => [compiler, make, python][i]);
		const missing = pick('C++ compiler', 'make', 'python3').join(', ');
		const debian = pick('g++', 'make', 'python3').join(' ');
		const fedora = pick('gcc-c++', 'make', 'python3').join(' ');
		super(`cannot build the addon, so CPUs cannot be pinned: no ${missing}; `
			+ `get it by "apt-get install ${debian}" or "dnf install ${fedora}"`);
	}
}
