// SPDX-License-Identifier: GPL-2.0-only
//
// The guest's files: Node.js with the libraries it is linked with, and of this checkout the bundle,
// the addon and the program.
import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../commands.js';
import type { Entry } from '../cpio.js';
import type { ProgramOptions } from './program.js';

const checkout = fileURLToPath(new URL('../../../../', import.meta.url));
const HERE = 'dist/compat-tests/kernel/hotplug';

/** The program, as init is told it. */
export const PROGRAM = `/padata/${HERE}/program.js`;

function below(folder: string): string[] {
	return readdirSync(folder).flatMap((name) =>
		statSync(join(folder, name)).isDirectory()
			? below(join(folder, name))
			: [join(folder, name)]
	);
}

/** The shared libraries of a program, and what loads them. */
async function libraries(file: string): Promise<string[]> {
	return Array.from((await run('ldd', [file])).matchAll(/(\/\S+) \(0x/g), ([, path]) => path);
}

export async function guest_files(options: ProgramOptions): Promise<Entry[]> {
	const addon = join(checkout, 'build/Release/padata.node');
	const needed = new Set([...await libraries(process.execPath), ...await libraries(addon)]);
	const own = [join(checkout, 'package.json'), addon, ...below(join(checkout, 'dist/bundle')),
		...below(join(checkout, HERE)).filter((file) => file.endsWith('.js'))];
	return [
		{ path: 'node', data: readFileSync(process.execPath), executable: true },
		...[...needed].map((path) => ({ path: path.slice(1), data: readFileSync(realpathSync(path)),
			executable: true })
		),
		...own.map((file) => ({ path: `padata/${relative(checkout, file)}`,
			data: readFileSync(file) })
		),
		// The program is compiled for the modules; in the guest it gets what the package's users
		// get.
		{ path: 'padata/dist/lib/index.js',
			data: Buffer.from("export * from '../bundle/index.js';\n") },
		{ path: `padata/${HERE}/options.json`, data: Buffer.from(JSON.stringify(options)) },
	];
}
