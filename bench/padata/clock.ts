// SPDX-License-Identifier: GPL-2.0-only

/**
 * A clock that is the same on all threads (performance.now() begins anew on each): nanoseconds
 * modulo 2^32.
 */
export function now_ns(): number {
	const [s, ns] = process.hrtime();
	return (s * 1e9 + ns) % 0x100000000;
}
