// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel's messages about devices: "online@/devices/system/cpu/cpu3", a NUL, and lines
// KEY=value with a NUL behind each.
import type { Native } from '../native.js';

/**
 * What a message says of CPUs: nothing; that all have to be looked at; or what has become of one.
 */
export type CpuUevent = 'other' | 'unclear' | { readonly action: string; readonly cpu: number };

const CPU_PATH = '/devices/system/cpu/';

/**
 * Read a message. What is about CPUs, but not as it should be (cut off, no number, contradicting
 * itself), is unclear: a look at /sys tells then.
 */
export function parse_uevent(message: Uint8Array): CpuUevent {
	const [header, ...lines] = Buffer.from(message).toString('latin1').split('\0');
	const at = header.indexOf('@');
	const path = header.slice(at + 1);
	// Whatever udev sends, it is not the kernel's.
	if (at <= 0 || !path.startsWith(CPU_PATH))
		return header.includes(CPU_PATH) ? 'unclear' : 'other';
	if (message.at(-1) !== 0)
		return 'unclear';
	const action = header.slice(0, at);
	const m = /^cpu(\d{1,5})$/.exec(path.slice(CPU_PATH.length));
	if (m === null)
		// A directory below a CPU's, as that of its cache, or beside it, as cpufreq.
		return /^(?:cpu\d+\/|(?!cpu(?:[^a-z]|$))[a-z])/.test(path.slice(CPU_PATH.length))
			? 'other'
			: 'unclear';
	if (!/^[a-z]+$/.test(action) || lines.some((line) => contradicts(line, action, path)))
		return 'unclear';
	return { action, cpu: Number(m[1]) };
}

function contradicts(line: string, action: string, path: string): boolean {
	return line.startsWith('ACTION=') && line !== `ACTION=${action}`
		|| line.startsWith('DEVPATH=') && line !== `DEVPATH=${path}`;
}

/**
 * Are all of the kernel's messages sent here? Those about CPUs go to the network namespaces of the
 * first user namespace.
 */
export const INIT_USER_NS = 'user:[4026531837]';

/** What of the addon this needs; tests have another one. */
export type UeventSocket = Pick<Native, 'openUevents' | 'closeUevents'>;
