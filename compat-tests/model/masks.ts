// SPDX-License-Identifier: GPL-2.0-only
//
// CPU masks of the model: bit n of a bigint is CPU n. As text in and out the way sysfs has them
// ("%*pb", bitmap_parse()).

export type Mask = bigint;

export const bit = (cpu: number): Mask => 1n << BigInt(cpu);
export const has = (mask: Mask, cpu: number): boolean => cpu >= 0 && (mask & bit(cpu)) !== 0n;

/** The CPUs of a mask, ascending. */
export function cpus_of(mask: Mask): number[] {
	return Array.from(mask.toString(2)).reverse().flatMap((digit, cpu) =>
		digit === '1' ? [cpu] : []
	);
}

/** Hex, zero-padded to the width, groups of 8 digits. */
export function mask_text(mask: Mask, nr_cpus: number): string {
	return mask.toString(16).padStart(Math.ceil(nr_cpus / 4), '0').replace(/\B(?=(?:.{8})+$)/g,
		',');
}

/**
 * What bitmap_parse() makes of a text. Groups of hex digits stand for 32 bits each, missing digits
 * are zeros; white space may stand around the whole, a NUL ends it.
 * @returns the mask; -EINVAL: no such list of groups; -EOVERFLOW: a bit too many in a group, or in
 *   all
 */
export function parse_mask_text(text: string, nr_cpus: number): Mask | '-EINVAL' | '-EOVERFLOW' {
	const trimmed = /^[ \t\r\n\v\f]*([^\0]*?)[ \t\r\n\v\f]*(?:\0.*)?$/s.exec(text)![1];
	// One comma may be the very last character of what was written.
	const list = /,(?:\0.*)?$/s.test(text) ? trimmed.slice(0, -1) : trimmed;
	let mask = 0n;
	// Errors in the order in which a reader from left to right meets them.
	for (const group of list.split(',')) {
		const digits = /^[0-9a-f]*/i.exec(group)![0];
		if (BigInt(`0x0${digits}`) >= 1n << 32n)
			return '-EOVERFLOW';
		if (digits === '' || digits !== group)
			return '-EINVAL';
		mask = mask << 32n | BigInt(`0x${digits}`);
		if (mask >= 1n << BigInt(nr_cpus))
			return '-EOVERFLOW';
	}
	return mask;
}
