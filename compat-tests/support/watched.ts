// SPDX-License-Identifier: GPL-2.0-only
//
// A copy of the compiled modules whose access layer is watch.ts. The production code has no hook
// for this: the copy differs in the one file lib/machine/memory.js. The threads of a machine load
// what the booting thread has loaded, so a machine that is booted from the copy is watched on each
// thread.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync,
	writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const DIST = fileURLToPath(new URL('../..', import.meta.url));
const MEMORY = 'lib/machine/memory.js';
const WATCH = 'compat-tests/support/watch.js';

/** Make it, until this process ends. @returns URL of the folder with lib/ and compat-tests/ */
export function watched_copy(): URL {
	remove_left_over();
	// In dist/, where the modules find their packages and the addon.
	const folder = mkdtempSync(join(DIST, `watched-${process.pid}-`));
	process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
	for (const part of ['lib', 'compat-tests'])
		cpSync(join(DIST, part), join(folder, part), {
			recursive: true,
			filter: (path) => !path.endsWith('.d.ts') && !path.endsWith('.d.ts.map'),
		});
	const plain = MEMORY.replace('.js', '-plain.js');
	renameSync(join(folder, MEMORY), join(folder, plain));
	const watch = readFileSync(join(folder, WATCH), 'utf8');
	writeFileSync(join(folder, MEMORY), watch.replaceAll(`../../${MEMORY}`, './memory-plain.js'));
	writeFileSync(join(folder, WATCH), `export * from '../../${MEMORY}';\n`);
	return new URL(`${pathToFileURL(folder).href}/`);
}

/** Copies of processes that were killed. */
function remove_left_over(): void {
	for (const name of readdirSync(DIST)) {
		const pid = /^watched-(\d+)-/.exec(name)?.[1];
		if (pid !== undefined && !existsSync(`/proc/${pid}`))
			rmSync(join(DIST, name), { recursive: true, force: true });
	}
}
