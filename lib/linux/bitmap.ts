// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/bitmap.h>, <linux/bitops.h> and the find_bit functions. A bitmap is an array of
// unsigned long: 64 bits, little endian. It is handled as 32-bit words, which lie in the same
// order. Bits from nbits up are not looked at, and whoever writes a bitmap writes zeroes there.
//
// Masks such as cpu_online_mask change while others read them, so all reads are READ_ONCE: each
// word is seen as it was at some moment.
import { atomic_fetch_and, atomic_fetch_or, fill, load, READ_ONCE,
	store } from '../machine/memory.js';
import { format_cpu_list, parse_cpu_region } from '../machine/cpu-list.js';
import { EINVAL, EOVERFLOW, ERANGE } from './errno.js';

export const BITS_PER_LONG = 64;

export function BITS_TO_LONGS(nbits: number): number {
	return (nbits + BITS_PER_LONG - 1) >>> 6;
}

/**
 * The bits that belong to the bitmap in a word with `left` bits of it to come; `left` may be more
 * than 32 or negative.
 */
function word_mask(left: number): number {
	return left >= 32 ? -1 : left <= 0 ? 0 : ~(-1 << left);
}

/** Number of bits set in a 32-bit word. */
export function hweight32(word: number): number {
	let w = word - (word >>> 1 & 0x55555555) | 0;
	w = (w & 0x33333333) + (w >>> 2 & 0x33333333);
	return Math.imul(w + (w >>> 4) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Index of the lowest bit set in a word that is not 0. */
export function __ffs(word: number): number {
	return 31 - Math.clz32(word & -word);
}

export function test_bit(nr: number, addr: number): boolean {
	return (READ_ONCE(addr + (nr >> 5 << 2)) & 1 << (nr & 31)) !== 0;
}

/** Atomic, and a full barrier. */
export function set_bit(nr: number, addr: number): void {
	atomic_fetch_or(addr + (nr >> 5 << 2), 1 << (nr & 31));
}

/** Atomic, and a full barrier. */
export function clear_bit(nr: number, addr: number): void {
	atomic_fetch_and(addr + (nr >> 5 << 2), ~(1 << (nr & 31)));
}

/** For a bitmap that nobody else writes. */
export function __set_bit(nr: number, addr: number): void {
	const at = addr + (nr >> 5 << 2);
	store(at, load(at) | 1 << (nr & 31));
}

/** For a bitmap that nobody else writes. */
export function __clear_bit(nr: number, addr: number): void {
	const at = addr + (nr >> 5 << 2);
	store(at, load(at) & ~(1 << (nr & 31)));
}

/** The first bit set at or after `start`, or nbits. */
export function find_next_bit(addr: number, nbits: number, start: number): number {
	if (start >= nbits)
		return nbits;
	let bit = start & ~31;
	let word = READ_ONCE(addr + (bit >> 3)) & -1 << (start & 31);
	while (word === 0) {
		bit += 32;
		if (bit >= nbits)
			return nbits;
		word = READ_ONCE(addr + (bit >> 3));
	}
	bit += __ffs(word);
	return bit < nbits ? bit : nbits;
}

/** The first bit set, or nbits. */
export function find_first_bit(addr: number, nbits: number): number {
	return find_next_bit(addr, nbits, 0);
}

/** The first bit not set, or nbits. */
export function find_first_zero_bit(addr: number, nbits: number): number {
	for (let bit = 0; bit < nbits; bit += 32) {
		const zeroes = ~READ_ONCE(addr + (bit >> 3)) & word_mask(nbits - bit);
		if (zeroes !== 0)
			return bit + __ffs(zeroes);
	}
	return nbits;
}

export function bitmap_zero(dst: number, nbits: number): void {
	fill(dst, 0, BITS_TO_LONGS(nbits) * 8);
}

export function bitmap_fill(dst: number, nbits: number): void {
	for (let bit = 0, end = BITS_TO_LONGS(nbits) * BITS_PER_LONG; bit < end; bit += 32)
		store(dst + (bit >> 3), word_mask(nbits - bit));
}

export function bitmap_copy(dst: number, src: number, nbits: number): void {
	for (let bit = 0, end = BITS_TO_LONGS(nbits) * BITS_PER_LONG; bit < end; bit += 32)
		store(dst + (bit >> 3), READ_ONCE(src + (bit >> 3)) & word_mask(nbits - bit));
}

/** dst = a & b. @returns is any bit set in dst? */
export function bitmap_and(dst: number, a: number, b: number, nbits: number): boolean {
	let any = 0;
	for (let bit = 0, end = BITS_TO_LONGS(nbits) * BITS_PER_LONG; bit < end; bit += 32) {
		const word = READ_ONCE(a + (bit >> 3)) & READ_ONCE(b + (bit >> 3)) & word_mask(nbits - bit);
		store(dst + (bit >> 3), word);
		any |= word;
	}
	return any !== 0;
}

/** dst = a | b */
export function bitmap_or(dst: number, a: number, b: number, nbits: number): void {
	for (let bit = 0, end = BITS_TO_LONGS(nbits) * BITS_PER_LONG; bit < end; bit += 32)
		store(dst + (bit >> 3),
			(READ_ONCE(a + (bit >> 3)) | READ_ONCE(b + (bit >> 3))) & word_mask(nbits - bit));
}

/** dst = a & ~b. @returns is any bit set in dst? */
export function bitmap_andnot(dst: number, a: number, b: number, nbits: number): boolean {
	let any = 0;
	for (let bit = 0, end = BITS_TO_LONGS(nbits) * BITS_PER_LONG; bit < end; bit += 32) {
		const word = READ_ONCE(a + (bit >> 3)) & ~READ_ONCE(b + (bit >> 3))
			& word_mask(nbits - bit);
		store(dst + (bit >> 3), word);
		any |= word;
	}
	return any !== 0;
}

export function bitmap_equal(a: number, b: number, nbits: number): boolean {
	for (let bit = 0; bit < nbits; bit += 32)
		if (((READ_ONCE(a + (bit >> 3)) ^ READ_ONCE(b + (bit >> 3))) & word_mask(nbits - bit))
			!== 0)
			return false;
	return true;
}

export function bitmap_intersects(a: number, b: number, nbits: number): boolean {
	for (let bit = 0; bit < nbits; bit += 32)
		if ((READ_ONCE(a + (bit >> 3)) & READ_ONCE(b + (bit >> 3)) & word_mask(nbits - bit)) !== 0)
			return true;
	return false;
}

/** Is every bit of a set in b? */
export function bitmap_subset(a: number, b: number, nbits: number): boolean {
	for (let bit = 0; bit < nbits; bit += 32)
		if ((READ_ONCE(a + (bit >> 3)) & ~READ_ONCE(b + (bit >> 3)) & word_mask(nbits - bit)) !== 0)
			return false;
	return true;
}

export function bitmap_empty(addr: number, nbits: number): boolean {
	return find_first_bit(addr, nbits) >= nbits;
}

/** How many bits are set. */
export function bitmap_weight(addr: number, nbits: number): number {
	let weight = 0;
	for (let bit = 0; bit < nbits; bit += 32)
		weight += hweight32(READ_ONCE(addr + (bit >> 3)) & word_mask(nbits - bit));
	return weight;
}

/**
 * The format "%*pb": hex digits, zero padded to the width of the bitmap, with a comma between
 * groups of 32 bits.
 */
export function bitmap_print(addr: number, nbits: number): string {
	const groups: string[] = [];
	for (let bit = (nbits + 31 & ~31) - 32; bit >= 0; bit -= 32) {
		const bits = Math.min(32, nbits - bit);
		const word = (READ_ONCE(addr + (bit >> 3)) & word_mask(bits)) >>> 0;
		groups.push(word.toString(16).padStart(Math.ceil(bits / 4), '0'));
	}
	return groups.join(',');
}

/** The format "%*pbl": decimal numbers and ranges, "0-3,5". */
export function bitmap_print_list(addr: number, nbits: number): string {
	const bits: number[] = [];
	for (let bit = -1; (bit = find_next_bit(addr, nbits, bit + 1)) < nbits;)
		bits.push(bit);
	return format_cpu_list(bits);
}

const COMMA = 0x2c;

/** The kernel's isspace(): its table is Latin-1, so a no-break space is one. */
function isspace(c: number): boolean {
	return c >= 9 && c <= 13 || c === 0x20 || c === 0xa0;
}

/** Value of a hex digit, or -1. */
function hex_to_bin(c: number): number {
	if (c >= 0x30 && c <= 0x39)
		return c - 0x30;
	const lower = c | 0x20;
	return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/**
 * Read what "%*pb" writes: groups of hex digits, the most significant group first, with commas
 * between them; each stands for 32 bits, however many digits it has. Whitespace may stand before
 * and behind, and a NUL ends the text. One comma too many is accepted if it is the very last byte,
 * so not before a newline or a NUL.
 * @returns 0; -EINVAL: something else is in the text, or a group is empty; -EOVERFLOW: a group
 * needs more than 32 bits, or all of it more than nbits. What stands first in the text decides. On
 * an error the bitmap is left alone.
 */
export function bitmap_parse(text: Uint8Array, nbits: number, maskp: number): number {
	let from = 0;
	let to = text.indexOf(0);
	if (to < 0)
		to = text.length;
	while (from < to && isspace(text[from]))
		from++;
	while (to > from && isspace(text[to - 1]))
		to--;

	// Groups of zeroes at the front are not significant and not kept.
	const groups: number[] = [];
	let bits = 0;
	for (let i = from;; i++) {
		const first = i;
		let group = 0;
		for (; i < to && text[i] !== COMMA; i++) {
			const digit = hex_to_bin(text[i]);
			if (digit < 0)
				return -EINVAL;
			if (group >= 0x10000000)
				return -EOVERFLOW;
			group = group * 16 + digit;
		}
		if (i === first)
			return -EINVAL;
		if (group !== 0 || groups.length > 0) {
			bits += groups.length === 0 ? 32 - Math.clz32(group) : 32;
			if (bits > nbits)
				return -EOVERFLOW;
			groups.push(group);
		}
		if (i === to || i === text.length - 1)
			break;
	}
	bitmap_zero(maskp, nbits);
	groups.reverse().forEach((group, i) => {
		store(maskp + i * 4, group);
	});
	return 0;
}

/**
 * Read what "%*pbl" writes: "0-3,5". A region may name a pattern: 0-10:2/4 is the first 2 of every
 * 4 bits from 0 to 10. Whitespace may stand around a region, regions may be empty, and a NUL ends
 * the text.
 * @returns 0; -EINVAL: something else is in the text, a range runs backwards, or a group is empty
 * or smaller than what is used of it; -ERANGE: a bit is not below nbits. On an error the bitmap may
 * hold a part.
 */
export function bitmap_parselist(text: Uint8Array, nbits: number, maskp: number): number {
	const end = text.indexOf(0);
	bitmap_zero(maskp, nbits);
	for (const region of Buffer.from(end < 0 ? text : text.subarray(0, end)).toString('latin1')
		.split(','))
	{
		// In Latin-1, trim() strips exactly what isspace() says.
		if (region.trim() === '')
			continue;
		const parsed = parse_cpu_region(region);
		if (parsed === null)
			return -EINVAL;
		const { first, last } = parsed;
		const group = parsed.pattern?.group ?? last - first + 1;
		const used = parsed.pattern?.used ?? group;
		if (first > last || group === 0 || used > group)
			return -EINVAL;
		if (last >= nbits)
			return -ERANGE;
		for (let start = first; start <= last; start += group)
			for (let bit = start; bit < start + used && bit <= last; bit++)
				__set_bit(bit, maskp);
	}
	return 0;
}
