// SPDX-License-Identifier: GPL-2.0-only

/**
 * The next number of a random sequence (Marsaglia's xorshift).
 * @param x the last one, not 0
 * @returns an int, not 0
 */
export function xorshift(x: number): number {
	x ^= x << 13;
	x ^= x >>> 17;
	return x ^ x << 5;
}
