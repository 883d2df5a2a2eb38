// SPDX-License-Identifier: GPL-2.0-only

/**
 * Times at which n jobs come, in microseconds: a Poisson process with this mean distance, the same
 * in every run.
 */
export function arrivals(n: number, mean: number): Float64Array {
	const due = new Float64Array(n);
	for (let i = 0, t = 0, x = 1; i < n; i++) {
		x = Math.imul(x, 1664525) + 1013904223 | 0;
		t -= mean * Math.log(((x >>> 1) + 1) / 0x80000001);
		due[i] = t;
	}
	return due;
}
