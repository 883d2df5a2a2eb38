// SPDX-License-Identifier: GPL-2.0-only
//
// The package's module: it starts the kernel, and exports what that has. (scripts/setup/bundle.mjs
// fills in the capitals.)
import { code_cache } from './code-cache.js';
import { run } from './run.js';

/** What this needs of Node.js, other runtimes that load npm's packages do not have. */
function check_runtime() {
	const other = ['Bun', 'Deno'].find((name) => name in globalThis);
	if (other !== undefined || process.getBuiltinModule === undefined)
		throw new Error(
			`padata: this is ${
				other ?? `Node.js ${process.version}`
			}, and padata needs Node.js 20.19 or newer: its worker threads, its addons and its compiled scripts`,
		);
}

function start() {
	check_runtime();
	const { closeSync, fstatSync, openSync, readSync } = process.getBuiltinModule('node:fs');
	const fd = openSync(`${import.meta.dirname}/KERNEL.js`);
	const { size, mtimeMs } = fstatSync(fd);
	// In shared memory: what is given to another thread is not copied.
	const source = new Uint8Array(new SharedArrayBuffer(size));
	readSync(fd, source);
	closeSync(fd);
	const cache = code_cache('KERNEL', mtimeMs);
	return run({
		url: import.meta.url,
		entry: new URL('./thread.cjs', import.meta.url).href,
		file: 'FILE',
		source,
		code: cache.read(),
	}, (module) => import(module), cache.write_later);
}

const kernel = globalThis[Symbol.for(import.meta.url)] ?? start();

export let LIVE;
kernel.live((values) => [LIVE] = values);
export const [FIXED] = kernel.fixed;
