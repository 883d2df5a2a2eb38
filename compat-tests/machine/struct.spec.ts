// SPDX-License-Identifier: GPL-2.0-only
//
// Struct layout by the rules alone, in numbers worked out by hand. compat-tests/layout asks a C
// compiler.
import { expect } from 'chai';
import fc from 'fast-check';

import { aligned, array, CACHELINE, container_of, fn_ptr, int, long, ptr, round_up, sizeof, struct,
	u16, u8, unsigned_int, type CType } from '../../lib/machine/struct.js';

describe('machine: struct', () => {
	it('has the sizes of LP64, each its own alignment', () => {
		const types = [u8, u16, int, unsigned_int, long, ptr, fn_ptr];
		expect(types.map(sizeof)).to.deep.equal([1, 2, 4, 4, 8, 8, 8]);
		expect(types.map(({ align }) => align)).to.deep.equal(types.map(sizeof));
	});

	it('puts a member at the next multiple of its alignment', () => {
		const s = struct('s', { a: u8, b: u16, c: u8, d: int, e: u8, f: long });
		expect(s.offset).to.deep.equal({ a: 0, b: 2, c: 4, d: 8, e: 12, f: 16 });
		expect([s.size, s.align]).to.deep.equal([24, 8]);
	});

	it('pads the end, so that an array of them is aligned', () => {
		expect(struct('s', { a: ptr, b: u8 }).size).to.equal(16);
		expect(struct('s', { a: u8, b: u8, c: u8 }).size).to.equal(3);
		expect(struct('s', { a: u16, b: u8 }).size).to.equal(4);
	});

	it('has no padding where none is needed, and keeps the order of the members', () => {
		const s = struct('s', { z: ptr, y: int, x: unsigned_int, w: ptr });
		expect(s.offset).to.deep.equal({ z: 0, y: 8, x: 12, w: 16 });
		expect(Object.keys(s.fields)).to.deep.equal(['z', 'y', 'x', 'w']);
		expect(s.size).to.equal(24);
	});

	it('nests', () => {
		const inner = struct('inner', { a: long, b: u8 });
		const outer = struct('outer', { x: u8, inner, y: u8 });
		expect(outer.offset).to.deep.equal({ x: 0, inner: 8, y: 24 });
		expect([outer.size, outer.align]).to.deep.equal([32, 8]);
		// Nothing is put into the padding of an inner struct.
		expect(struct('s', { inner, y: u8 }).offset.y).to.equal(16);
		expect(outer.fields.inner.offset.b).to.equal(8);
		expect(outer.name).to.equal('struct outer');
	});

	it('has arrays: of scalars, of structs, of nothing', () => {
		const pair = struct('pair', { a: int, b: u8 });
		expect([array(u8, 3).size, array(u8, 3).align]).to.deep.equal([3, 1]);
		expect([array(pair, 3).size, array(pair, 3).align]).to.deep.equal([24, 4]);
		expect([array(array(u16, 2), 3).size, array(array(u16, 2), 3).align]).to.deep.equal([12,
			2]);
		const s = struct('s', { text: array(u8, 5), pairs: array(pair, 2), n: u8,
			rest: array(long, 0) });
		expect(s.offset).to.deep.equal({ text: 0, pairs: 8, n: 24, rest: 32 });
		expect([s.size, s.align]).to.deep.equal([32, 8]);
	});

	it('aligns a member to two cache lines, and with it the struct', () => {
		expect(CACHELINE).to.equal(128);
		const s = struct('s', { a: int, hot: aligned(int), b: int, cold: aligned(u8, 64) });
		expect(s.offset).to.deep.equal({ a: 0, hot: 128, b: 132, cold: 192 });
		expect([s.size, s.align]).to.deep.equal([256, 128]);
		// The type is as long as before: what follows may share its line.
		expect(aligned(int).size).to.equal(4);
		const outer = struct('outer', { x: u8, s });
		expect([outer.offset.s, outer.size, outer.align]).to.deep.equal([128, 384, 128]);
	});

	it('never makes an alignment weaker', () => {
		expect(aligned(long, 2).align).to.equal(8);
		expect(aligned(aligned(int), 16).align).to.equal(128);
	});

	it('knows the empty struct', () => {
		const s = struct('empty', {});
		expect([s.size, s.align]).to.deep.equal([0, 1]);
	});

	it('rounds up', () => {
		expect([0, 1, 7, 8, 9].map((n) => round_up(n, 8))).to.deep.equal([0, 8, 8, 8, 16]);
	});

	it('finds the struct around a member', () => {
		const s = struct('s', { a: ptr, b: int, c: long });
		for (const name of ['a', 'b', 'c'] as const)
			expect(container_of(0x1000 + s.offset[name], s, name)).to.equal(0x1000);
	});

	it('is frozen: V8 takes an offset for a constant', () => {
		const s = struct('s', { a: ptr });
		for (const object of [s, s.fields, s.offset, u8, array(int, 2), aligned(int)])
			expect(object).to.be.frozen;
		expect(() => {
			(s.offset as { a: number }).a = 8;
		}).to.throw(TypeError);
	});

	it('leaves no gap that the rules do not ask for, and no overlap', () => {
		const type = fc.letrec<{ type: CType }>((tie) => ({
			type: fc.oneof({ maxDepth: 3 }, fc.constantFrom(u8, u16, int, long, ptr),
				fc.tuple(tie('type'), fc.nat({ max: 4 })).map(([of, count]) => array(of, count)),
				fc.tuple(tie('type'), fc.constantFrom(2, 16, CACHELINE)).map(([of, align]) =>
					aligned(of, align)
				),
				fc.array(tie('type'), { maxLength: 6 }).map((types) =>
					struct('inner', Object.fromEntries(types.map((t, i) => [`m${i}`, t])))
				)),
		})).type;
		fc.assert(fc.property(fc.array(type, { minLength: 1, maxLength: 10 }), (types) => {
			const s = struct('s', Object.fromEntries(types.map((t, i) => [`m${i}`, t])));
			let end = 0;
			types.forEach(({ size, align }, i) => {
				const at = s.offset[`m${i}`];
				expect(at % align).to.equal(0);
				expect(at - end).to.be.within(0, align - 1);
				end = at + size;
			});
			expect(s.align).to.equal(Math.max(...types.map(({ align }) => align)));
			expect(s.size % s.align).to.equal(0);
			expect(s.size - end).to.be.within(0, s.align - 1);
		}));
	});
});
