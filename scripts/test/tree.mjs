// SPDX-License-Identifier: GPL-2.0-only
//
// dist/tests/ is a second root of the project for tests, in which the kernel is one file. A machine
// of four CPUs has five threads, each of which finds, reads and compiles all the modules that it
// runs: with a hundred modules a boot takes 400 ms of CPU time, with one file 150. Some hundred
// machines are booted by the tests.
//
// Each file of dist/lib is there under its name and exports what it exports, so specs import what
// they always import. Files of the kernel (all but the command's) only pass on what is in
// lib/machine/kernel.js. All else of the project is linked.
import { linkSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { in_kernel, input_options, output_options } from '../setup/bundle.mjs';
import { SetupError, files_under, fingerprint, read_json, root, say, stamped,
	write_stamp } from '../setup/common.mjs';
import { exclusively } from '../setup/lock.mjs';

/** The root of the project, as the tests see it. */
export const test_root = join(root, 'dist/tests');

const lib = join(root, 'dist/lib');
const stamp = join(test_root, '.set-up');
/** Links to the same file: a compiled spec, and what it imports beside the library. */
const LINKED = ['compat-tests', 'bench', 'scripts'];
/**
 * Where the kernel lies. Call traces know the functions of the kernel by the folder of their file
 * (lib/linux/bug.ts).
 */
const KERNEL = 'machine/kernel';

function print() {
	const bundler = read_json(join(root, 'node_modules/rollup/package.json'))?.version;
	return fingerprint([join(root, 'scripts/test/tree.mjs'), join(root, 'dist/.set-up')], bundler,
		readdirSync(root).join());
}

async function join_kernel() {
	const { rollup } = await import('rollup');
	const names = files_under(lib, ['.js']).map((file) => relative(lib, file).slice(0, -3));
	const result = await rollup({
		input: Object.fromEntries(names.map((name) => [name, join(lib, `${name}.js`)])),
		...input_options,
		preserveEntrySignatures: 'strict',
		plugins: [{
			name: 'kernel',
			// With its source map, so that a failure is shown in the source.
			load: (file) => ({ code: readFileSync(file, 'utf8'), map: read_json(`${file}.map`) }),
			// A module of the kernel is still at its own URL.
			resolveImportMeta(property, { moduleId }) {
				if (!in_kernel(moduleId) || property !== 'url')
					return null;
				const path = relative(dirname(join(lib, KERNEL)), moduleId);
				return `new URL(${JSON.stringify(path)}, import.meta.url).href`;
			},
		}],
	});
	await result.write({
		...output_options,
		dir: join(test_root, 'dist/lib'),
		sourcemap: true,
		chunkFileNames: '[name].js',
		manualChunks: (module) => in_kernel(module) ? KERNEL : null,
	});
	await result.close();
}

function link_rest() {
	for (const name of readdirSync(root).filter((name) => name !== 'dist'))
		symlinkSync(join(root, name), join(test_root, name));
	symlinkSync(join(root, 'dist/bundle'), join(test_root, 'dist/bundle'));
	for (const file of LINKED.flatMap((folder) => files_under(join(root, 'dist', folder)))) {
		const copy = join(test_root, 'dist', relative(join(root, 'dist'), file));
		mkdirSync(dirname(copy), { recursive: true });
		linkSync(file, copy);
	}
}

/** Make the tree, if it is missing or stale. Set-up has been done. */
export async function make_test_tree() {
	if (stamped(stamp, print()))
		return;
	await exclusively(async () => {
		const made = print();
		if (stamped(stamp, made))
			return;
		say('joining the kernel for the tests');
		rmSync(test_root, { recursive: true, force: true });
		mkdirSync(join(test_root, 'dist'), { recursive: true });
		try {
			await join_kernel();
		} catch (err) {
			throw new SetupError(`joining the kernel failed: ${err.message}`);
		}
		link_rest();
		write_stamp(stamp, made);
	});
}
