// SPDX-License-Identifier: GPL-2.0-only
//
// A second module of functions: their numbers lie behind those of the first.
import { smp_processor_id } from '../../lib/index.js';

export const not_a_function = 5;

export function triple(n: number): number {
	return n * 3 + smp_processor_id() * 1000;
}

/** The number that this thread has for a function. */
export default function other(n: number): number {
	return n;
}
