// SPDX-License-Identifier: GPL-2.0-only
//
// The package's module: it starts the kernel, and exports what that has. (scripts/setup/bundle.mjs fills in the capitals.)
import { run } from './run.js';

const { dirname } = import.meta;

/** Into shared memory: what is given to another thread is not copied. */
function read(file) {
	const { closeSync, fstatSync, openSync, readSync } = process.getBuiltinModule('node:fs');
	const fd = openSync(`${dirname}/${file}`);
	const bytes = new Uint8Array(new SharedArrayBuffer(fstatSync(fd).size));
	readSync(fd, bytes);
	closeSync(fd);
	return bytes;
}

const kernel = globalThis[Symbol.for(import.meta.url)] ?? run({
	url: import.meta.url, entry: new URL('./thread.cjs', import.meta.url).href, file: 'FILE',
	source: read('KERNEL.js'), code: read('KERNEL.code'),
}, (module) => import(module));

export let LIVE;
kernel.live((values) => [LIVE] = values);
export const [FIXED] = kernel.fixed;
