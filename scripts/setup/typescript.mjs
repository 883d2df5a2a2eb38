// SPDX-License-Identifier: GPL-2.0-only
//
// Step 2: dist/ is the compiled form of the TypeScript sources, of all of them and of nothing else.
import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

import { files_under, fingerprint, read_json, root, run, stamped, write_stamp } from './common.mjs';

const folders = ['lib', 'compat-tests', 'bench', 'scripts'];
const stamp = join(root, 'dist/.set-up');

const sources = () => folders.flatMap((folder) => files_under(join(root, folder), ['.ts']));
const output_of = (source) => join(root, 'dist', relative(root, source).replace(/\.ts$/, '.js'));

function print() {
	const compiler = read_json(join(root, 'node_modules/typescript/package.json'))?.version;
	return fingerprint([join(root, 'tsconfig.json'), ...sources()], compiler);
}

/** True if nothing is to be done. */
export function typescript_ready() {
	return stamped(stamp, print()) && sources().every((source) => existsSync(output_of(source)));
}

export async function compile_typescript() {
	// Read before the compiler reads: a file that changes meanwhile is compiled again next time.
	const compiled = print();
	const outputs = new Set(sources().map(output_of));
	if (![...outputs].every(existsSync))
		rmSync(join(root, 'dist/.tsbuildinfo'), { force: true });
	await run('compiling TypeScript', process.execPath, [
		join(root, 'node_modules/typescript/bin/tsc'),
		'--pretty',
		'false',
	]);
	remove_orphans(outputs);
	write_stamp(stamp, compiled);
}

// What is left of a source that is gone would still be found by mocha and by imports.
function remove_orphans(outputs) {
	const endings = ['.js', '.js.map', '.d.ts', '.d.ts.map'];
	for (const file of folders.flatMap((folder) =>
		files_under(join(root, 'dist', folder), endings)
	)) {
		if (!outputs.has(file.replace(/(\.d\.ts|\.js)(\.map)?$/, '.js')))
			rmSync(file);
	}
}
