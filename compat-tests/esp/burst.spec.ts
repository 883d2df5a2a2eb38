// SPDX-License-Identifier: GPL-2.0-only
//
// esp: bursts. The addon and node:crypto make the same bytes, and neither goes beyond its memory.
import { expect } from 'chai';
import fc from 'fast-check';
import { EINVAL } from '../../lib/index.js';
import { BurstSealer, Crypto, esp_packet } from '../../lib/cli/esp/burst.js';
import { EspSa, SaConfig, SEQUENCE_MAX } from '../../lib/cli/esp/esp.js';
import { load_native } from '../../lib/machine/native.js';

const bytes = (n: number): fc.Arbitrary<Uint8Array> =>
	fc.uint8Array({ minLength: n, maxLength: n });
const config = fc.tuple(bytes(16), bytes(4), fc.constantFrom(4, 16), bytes(16), bytes(16),
	fc.integer({ min: 256, max: 0xffff_ffff }), fc.integer({ min: 0, max: 0xffff_ffff }))
	.map(([key, salt, length, src, dst, spi, iv_high]): SaConfig => ({ key, salt, spi,
		ivHigh: iv_high, src: src.subarray(0, length), dst: dst.subarray(0, length) })
	);

interface Packet {
	readonly version: 4 | 6;
	readonly data: Uint8Array;
	readonly seconds: number;
	readonly fraction: number;
}
const packet = fc.record({
	version: fc.constantFrom(4 as const, 6 as const),
	data: fc.uint8Array({ minLength: 20, maxLength: 1600 }),
	seconds: fc.integer({ min: 0, max: 0xffff_ffff }),
	fraction: fc.integer({ min: 0, max: 999_999_999 }),
});

const p = esp_packet.offset;
const ROOM = 64 * 1024;

/** A memory with these packets: their descriptions, the packets, room for the records. */
function memory_with(packets: readonly Packet[]): { memory: Uint8Array; out: number } {
	const at = packets.length * esp_packet.size;
	const out = packets.reduce((end, { data }) => end + data.length, at);
	const memory = new Uint8Array(out + ROOM);
	const view = new DataView(memory.buffer);
	let end = at;
	packets.forEach(({ version, data, seconds, fraction }, i) => {
		const description = i * esp_packet.size;
		memory.set(data, end);
		memory[end] = version << 4 | data[0] & 0xf;
		view.setInt32(description + p.at, end, true);
		view.setInt32(description + p.length, data.length, true);
		view.setUint32(description + p.seconds, seconds, true);
		view.setUint32(description + p.fraction, fraction, true);
		end += data.length;
	});
	return { memory, out };
}

/** Who there is. */
const cryptos: readonly Crypto[] = load_native().native === null ? ['node'] : ['addon', 'node'];

describe('esp: bursts', () => {
	it('are wrapped by the addon, where it is, else by node:crypto', () => {
		const sa: SaConfig = { key: new Uint8Array(16), salt: new Uint8Array(4), spi: 256,
			src: new Uint8Array(4), dst: new Uint8Array(4) };
		for (const crypto of cryptos)
			expect(new BurstSealer(sa, new Uint8Array(8), crypto).crypto).to.equal(crypto);
		expect(new BurstSealer(sa, new Uint8Array(8)).crypto).to.equal(cryptos[0]);
	});

	it('have the same bytes whoever wraps them, and each packet is what it is alone', () => {
		fc.assert(
			fc.property(config, fc.array(packet, { minLength: 1, maxLength: 12 }),
				fc.integer({ min: 1, max: SEQUENCE_MAX - 12 }), (sa, packets, seq) => {
				const results = cryptos.map((crypto) => {
					const { memory, out } = memory_with(packets);
					const used = new BurstSealer(sa, memory, crypto).seal(0, packets.length, seq,
						out, ROOM);
					expect(used).to.be.greaterThan(0);
					return Buffer.from(memory.subarray(out, out + used)).toString('hex');
				});
				expect(new Set(results).size).to.equal(1);

				const { memory } = memory_with(packets);
				const alone = new EspSa(sa);
				const expected = packets.map(({ version, data, seconds, fraction }, i) => {
					const at = new DataView(memory.buffer).getInt32(i * esp_packet.size + p.at,
						true);
					const record = Buffer.alloc(16 + alone.output_length(data.length));
					const length = alone.encapsulate(memory, at, data.length, version, seq + i,
						record, 16);
					record.writeUInt32LE(seconds, 0);
					record.writeUInt32LE(fraction, 4);
					record.writeUInt32LE(length, 8);
					record.writeUInt32LE(length, 12);
					return record.toString('hex');
				}).join('');
				expect(results[0]).to.equal(expected);
			}),
			{ numRuns: 60 },
		);
	});

	for (const crypto of cryptos)
		it(`${crypto}: refuses what does not lie within the memory, its room or the numbers`, () => {
			const one: Packet = { version: 4, data: new Uint8Array(100), seconds: 0, fraction: 0 };
			const sa: SaConfig = { key: new Uint8Array(16), salt: new Uint8Array(4), spi: 256,
				src: new Uint8Array(4), dst: new Uint8Array(4) };
			const { memory, out } = memory_with([one]);
			const before = memory.slice();
			const view = new DataView(memory.buffer);
			const sealer = new BurstSealer(sa, memory, crypto);
			const total = 16 + new EspSa(sa).output_length(100);
			expect(sealer.seal(0, 1, 1, out, total)).to.equal(total);
			memory.set(before);
			expect(sealer.seal(0, 1, 1, out, total - 1), 'room').to.equal(-EINVAL);
			expect(sealer.seal(0, 1, 0, out, ROOM), 'sequence number 0').to.equal(-EINVAL);
			expect(sealer.seal(0, 1, 2 ** 32, out, ROOM), 'sequence number 2^32').to.equal(-EINVAL);
			expect(sealer.seal(0, 1, 1, out, ROOM + 1), 'room beyond the memory').to.equal(-EINVAL);
			view.setInt32(p.at, memory.length - 99, true);
			expect(sealer.seal(0, 1, 1, out, ROOM), 'the packet').to.equal(-EINVAL);
			view.setInt32(p.at, esp_packet.size, true);
			view.setInt32(p.length, 65535, true);
			expect(sealer.seal(0, 1, 1, out, ROOM), 'too long').to.equal(-EINVAL);
			expect(Buffer.compare(memory.subarray(out), before.subarray(out)), 'nothing written')
				.to.equal(0);
		});
});
