// SPDX-License-Identifier: GPL-2.0-only
//
// dist/tests/ is a second root of the project, for tests. In it our kernel (lib/ without lib/cli/)
// is one file. A simulated machine with four CPUs has five threads, and each of them finds, reads
// and compiles all modules of the kernel. A boot takes 400 ms of CPU time with a hundred modules,
// and 150 ms with one file. The tests boot several hundred machines.
//
// Each file of dist/lib has a file of the same name in dist/tests/dist/lib, with the same exports,
// so specs import what they always import. The files of the kernel there only export again what
// lib/machine/kernel.js has. Hard links and symbolic links stand for the rest of the project.
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
/** Folders of dist whose files get hard links: compiled specs, and what specs import from there. */
const LINKED = ['compat-tests', 'bench', 'scripts'];
/**
 * The file of the kernel in dist/tests/dist/lib. Its folder has to be one of the kernel's, because
 * the call traces of an oops tell the kernel's functions from a user's by that (lib/linux/bug.ts).
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
			// With the source map of the module, so that a stack trace shows the TypeScript.
			load: (file) => ({ code: readFileSync(file, 'utf8'), map: read_json(`${file}.map`) }),
			// import.meta.url is the URL that the module would have as a file of its own.
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

/** Make the tree, if it is missing or stale. The caller has called setup() before. */
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
