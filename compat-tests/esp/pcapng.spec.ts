// SPDX-License-Identifier: GPL-2.0-only
import { expect } from 'chai';
import { CaptureError, FRAME_MAX, open_capture } from '../../lib/cli/esp/capture.js';
import { CHUNK } from '../../lib/cli/esp/capture-source.js';
import { copy_of, FrameCopy, pack, pcapng, scratch_dir } from './builders.js';

describe('esp: pcapng files', () => {
	const dir = scratch_dir();

	function frames(...blocks: Uint8Array[]): FrameCopy[] {
		const reader = open_capture(dir.file('a.pcapng', Buffer.concat(blocks)));
		try {
			const all: FrameCopy[] = [];
			for (let frame = reader.next(); frame; frame = reader.next())
				all.push(copy_of(frame));
			expect(reader.next(), 'after the end').to.equal(null);
			expect(reader.bytes_read).to.equal(reader.size);
			return all;
		} finally {
			reader.close();
		}
	}

	for (const little_endian of [true, false]) {
		describe(little_endian ? 'little-endian' : 'big-endian', () => {
			const ng = pcapng(little_endian);
			const stamp = 1_700_000_000_123_456n;

			it('reads every kind of packet block', () => {
				const comment = ng.option(1, Buffer.from('a comment'));
				expect(frames(
					ng.section(comment),
					ng.interface(1, 0, comment),
					ng.enhanced(0, stamp, Uint8Array.of(1, 2, 3), 60, comment),
					ng.obsolete(0, stamp, Uint8Array.of(4, 5), 2, 9),
					ng.simple(Uint8Array.of(6, 7, 8, 9, 10)),
				)).to.deep.equal([
					{ data: Uint8Array.of(1, 2, 3), linktype: 1, ts_sec: 1_700_000_000,
						ts_nsec: 123_456_000, orig_len: 60, truncated: true },
					{ data: Uint8Array.of(4, 5), linktype: 1, ts_sec: 1_700_000_000,
						ts_nsec: 123_456_000, orig_len: 2, truncated: false },
					{ data: Uint8Array.of(6, 7, 8, 9, 10), linktype: 1, ts_sec: 0, ts_nsec: 0,
						orig_len: 5, truncated: false },
				]);
			});

			it('keeps the interfaces of a section apart', () => {
				expect(frames(
					ng.section(),
					ng.interface(1),
					ng.interface(101),
					ng.interface(276),
					ng.enhanced(2, 0n, Uint8Array.of(1)),
					ng.enhanced(0, 0n, Uint8Array.of(2)),
					ng.enhanced(1, 0n, Uint8Array.of(3)),
				).map(({ linktype, data }) => [linktype, data[0]])).to.deep.equal([[276, 1], [1, 2],
					[101, 3]]);
			});

			it('starts anew with every section, in its own byte order', () => {
				const other = pcapng(!little_endian);
				expect(frames(
					ng.section(),
					ng.interface(1),
					ng.enhanced(0, 7_000_000n, Uint8Array.of(1)),
					other.section(),
					other.interface(113),
					other.enhanced(0, 8_000_000n, Uint8Array.of(2)),
					ng.section(),
					ng.interface(101),
					ng.enhanced(0, 9_000_000n, Uint8Array.of(3)),
				).map(({ linktype, ts_sec, data }) => [linktype, ts_sec, data[0]]))
					.to.deep.equal([[1, 7, 1], [113, 8, 2], [101, 9, 3]]);
			});

			it('skips unknown blocks of any length', () => {
				expect(frames(
					ng.section(),
					ng.block(0xbad),
					ng.block(4, new Uint8Array(100)),
					ng.interface(1),
					ng.block(0x40000bad, new Uint8Array(2 * CHUNK + 4)),
					ng.enhanced(0, 0n, Uint8Array.of(1)),
					ng.block(5, new Uint8Array(12)),
				)).to.have.length(1);
			});

			it('cuts a simple packet at the snap length, but not at none', () => {
				const data = new Uint8Array(100).fill(7);
				const [cut] = frames(ng.section(), ng.interface(1, 98), ng.simple(data, 1500));
				expect([cut.data.length, cut.orig_len, cut.truncated]).to.deep.equal([98, 1500,
					true]);
				const [all] = frames(ng.section(), ng.interface(1, 0), ng.simple(data, 1500));
				expect([all.data.length, all.orig_len, all.truncated]).to.deep.equal([100, 1500,
					true]);
			});

			it('converts every unit of time', () => {
				const resolution = (n: number) => ng.option(9, Uint8Array.of(n));
				function at(value: bigint, ...options: Buffer[]): [number, number] {
					const [{ ts_sec, ts_nsec }] = frames(ng.section(),
						ng.interface(1, 0, ...options), ng.enhanced(0, value, Uint8Array.of(1)));
					return [ts_sec, ts_nsec];
				}
				expect(at(stamp)).to.deep.equal([1_700_000_000, 123_456_000]);
				expect(at(1_700_000_000n, resolution(0))).to.deep.equal([1_700_000_000, 0]);
				expect(at(0xffff_ffff_ffff_ffffn, resolution(6))).to.deep.equal([18446744073709,
					551615000]);
				expect(at(1_700_000_000_123_456_789n, resolution(9))).to.deep.equal([1_700_000_000,
					123_456_789]);
				expect(at(0xffff_ffff_ffff_ffffn, resolution(9))).to.deep.equal([18446744073,
					709551615]);
				expect(at(123_456_789_987_654_321n, resolution(12))).to.deep.equal([123_456,
					789_987_654]);
				expect(at((5n << 32n) + (1n << 31n), resolution(0x80 | 32))).to.deep.equal([5,
					500_000_000]);
				expect(at(3n, resolution(0x80 | 1))).to.deep.equal([1, 500_000_000]);
				expect(at(stamp, ng.option(14, pack(little_endian, [64, -1_000_000_000n])))).to.deep
					.equal([700_000_000, 123_456_000]);
				expect(at(5_000n, ng.option(2, Buffer.from('veth0')), resolution(3)),
					'behind a padded option').to.deep.equal([5, 0]);
				expect(at(5_000n, resolution(3), ng.option(0, new Uint8Array()), resolution(9))).to
					.deep.equal([5, 0]);
			});

			it('agrees with exact arithmetic on the usual units', () => {
				for (let n = 0; n <= 9; n++) {
					for (let shift = 0n; shift < 64n; shift += 3n) {
						const value = 0xf123_4567_89ab_cdefn >> shift;
						const per_second = 10n ** BigInt(n);
						const [frame] = frames(ng.section(),
							ng.interface(1, 0, ng.option(9, Uint8Array.of(n))),
							ng.enhanced(0, value, Uint8Array.of(1)));
						expect(frame.ts_sec).to.equal(Number(value / per_second));
						expect(frame.ts_nsec).to.equal(
							Number(value % per_second * 1_000_000_000n / per_second),
						);
					}
				}
			});

			it('tells whether time stamps are finer than microseconds', () => {
				for (const [n, finer] of [[6, false], [7, true], [9, true], [0x80 | 19, false], [
					0x80 | 20,
					true,
				]] as const) {
					const reader = open_capture(
						dir.file('t.pcapng',
							Buffer.concat([ng.section(),
								ng.interface(1, 0, ng.option(9, Uint8Array.of(n))),
								ng.enhanced(0, 0n, Uint8Array.of(1))])),
					);
					reader.next();
					expect(reader.nanosecond, `if_tsresol ${n}`).to.equal(finer);
					expect(reader.format).to.equal('pcapng');
					reader.close();
				}
			});

			describe('says what is wrong with', () => {
				const head = [ng.section(), ng.interface(1)];
				const head_length = Buffer.concat(head).length;

				function problem(...blocks: Uint8Array[]): string {
					try {
						frames(...head, ...blocks);
					} catch (e) {
						expect(e).to.be.instanceOf(CaptureError);
						expect((e as CaptureError).offset, 'offset').to.equal(head_length);
						return (e as CaptureError).problem;
					}
					throw new Error('was read without an error');
				}

				it('a packet of an interface that is not described', () => {
					expect(problem(ng.enhanced(1, 0n, Uint8Array.of(1))))
						.to.equal(
							'block 3 holds a packet of interface 1, of which its section has no description: damaged file?',
						);
					expect(() => frames(ng.section(), ng.simple(Uint8Array.of(1)))).to.throw(
						CaptureError,
						'interface 0',
					);
					expect(() =>
						frames(ng.section(), ng.interface(1), ng.section(),
							ng.enhanced(0, 0n, Uint8Array.of(1)))
					)
						.to.throw(CaptureError, 'block 4 holds a packet of interface 0');
				});
				it('lengths that differ', () => {
					for (const type of [6, 0xbad]) {
						const block = ng.block(type, new Uint8Array(24));
						block.set(pack(little_endian, [32, 44]), block.length - 4);
						expect(problem(block)).to.equal(
							'block 3 has length 36 at its beginning and 44 at its end: damaged file?',
						);
					}
				});
				it('impossible lengths', () => {
					for (const length of [0, 8, 13, 28, 42]) {
						const block = ng.block(6, new Uint8Array(40));
						block.set(pack(little_endian, [32, length]), 4);
						expect(problem(block)).to.equal(
							`block 3 has an impossible length, ${length}: damaged file?`,
						);
					}
				});
				it('absurd lengths', () => {
					const block = ng.block(6, new Uint8Array(40));
					block.set(pack(little_endian, [32, 0xfffffffc]), 4);
					expect(problem(block)).to.equal(
						`block 3 claims 4294967292 bytes, more than ${CHUNK}: damaged file?`,
					);
					expect(problem(ng.enhanced(0, 0n, new Uint8Array(FRAME_MAX + 1))))
						.to.equal(
							`block 3 claims ${
								FRAME_MAX + 1
							} bytes of packet, more than ${FRAME_MAX}: damaged file?`,
						);
					const packet = ng.enhanced(0, 0n, new Uint8Array(8));
					packet.set(pack(little_endian, [32, 9]), 20);
					expect(problem(packet)).to.equal(
						'block 3 claims 9 bytes of packet within a block of 40: damaged file?',
					);
				});
				it('an option that runs past its block', () => {
					expect(
						problem(
							ng.interface(1, 0, pack(little_endian, [16, 9], [16, 200], [32, 0])),
						),
					)
						.to.equal(
							'block 3 (an interface description) has an option 9 that runs past its end: damaged file?',
						);
				});
				it('a section of another version', () => {
					const section = ng.section();
					section.set(pack(little_endian, [16, 2], [16, 1]), 12);
					expect(() => frames(section)).to.throw(CaptureError,
						'is a pcapng file of version 2.1; only 1.x is supported');
				});
				it('a section without a byte order', () => {
					const section = ng.section();
					section.fill(0, 8, 12);
					expect(() => frames(section)).to.throw(CaptureError,
						'without a byte-order mark');
				});
				it('blocks that are cut off', () => {
					expect(problem(ng.enhanced(0, 0n, new Uint8Array(8)).subarray(0, 11))).to.equal(
						'ends within block 3',
					);
					expect(problem(ng.enhanced(0, 0n, new Uint8Array(8)).subarray(0, 39)))
						.to.equal('ends within block 3 (39 of 40 bytes)');
					expect(problem(ng.block(0xbad, new Uint8Array(8)).subarray(0, 19))).to.equal(
						'ends within block 3',
					);
				});
			});
		});
	}
});
