// SPDX-License-Identifier: GPL-2.0-only
//
// Bitmaps: the parser against vectors of the real 4.18 function, everything against sets of
// numbers.
import { expect } from 'chai';
import fc from 'fast-check';

import { bitmap_and, bitmap_andnot, bitmap_copy, bitmap_empty, bitmap_equal, bitmap_fill,
	bitmap_intersects, bitmap_or, bitmap_parse, bitmap_parselist, bitmap_print, bitmap_print_list,
	bitmap_subset, bitmap_weight, bitmap_zero, BITS_TO_LONGS, clear_bit, find_first_bit,
	find_first_zero_bit, find_next_bit, hweight32, set_bit, test_bit, __clear_bit, __ffs,
	__set_bit } from '../../lib/linux/bitmap.js';
import { errno_name } from '../../lib/linux/errno.js';
import { attach_memory, fill, load, store } from '../../lib/machine/memory.js';

const A = 64;
const B = 256;
const DST = 512;

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** What a text is parsed to, in the form of "%*pb", or the errno's name without the minus. */
function parsed(text: string, nbits: number): string {
	const err = bitmap_parse(bytes(text), nbits, DST);
	return err === 0 ? bitmap_print(DST, nbits) : errno_name(err).slice(1);
}

function parsed_list(text: string, nbits: number): string {
	const err = bitmap_parselist(bytes(text), nbits, DST);
	return err === 0 ? bitmap_print_list(DST, nbits) : errno_name(err).slice(1);
}

/** Made by the real __bitmap_parse() of 4.18, for these numbers of bits. */
const WIDTHS = [4, 8, 12, 33, 64];
const GOLDEN: readonly (readonly [string, string])[] = [
	['f', 'f 0f 00f 0,0000000f 00000000,0000000f'],
	['f\n', 'f 0f 00f 0,0000000f 00000000,0000000f'],
	['F', 'f 0f 00f 0,0000000f 00000000,0000000f'],
	['0', '0 00 000 0,00000000 00000000,00000000'],
	['0\n', '0 00 000 0,00000000 00000000,00000000'],
	['00000000f', 'f 0f 00f 0,0000000f 00000000,0000000f'],
	[' f ', 'f 0f 00f 0,0000000f 00000000,0000000f'],
	['\tff\n', 'EOVERFLOW ff 0ff 0,000000ff 00000000,000000ff'],
	['f f', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	['f\nf', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	['1,2', 'EOVERFLOW EOVERFLOW EOVERFLOW 1,00000002 00000001,00000002'],
	['1,00000002', 'EOVERFLOW EOVERFLOW EOVERFLOW 1,00000002 00000001,00000002'],
	['1,,5', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	[',44', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	[',', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	['', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	['\n', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	['g', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	['0xf', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	['100000000', 'EOVERFLOW EOVERFLOW EOVERFLOW EOVERFLOW EOVERFLOW'],
	['0,100000000', 'EOVERFLOW EOVERFLOW EOVERFLOW EOVERFLOW EOVERFLOW'],
	['123456789', 'EOVERFLOW EOVERFLOW EOVERFLOW EOVERFLOW EOVERFLOW'],
	['1ff', 'EOVERFLOW EOVERFLOW 1ff 0,000001ff 00000000,000001ff'],
	['100', 'EOVERFLOW EOVERFLOW 100 0,00000100 00000000,00000100'],
	['ff', 'EOVERFLOW ff 0ff 0,000000ff 00000000,000000ff'],
	['80', 'EOVERFLOW 80 080 0,00000080 00000000,00000080'],
	['1,0', 'EOVERFLOW EOVERFLOW EOVERFLOW 1,00000000 00000001,00000000'],
	['0,0,1', '1 01 001 0,00000001 00000000,00000001'],
	['00000001,00000000', 'EOVERFLOW EOVERFLOW EOVERFLOW 1,00000000 00000001,00000000'],
	['f,', 'f 0f 00f 0,0000000f 00000000,0000000f'],
	['-1', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	['3,ffffffff', 'EOVERFLOW EOVERFLOW EOVERFLOW EOVERFLOW 00000003,ffffffff'],
	['1, 2', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	['f ,1', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	[' ', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
	['f \n', 'f 0f 00f 0,0000000f 00000000,0000000f'],
];

/**
 * From traces of the real code with 12 CPUs: what does and does not end a text, zeroes in front,
 * signs.
 */
const GOLDEN_12: readonly (readonly [string, string])[] = [
	['3\0f', '003'],
	['\0', 'EINVAL'],
	['2\r\n', '002'],
	['00000000000000000001', '001'],
	['0,0,0,0,5', '005'],
	['00000000,00000000,7', '007'],
	['0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '000'],
	['A', '00a'],
	['aB', '0ab'],
	['\n\n f', '00f'],
	['1,', '001'],
	['1,,', 'EINVAL'],
	['1 ,', 'EINVAL'],
	[', 1', 'EINVAL'],
	['1,\n', 'EINVAL'],
	['+1', 'EINVAL'],
	['1-2', 'EINVAL'],
	['0x1', 'EINVAL'],
	['fffffffff', 'EOVERFLOW'],
	['0fffffff', 'EOVERFLOW'],
];

/** How put() fills what does not belong to a bitmap. */
let noise = 0;

/** Two sets of bits below `nbits`, and the noise for put(). */
const two_sets = fc.integer({ min: 1, max: 300 }).chain((nbits) => {
	const set = fc.uniqueArray(fc.integer({ min: 0, max: nbits - 1 }), { maxLength: nbits }).map((
		list,
	) => new Set(list));
	return fc.record({ nbits: fc.constant(nbits), a: set, b: set,
		noise: fc.integer({ min: 0, max: 3 }) });
});

/**
 * Write a set. What the last long has from nbits up is filled by `noise`: 0: nowhere, 1: not at B,
 * 2: everywhere, 3: everywhere, but for the first bit.
 */
function put(addr: number, set: ReadonlySet<number>, nbits: number): void {
	fill(addr, 0, 128);
	for (const bit of set)
		__set_bit(bit, addr);
	if (noise === 0 || noise === 1 && addr === B)
		return;
	for (let bit = noise === 3 ? nbits + 1 : nbits; bit < BITS_TO_LONGS(nbits) * 64; bit++)
		__set_bit(bit, addr);
}

/** All bits set at addr, up to the end of the last long and one long more. */
function get(addr: number, nbits: number): number[] {
	const bits: number[] = [];
	for (let bit = 0; bit < BITS_TO_LONGS(nbits) * 64 + 64; bit++)
		if (test_bit(bit, addr))
			bits.push(bit);
	return bits;
}

const sorted = (set: Iterable<number>): number[] => [...set].sort((x, y) => x - y);

describe('bitmap', () => {
	before(() => {
		attach_memory(new SharedArrayBuffer(4096));
	});
	after(() => {
		attach_memory(new SharedArrayBuffer(8));
	});

	describe('bitmap_parse', () => {
		for (const [text, expected] of GOLDEN)
			it(`parses ${JSON.stringify(text)} as 4.18 does`, () => {
				expect(WIDTHS.map((nbits) => parsed(text, nbits)).join(' ')).to.equal(expected);
			});

		for (const [text, expected] of GOLDEN_12)
			it(`parses ${JSON.stringify(text)} as 4.18 does, 12 bits`, () => {
				expect(parsed(text, 12)).to.equal(expected);
			});

		it('takes a trailing comma only as the very last byte', () => {
			expect(parsed('f,', 8)).to.equal('0f');
			for (const text of ['f,\n', 'f,\0', 'f, ', 'f,,', 'f ,'])
				expect(parsed(text, 8), JSON.stringify(text)).to.equal('EINVAL');
		});

		it('says what stands first in the text', () => {
			expect(parsed('1,2,g', 4)).to.equal('EOVERFLOW');
			expect(parsed('g,1,2', 4)).to.equal('EINVAL');
			expect(parsed('10g', 4)).to.equal('EINVAL');
			expect(parsed('10000000g', 64)).to.equal('EINVAL');
			expect(parsed('100000000g', 64)).to.equal('EOVERFLOW');
			expect(parsed('10000000 0', 64)).to.equal('EINVAL');
		});

		it('knows a no-break space of Latin-1 as whitespace, and no other byte above 127', () => {
			expect(parsed('\xa0f\xa0', 4)).to.equal('f');
			for (let c = 128; c < 256; c++)
				if (c !== 0xa0)
					expect(parsed(`f${String.fromCharCode(c)}`, 4)).to.equal('EINVAL');
		});

		it('leaves the bitmap alone on an error', () => {
			bitmap_parse(bytes('a5'), 8, DST);
			expect(bitmap_parse(bytes('1,2'), 8, DST)).to.equal(-75);
			expect(bitmap_print(DST, 8)).to.equal('a5');
		});

		it('reads what bitmap_print writes, whatever was there before', () => {
			fc.assert(fc.property(two_sets, ({ nbits, a, noise: filling }) => {
				noise = filling;
				put(A, a, nbits);
				fill(DST, 0xff, BITS_TO_LONGS(nbits) * 8);
				fill(DST + BITS_TO_LONGS(nbits) * 8, 0, 8);
				expect(bitmap_parse(bytes(`${bitmap_print(A, nbits)}\n`), nbits, DST)).to.equal(0);
				expect(get(DST, nbits)).to.deep.equal(sorted(a));
			}));
		});
	});

	describe('bitmap_print', () => {
		it('pads to the width with zeroes, in groups of 32 bits', () => {
			fc.assert(fc.property(two_sets, ({ nbits, a, noise: filling }) => {
				noise = filling;
				put(A, a, nbits);
				let value = 0n;
				for (const bit of a)
					value |= 1n << BigInt(bit);
				const digits = value.toString(16).padStart(Math.ceil(nbits / 4), '0');
				expect(bitmap_print(A, nbits)).to.equal(
					digits.replace(/\B(?=(?:[0-9a-f]{8})+$)/g, ','),
				);
			}));
		});
	});

	describe('bitmap_parselist', () => {
		it('reads numbers, ranges and patterns', () => {
			expect(parsed_list('0-3,5', 8)).to.equal('0-3,5');
			expect(parsed_list('5,0-3\n', 8)).to.equal('0-3,5');
			expect(parsed_list('0-10:2/4', 16)).to.equal('0-1,4-5,8-9');
			expect(parsed_list('0-8:2/4', 16)).to.equal('0-1,4-5,8');
			expect(parsed_list('1-9:1/3,0', 10)).to.equal('0-1,4,7');
			expect(parsed_list('7', 8)).to.equal('7');
			expect(parsed_list('0-7:0/4', 8)).to.equal('');
		});

		it('allows empty regions and whitespace around them, and a NUL ends the text', () => {
			expect(parsed_list('', 8)).to.equal('');
			expect(parsed_list(' \n', 8)).to.equal('');
			expect(parsed_list(' 1 , 3-4 ,,', 8)).to.equal('1,3-4');
			expect(parsed_list('1\0x', 8)).to.equal('1');
		});

		it('refuses what is no list', () => {
			for (const text of ['x', '-1', '1-', '1-2-3', '1 2', '1 -2', '3-1', '0-7:3/2',
				'0-7:2/0', '0-7:0/0', '0-7:2', '0-7/2', '0x1', '+1'])
				expect(parsed_list(text, 8), text).to.equal('EINVAL');
		});

		it('refuses bits that are not below nbits, where the text has them', () => {
			expect(parsed_list('8', 8)).to.equal('ERANGE');
			expect(parsed_list('0-8', 8)).to.equal('ERANGE');
			expect(parsed_list('4294967296', 8)).to.equal('ERANGE');
			expect(parsed_list('8,x', 8)).to.equal('ERANGE');
			expect(parsed_list('x,8', 8)).to.equal('EINVAL');
			expect(parsed_list('9-8', 8)).to.equal('EINVAL');
		});

		it('reads what bitmap_print_list writes', () => {
			fc.assert(fc.property(two_sets, ({ nbits, a, noise: filling }) => {
				noise = filling;
				put(A, a, nbits);
				fill(DST, 0, 128);
				expect(bitmap_parselist(bytes(bitmap_print_list(A, nbits)), nbits, DST)).to.equal(
					0,
				);
				expect(get(DST, nbits)).to.deep.equal(sorted(a));
			}));
		});
	});

	it('prints lists with a dash for two neighbours and more', () => {
		noise = 2;
		put(A, new Set([0, 1, 3, 62, 63, 64, 65, 99]), 100);
		expect(bitmap_print_list(A, 100)).to.equal('0-1,3,62-65,99');
		expect(bitmap_print_list(A, 3)).to.equal('0-1');
	});

	describe('against sets', () => {
		it('and, or, andnot, copy, fill and zero write the bits and zeroes behind them', () => {
			fc.assert(fc.property(two_sets, ({ nbits, a, b, noise: filling }) => {
				noise = filling;
				put(A, a, nbits);
				put(B, b, nbits);
				const and = sorted(a).filter((bit) => b.has(bit));
				const andnot = sorted(a).filter((bit) => !b.has(bit));
				const written = (): number[] => {
					const bits = get(DST, nbits);
					put(DST, new Set(), nbits);
					return bits;
				};
				put(DST, new Set(), nbits);
				expect(bitmap_and(DST, A, B, nbits)).to.equal(and.length > 0);
				expect(written()).to.deep.equal(and);
				expect(bitmap_andnot(DST, A, B, nbits)).to.equal(andnot.length > 0);
				expect(written()).to.deep.equal(andnot);
				bitmap_or(DST, A, B, nbits);
				expect(written()).to.deep.equal(sorted(new Set([...a, ...b])));
				bitmap_copy(DST, A, nbits);
				expect(written()).to.deep.equal(sorted(a));
				bitmap_fill(DST, nbits);
				expect(written()).to.deep.equal([...Array(nbits).keys()]);
				bitmap_zero(DST, nbits);
				expect(written()).to.deep.equal([]);
			}));
		});

		it('equal, intersects, subset, empty and weight do not see the bits behind', () => {
			fc.assert(
				fc.property(two_sets, fc.boolean(), ({ nbits, a, b, noise: filling }, same) => {
					noise = filling;
					const other = same ? a : b;
					put(A, a, nbits);
					put(B, other, nbits);
					expect(bitmap_equal(A, B, nbits)).to.equal(
						sorted(a).join() === sorted(other).join(),
					);
					expect(bitmap_intersects(A, B, nbits)).to.equal(
						sorted(a).some((bit) => other.has(bit)),
					);
					expect(bitmap_subset(A, B, nbits)).to.equal(
						sorted(a).every((bit) => other.has(bit)),
					);
					expect(bitmap_subset(B, A, nbits)).to.equal(
						sorted(other).every((bit) => a.has(bit)),
					);
					expect(bitmap_empty(A, nbits)).to.equal(a.size === 0);
					expect(bitmap_weight(A, nbits)).to.equal(a.size);
				}),
			);
		});

		it('find_first_bit, find_next_bit and find_first_zero_bit end at nbits', () => {
			fc.assert(
				fc.property(two_sets, fc.integer({ min: 0, max: 310 }),
					({ nbits, a, noise: filling }, start) => {
						noise = filling;
						put(A, a, nbits);
						const list = sorted(a);
						expect(find_first_bit(A, nbits)).to.equal(list[0] ?? nbits);
						expect(find_next_bit(A, nbits, start)).to.equal(
							list.find((bit) => bit >= start) ?? nbits,
						);
						const zero = [...Array(nbits).keys()].find((bit) => !a.has(bit));
						expect(find_first_zero_bit(A, nbits)).to.equal(zero ?? nbits);
					}),
			);
			store(A, 0b10111);
			expect(find_first_zero_bit(A, 2)).to.equal(2);
			expect(find_next_bit(A, 4, 3)).to.equal(4);
		});

		it('set_bit and clear_bit, atomic or not, change their bit alone', () => {
			fc.assert(
				fc.property(two_sets, fc.boolean(), ({ nbits, a, b, noise: filling }, atomic) => {
					noise = filling;
					put(A, a, nbits);
					const behind = get(A, nbits).filter((bit) => bit >= nbits);
					const [set, clear] = atomic ? [set_bit, clear_bit] : [__set_bit, __clear_bit];
					const model = new Set(a);
					for (const bit of b) {
						const on = bit % 3 !== 0;
						(on ? set : clear)(bit, A);
						if (on)
							model.add(bit);
						else
							model.delete(bit);
						expect(test_bit(bit, A)).to.equal(on);
					}
					expect(get(A, nbits)).to.deep.equal([...sorted(model), ...behind]);
				}),
			);
		});
	});

	it('counts and finds bits in a word', () => {
		fc.assert(fc.property(fc.integer(), (word) => {
			const ones = (word >>> 0).toString(2).replaceAll('0', '').length;
			expect(hweight32(word)).to.equal(ones);
			if (word !== 0)
				expect(word >>> __ffs(word) & 1).to.equal(1).and.to.equal(
					(word & (2 ** __ffs(word) - 1)) + 1,
				);
		}));
		expect([0, -1, 1, -0x80000000].map(hweight32)).to.deep.equal([0, 32, 1, 1]);
		expect([1, -0x80000000, -1, 8].map(__ffs)).to.deep.equal([0, 31, 0, 3]);
	});

	it('lies in memory as an array of 64-bit words', () => {
		fill(DST, 0, 128);
		set_bit(0, DST);
		set_bit(33, DST);
		set_bit(64, DST);
		expect([0, 4, 8, 12].map((at) => load(DST + at))).to.deep.equal([1, 2, 1, 0]);
		expect([1, 64, 65, 128].map(BITS_TO_LONGS)).to.deep.equal([1, 1, 2, 2]);
		store(DST, -1);
		bitmap_zero(DST, 1);
		expect([0, 4, 8].map((at) => load(DST + at))).to.deep.equal([0, 0, 1]);
	});
});
