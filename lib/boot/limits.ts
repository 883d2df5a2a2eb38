// SPDX-License-Identifier: GPL-2.0-only
//
// Is there room for a machine below the limits of the process? V8 ends the process, without an
// exception, when it has no addresses left for a thread.
import { readFileSync } from 'node:fs';
import { Plan } from './options.js';

/** Addresses that V8 and the system reserve for a thread, in bytes: measured 145 MiB. */
const THREAD_BYTES = 160 * 2 ** 20;

/** The first number in a line of a file of /proc; undefined without such a line. */
function number_in(file: string, line: RegExp): number | undefined {
	try {
		const found = line.exec(readFileSync(file, 'utf8'))?.[1];
		return found === undefined ? undefined : Number(found);
	} catch {
		return undefined;
	}
}

/**
 * Look whether the limit of the address space (ulimit -v) leaves enough for the machine.
 * @throws Error: it does not
 */
export function check_address_space({ memory, online }: Plan): void {
	const limit = number_in('/proc/self/limits', /^Max address space +(\d+)/m);
	const used_kib = number_in('/proc/self/status', /^VmSize:\s*(\d+) kB/m);
	if (limit === undefined || used_kib === undefined)
		return;
	const left = limit - used_kib * 1024;
	const needed = memory + online.length * THREAD_BYTES;
	const mib = (bytes: number): number => Math.max(0, Math.floor(bytes / 2 ** 20));
	if (left < needed)
		throw new Error(
			`boot: the limit of the address space (ulimit -v) leaves ${
				mib(left)
			} MiB; ${online.length} CPUs and ${mib(memory)} MiB of memory take about ${
				mib(needed)
			} MiB: raise it, or boot with fewer CPUs or less memory`,
		);
}
