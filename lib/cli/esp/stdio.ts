// SPDX-License-Identifier: GPL-2.0-only
//
// Descriptors for `-`, the standard input or output, that block.
//
// A pipe may come to us in non-blocking mode (another process of the pipeline, or this process's
// own `process.stdout`, has switched it), and then readSync and writeSync fail with EAGAIN. Opening
// the pipe anew gives an open file description of our own, which blocks. A socket, which is what
// Node.js gives to its children for a pipe, cannot be opened anew, so it is switched back.
// Terminals and files are used as they are.
import { closeSync, fstatSync, openSync } from 'node:fs';

export interface StdioHandle {
	fd: number;
	/** Close what was opened here; the process's own descriptor stays open. */
	close: () => void;
}

/** Let this process's own stream block, by what libuv has for it. */
function set_blocking(stdio: 0 | 1): void {
	const stream = stdio === 0 ? process.stdin : process.stdout;
	const { _handle: handle } = stream as { _handle?: { setBlocking?(on: boolean): unknown } };
	handle?.setBlocking?.(true);
}

/**
 * A blocking descriptor for standard input (0) or standard output (1).
 * @throws the system's error where the pipe cannot be opened anew
 */
export function open_stdio(stdio: 0 | 1): StdioHandle {
	const stat = fstatSync(stdio);
	if (stat.isSocket())
		set_blocking(stdio);
	if (!stat.isFIFO())
		return { fd: stdio, close: () => {} };
	const fd = openSync(`/dev/fd/${stdio}`, stdio === 0 ? 'r' : 'w');
	return { fd, close: () => closeSync(fd) };
}
