// SPDX-License-Identifier: GPL-2.0-only
import { expect } from 'chai';
import { EspSa, OUTER_MAX, SEQUENCE_MAX, type SaConfig } from '../../lib/cli/esp/esp.js';
import { parse_address } from '../../lib/cli/esp/options.js';
import { ipv4, ipv6, random_from, seed } from './builders.js';
import { checksum, decapsulate, open_gcm } from './decapsulate.js';

const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

const config: SaConfig = {
	key: hex('00112233445566778899aabbccddeeff'),
	salt: hex('deadbeef'),
	spi: 0xdeadc0de,
	src: parse_address('', '192.0.2.1'),
	dst: parse_address('', '198.51.100.77'),
};
const config6: SaConfig = { ...config, src: parse_address('', '2001:db8:1::a'),
	dst: parse_address('', '2001:db8:2::b') };

/** Wrap one packet on its own. */
function wrap(sa: EspSa, packet: Uint8Array, seq = 1): Buffer {
	const out = new Uint8Array(OUTER_MAX);
	return Buffer.from(
		out.subarray(0,
			sa.encapsulate(packet, 0, packet.length, packet[0] >> 4 as 4 | 6, seq, out, 0)),
	);
}

describe('esp: the receiving end of these tests', () => {
	// Test cases of draft-mcgrew-gcm-test-01 with a 128-bit key: salt and IV, additional data,
	// plain text, result.
	const cases = [
		['4c80cdefbb5d10da906ac73c3613a634', '2e443b684956ed7e3b244cfe', '000043218765432100000000',
			`45000048699a000080114db7c0a80102c0a801010a9bf15638d3010000010000
			00000000045f736970045f756470037369700963796265726369747902646b00
			0021000101020201`, `fecf537e729d5b07dc30df528dd22b768d1b98736696a6fd348509fa13ceac34
			cfa2436f14a3f3cf65925bf1f4a13c5d15b21e1884f5ff6247aeabb786b93bce
			61bc17d768fd9732459018148f6cbe722fd04796562dfdb4`],
		['feffe9928665731c6d6a8f9467308308', 'cafebabefacedbaddecaf888', '0000a5f80000000a',
			`4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d00100
			0001000000000000037369700963796265726369747902646b00000100010001`,
			`deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c
			3de81827c10e9a4f51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd1
			83b70d3aa8bc6ee4c309e9d85a41ad4a`],
		['00000000000000000000000000000000', '000000000000000000000000', '0000000000000001',
			`4500003c99c500008001cb7a40679318010101010800075c0200440061626364
			65666768696a6b6c6d6e6f707172737475767761626364656667686901020201`,
			`4688daf2f973a392732909c331d56d60f694abaa414b5e7ff5fdcdfff5e9a284
			456476492719ffb64de7d9dca1e1d894bc3bd57873ed4d181d19d4d5c8c18af3
			f821d496eeb096e98ad2b69e4799c71d`],
		['7d773d00c144c525ac619d18c84a3f47', 'd966426743457e9182443bc6', '335467aeffffffff',
			'01020201', '437f866bcb3f699fe9b0822bac961c4504bef270'],
	];

	cases.forEach(([key, nonce, aad, text, result], i) => {
		it(`opens test case ${i + 1} of draft-mcgrew-gcm-test`, () => {
			const sealed = hex(result);
			const opened = open_gcm(hex(key), hex(nonce), hex(aad), sealed.subarray(0, -16),
				sealed.subarray(-16));
			expect(opened.toString('hex')).to.equal(hex(text).toString('hex'));
			sealed[0] ^= 1;
			expect(() =>
				open_gcm(hex(key), hex(nonce), hex(aad), sealed.subarray(0, -16),
					sealed.subarray(-16))
			).to.throw();
		});
	});

	it('opens a whole packet around such a case', () => {
		const [key, nonce, aad, text, result] = cases[1];
		const body = Buffer.concat([hex(aad), hex(nonce).subarray(4), hex(result)]);
		const outer = hex('45000000000000004032000001020304050607 08');
		outer.writeUInt16BE(20 + body.length, 2);
		outer.writeUInt16BE(0xffff - checksum(outer), 10);
		const opened = decapsulate(Buffer.concat([outer, body]), hex(key),
			hex(nonce).subarray(0, 4));
		expect([opened.spi, opened.seq, opened.nextHeader, opened.padding.length]).to.deep.equal([
			0xa5f8,
			10,
			1,
			0,
		]);
		expect(opened.inner.toString('hex')).to.equal(hex(text).subarray(0, -2).toString('hex'));
	});
});

describe('esp: encapsulation', () => {
	// Made with scapy 2.6's SecurityAssociation.encrypt(), given the same IV and tunnel header.
	it('makes the same IPv4 packet as scapy', () => {
		const inner = hex(
			`45b80032000700003f115fef0a0102030a04050603e80035001e2000706164617461206b6565707320746865
			206f72646572`,
		);
		expect(wrap(new EspSa(config), inner, 0x00010102).toString('hex')).to.equal(hex(`
			45b800680102000040328c28c0000201c633644ddeadc0de000101020000000000010102f332b2ad4de249ed1851d00a83639941
			78671ca0199d9bf7a7f519838ffed8d219920a867e6af25b3deb4f0ea03238bc49f9dae475cdd3414940c61f2c95aa66431c63b4
			`).toString('hex'));
	});

	it('makes the same IPv6 packet as scapy', () => {
		const inner = hex(
			`62e12345000b110320010db800000000000000000000000120010db8000000000000000000000002
			00050006000bb1de78797a`,
		);
		expect(
			wrap(new EspSa({ ...config6, spi: 256, ivHigh: 0x89abcdef }), inner, 0xffffffff)
				.toString('hex'),
		).to.equal(hex(`
			62e000000058324020010db800010000000000000000000a20010db800020000000000000000000b
			00000100ffffffff89abcdefffffffffbc3c9544f9d8a66662d450af98d6d67e01663ad07e4e90e78cae88ab43d058006e47b4cf
			f949b6ac6348cfd78a4ef0dd4c6c2a9496573eb568bc26b97c77ea8bd91e750312ba75a6`).toString(
			'hex',
		));
	});

	for (const [family, tunnel] of [['IPv4', config], ['IPv6', config6]] as const) {
		it(`fills in every field of an ${family} tunnel`, () => {
			const sa = new EspSa({ ...tunnel, ivHigh: 0x80000001 });
			for (const seq of [1, 2, 0x1ffff, 0x7fffffff, 0x80000000, SEQUENCE_MAX]) {
				for (const inner of [ipv4(new Uint8Array(50)), ipv6(new Uint8Array(50))]) {
					const opened = decapsulate(wrap(sa, inner, seq), config.key, config.salt);
					const is_ipv4 = inner[0] >> 4 === 4;
					expect(opened).to.deep.include({
						outerVersion: family === 'IPv4' ? 4 : 6,
						hopLimit: 64,
						// As in the packets that the tests' builders make.
						trafficClass: is_ipv4 ? 0x2e : 0xab,
						id: family === 'IPv4' ? seq & 0xffff : -1,
						spi: 0xdeadc0de,
						seq,
						nextHeader: is_ipv4 ? 4 : 41,
					});
					expect(opened.src).to.deep.equal(Buffer.from(tunnel.src));
					expect(opened.dst).to.deep.equal(Buffer.from(tunnel.dst));
					expect(opened.iv.readUInt32BE(0)).to.equal(0x80000001);
					expect(opened.iv.readUInt32BE(4)).to.equal(seq);
					expect(opened.inner).to.deep.equal(inner);
				}
			}
		});

		it(`pads with 1, 2, 3 as far as needed and no further, ${family}`, () => {
			const sa = new EspSa(tunnel);
			const overheads = new Set<number>();
			for (let length = 20; length < 120; length++) {
				const inner = ipv4(new Uint8Array(length - 20).fill(length));
				const packet = wrap(sa, inner, length);
				expect(packet).to.have.length(sa.output_length(length));
				overheads.add(packet.length - length);
				const opened = decapsulate(packet, config.key, config.salt);
				expect(opened.padding.equals(Buffer.of(1, 2, 3).subarray(0, opened.padding.length)))
					.to.equal(true);
				expect(opened.padding.length).to.equal((4 - (length + 2) % 4) % 4);
				expect(opened.inner.equals(inner)).to.equal(true);
			}
			expect(Math.max(...overheads)).to.equal(sa.max_overhead);
			expect(overheads.size).to.equal(4);
		});
	}

	it('has a correct checksum whatever the addresses, length and id', () => {
		const addresses = ['0.0.0.0', '255.255.255.255', '255.254.255.255', '128.0.127.255'].map((
			a,
		) => parse_address('', a));
		for (const src of addresses) {
			for (const dst of addresses) {
				const sa = new EspSa({ ...config, src, dst });
				for (let seq = 1; seq < 70000; seq += 997)
					decapsulate(wrap(sa, ipv4(new Uint8Array(seq % 100)), seq), config.key,
						config.salt);
				// Ids for which the sum's lower half is 0xffff, so that adding the upper one
				// carries again, and its neighbours, where the checksum is 0 or nearly so.
				const header = wrap(sa, ipv4(new Uint8Array()), 0x10000).subarray(0, 20);
				const words = [0, 1, 3, 4, 6, 7, 8, 9].map((word) => header.readUInt16BE(2 * word));
				const seq = 0x10000 + (0xffff - words.reduce((a, b) => a + b) & 0xffff);
				for (const near of [-2, -1, 0, 1])
					decapsulate(wrap(sa, ipv4(new Uint8Array()), seq + near), config.key,
						config.salt);
			}
		}
	});

	it(`opens to what went in, for random packets and places (SEED=${seed})`, () => {
		const random = random_from(seed);
		const size = 200_000;
		const shared = new Uint8Array(new SharedArrayBuffer(size));
		for (let i = 0; i < size; i++)
			shared[i] = random() * 256;
		for (let round = 1; round <= 500; round++) {
			const sa = new EspSa({ ...(random() < 0.5 ? config : config6),
				ivHigh: Math.floor(random() * 0x1_0000_0000) });
			const length = 20 + Math.floor(random() < 0.8 ? random() * 1500 : random() * 65000);
			const from = Math.floor(random() * (size / 2 - length));
			const to = size / 2 + Math.floor(random() * (size / 2 - length - sa.max_overhead));
			if (sa.output_length(length) > OUTER_MAX)
				continue;
			const seq = Math.floor(1 + random() * SEQUENCE_MAX);
			const inner = shared.slice(from, from + length);
			const before = shared.slice(to - 1, to)[0];
			const written = sa.encapsulate(shared, from, length, 4, seq, shared, to);
			expect(written).to.equal(sa.output_length(length));
			expect(shared[to - 1], 'the byte before').to.equal(before);
			const opened = decapsulate(shared.slice(to, to + written), config.key, config.salt);
			expect(opened.seq).to.equal(seq);
			expect(Buffer.compare(opened.inner, inner)).to.equal(0);
			expect(Buffer.compare(shared.slice(from, from + length), inner), 'input unchanged').to
				.equal(0);
		}
	});

	it('writes nothing beyond the packet', () => {
		const sa = new EspSa(config);
		const inner = ipv4(new Uint8Array(31));
		const out = new Uint8Array(300).fill(0xa5);
		const written = sa.encapsulate(inner, 0, inner.length, 4, 1, out, 100);
		expect(out.subarray(0, 100).every((byte) => byte === 0xa5)).to.equal(true);
		expect(out.subarray(100 + written).every((byte) => byte === 0xa5)).to.equal(true);
	});

	it('may write over its input', () => {
		const sa = new EspSa(config);
		const inner = ipv4(new Uint8Array(100).fill(3));
		const memory = new Uint8Array(300);
		for (const offset of [0, 10, 60]) {
			memory.set(inner, 30);
			const written = sa.encapsulate(memory, 30, inner.length, 4, 5, memory, offset);
			expect(
				Buffer.from(memory.subarray(offset, offset + written)).equals(wrap(sa, inner, 5)),
			).to.equal(true);
		}
	});

	it('makes the same packets on any instance, in any order', () => {
		const [a, b] = [new EspSa(config), new EspSa(config)];
		const inner = ipv4(new Uint8Array(99));
		const forth = [1, 2, 3, 4].map((seq) => wrap(a, inner, seq));
		const back = [4, 3, 2, 1].map((seq) => wrap(b, inner, seq)).reverse();
		expect(forth).to.deep.equal(back);
		expect(new Set(forth.map((packet) => packet.toString('hex'))).size).to.equal(4);
	});

	it('takes the longest packet that fits, and no longer', () => {
		for (const tunnel of [config, config6]) {
			const sa = new EspSa(tunnel);
			let length = OUTER_MAX;
			while (sa.output_length(length) > OUTER_MAX)
				length--;
			const inner = ipv4(new Uint8Array(length - 20));
			expect(decapsulate(wrap(sa, inner), config.key, config.salt).inner.equals(inner)).to
				.equal(true);
			expect(() => wrap(sa, new Uint8Array(length + 1).fill(0x45))).to.throw(RangeError,
				'too long to wrap');
			expect(OUTER_MAX - sa.output_length(length)).to.be.below(4);
		}
	});

	it('refuses sequence numbers that are not, or come round', () => {
		const sa = new EspSa(config);
		const inner = ipv4(new Uint8Array(4));
		for (const seq of [0, -1, SEQUENCE_MAX + 1, NaN])
			expect(() => wrap(sa, inner, seq)).to.throw(RangeError,
				`sequence number ${seq} is not between 1 and 4294967295`);
	});

	it('refuses what does not lie within its arrays', () => {
		const sa = new EspSa(config);
		const inner = ipv4(new Uint8Array(40));
		const out = new Uint8Array(sa.output_length(60));
		expect(() => sa.encapsulate(inner, 1, 60, 4, 1, out, 0)).to.throw(RangeError,
			'runs past 60 bytes of input');
		expect(() => sa.encapsulate(inner, 0, 60, 4, 1, out, 1)).to.throw(RangeError,
			`run past ${out.length} bytes of output`);
		expect(out.every((byte) => byte === 0), 'nothing written').to.equal(true);
		sa.encapsulate(inner, 0, 60, 4, 1, out, 0);
	});

	it('refuses configurations that are not', () => {
		const bad: [Partial<SaConfig>, string][] = [
			[{ key: new Uint8Array(32) }, 'key must have 16 bytes, not 32'],
			[{ salt: new Uint8Array(0) }, 'salt must have 4 bytes, not 0'],
			[{ spi: 255 }, 'spi must be an integer from 256'],
			[{ spi: 2 ** 32 }, 'spi must be an integer'],
			[{ spi: 300.5 }, 'spi must be an integer'],
			[{ dst: config6.dst }, 'src and dst must both be IPv4 or both IPv6'],
			[{ src: new Uint8Array(6), dst: new Uint8Array(6) }, 'src and dst must both'],
			[{ ivHigh: -1 }, 'ivHigh must be an integer'],
			[{ ivHigh: 2 ** 32 }, 'ivHigh must be an integer'],
		];
		for (const [part, message] of bad)
			expect(() => new EspSa({ ...config, ...part })).to.throw(RangeError, message);
	});
});
