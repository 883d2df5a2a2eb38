// SPDX-License-Identifier: GPL-2.0-only
//
// The package's module: it starts the kernel, and exports what that has. (scripts/setup/bundle.mjs
// fills in the capitals.)
import { code_cache } from './code-cache.js';
import { run } from './run.js';

function start() {
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
