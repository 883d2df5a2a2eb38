// SPDX-License-Identifier: GPL-2.0-only
import { expect } from 'chai';
import { Frame } from '../../lib/cli/esp/frame.js';
import { find_ip, PassCounts, pass_reasons } from '../../lib/cli/esp/link.js';
import { ethernet, ipv4, ipv6, pack } from './builders.js';

function find(linktype: number, data: Uint8Array, orig_len = data.length) {
	return find_ip(
		Object.assign(new Frame(data), { linktype, orig_len, truncated: data.length < orig_len }),
	);
}

const payload = new Uint8Array(33).fill(9);
const v4 = ipv4(payload);
const v6 = ipv6(payload);
const be16 = (...values: number[]) => pack(false, ...values.map((value) => [16, value] as const));

/** The header that each kind of link puts before an IP packet. */
const links: { name: string; linktype: number; v4: Uint8Array; v6: Uint8Array }[] = [
	{ name: 'Ethernet', linktype: 1, v4: ethernet([0x0800], new Uint8Array()),
		v6: ethernet([0x86dd], new Uint8Array()) },
	{ name: 'raw IP', linktype: 101, v4: new Uint8Array(), v6: new Uint8Array() },
	{ name: "raw IP (BSD's number)", linktype: 12, v4: new Uint8Array(), v6: new Uint8Array() },
	{ name: "raw IP (OpenBSD's number)", linktype: 14, v4: new Uint8Array(), v6: new Uint8Array() },
	{ name: 'Linux cooked', linktype: 113, v4: Buffer.concat([be16(0, 1, 6, 0, 0, 0, 0, 0x0800)]),
		v6: Buffer.concat([be16(0, 1, 6, 0, 0, 0, 0, 0x86dd)]) },
	{ name: 'Linux cooked, with a tag', linktype: 113,
		v4: be16(0, 1, 6, 0, 0, 0, 0, 0x8100, 5, 0x0800),
		v6: be16(0, 1, 6, 0, 0, 0, 0, 0x88a8, 5, 0x86dd) },
	{ name: 'Linux cooked 2', linktype: 276, v4: be16(0x0800, 0, 0, 1, 1, 0x0406, 0, 0, 0, 0),
		v6: be16(0x86dd, 0, 0, 1, 1, 0x0406, 0, 0, 0, 0) },
	{ name: 'BSD loopback, little-endian', linktype: 0, v4: Buffer.of(2, 0, 0, 0),
		v6: Buffer.of(30, 0, 0, 0) },
	{ name: 'BSD loopback, big-endian', linktype: 0, v4: Buffer.of(0, 0, 0, 2),
		v6: Buffer.of(0, 0, 0, 28) },
	{ name: 'OpenBSD loopback', linktype: 108, v4: Buffer.of(0, 0, 0, 2),
		v6: Buffer.of(0, 0, 0, 24) },
];

describe('esp: the IP packet in a frame', () => {
	for (const link of links) {
		it(link.name, () => {
			for (const [head, packet, version] of [[link.v4, v4, 4], [link.v6, v6, 6]] as const) {
				const whole = { offset: head.length, length: packet.length, version };
				const frame = Buffer.concat([head, packet]);
				expect(find(link.linktype, frame)).to.deep.equal(whole);
				expect(find(link.linktype, Buffer.concat([frame, Buffer.alloc(17)])),
					'with padding').to.deep.equal(whole);
				for (let length = 0; length < frame.length; length++) {
					expect(find(link.linktype, frame.subarray(0, length), frame.length),
						`${length} captured`).to.equal('snapped');
					expect(find(link.linktype, frame.subarray(0, length)), `${length} in all`).to
						.equal('malformed');
				}
			}
		});
	}

	it('one version only, where the link says so', () => {
		expect(find(228, v4)).to.deep.equal({ offset: 0, length: 53, version: 4 });
		expect(find(229, v6)).to.deep.equal({ offset: 0, length: 73, version: 6 });
		expect(find(228, v6)).to.equal('malformed');
		expect(find(229, v4)).to.equal('malformed');
	});

	it('through any stack of VLAN tags', () => {
		const stacks = [[0x8100], [0x88a8], [0x9100], [0x88a8, 0x8100], [0x9100, 0x9100, 0x88a8,
			0x8100, 0x8100]];
		for (const tags of stacks) {
			const offset = 14 + 4 * tags.length;
			const frame = ethernet([...tags, 0x0800], v4);
			expect(find(1, frame)).to.deep.equal({ offset, length: 53, version: 4 });
			expect(find(1, ethernet([...tags, 0x86dd], v6))).to.deep.equal({ offset, length: 73,
				version: 6 });
			expect(find(1, ethernet([...tags, 0x0806], v4))).to.equal('not-ip');
			expect(find(1, frame.subarray(0, offset - 1), frame.length)).to.equal('snapped');
		}
		expect(find(1, ethernet(Array<number>(5000).fill(0x8100), new Uint8Array())),
			'no end of tags').to.equal('malformed');
	});

	it('without the padding of a short Ethernet frame', () => {
		const short = ipv4(Uint8Array.of(1));
		const frame = Buffer.concat([ethernet([0x0800], short), Buffer.alloc(25)]);
		expect(frame).to.have.length(60);
		expect(find(1, frame)).to.deep.equal({ offset: 14, length: 21, version: 4 });
	});

	it('passes over what is not IP', () => {
		expect(find(1, ethernet([0x0806], payload))).to.equal('not-ip');
		expect(find(1, ethernet([0x0026], payload)), 'IEEE 802.3 with a length').to.equal('not-ip');
		expect(find(113, be16(0, 1, 6, 0, 0, 0, 0, 0x0806))).to.equal('not-ip');
		expect(find(276, be16(0x0806, 0, 0, 1, 1, 0x0406, 0, 0, 0, 0))).to.equal('not-ip');
		expect(find(0, Buffer.concat([Buffer.of(7, 0, 0, 0), v4]))).to.equal('not-ip');
		expect(find(101, Uint8Array.of(0x50, 0, 0, 0))).to.equal('not-ip');
	});

	it('passes over links that it does not know', () => {
		expect(find(105, v4)).to.equal('unknown-linktype');
	});

	it('passes over packets without a length', () => {
		const unsegmented = Buffer.from(v4);
		unsegmented.writeUInt16BE(0, 2);
		expect(find(101, unsegmented)).to.equal('no-length');
		expect(find(1, ethernet([0x0800], unsegmented))).to.equal('no-length');
		for (const next_header of [0, 6]) {
			const jumbogram = ipv6(payload, next_header);
			jumbogram.writeUInt16BE(0, 4);
			expect(find(101, jumbogram)).to.equal('no-length');
		}
		expect(find(101, ipv6(new Uint8Array(), 59)), 'no next header').to.deep.equal({ offset: 0,
			length: 40, version: 6 });
	});

	it('passes over damaged headers', () => {
		const change = (packet: Buffer, at: number, value: number) => {
			const changed = Buffer.from(packet);
			changed[at] = value;
			return ethernet([packet[0] >> 4 === 4 ? 0x0800 : 0x86dd], changed);
		};
		expect(find(1, change(v4, 0, 0x44)), 'header length 16').to.equal('malformed');
		expect(find(1, change(v4, 0, 0x65)), 'version 6 in an IPv4 frame').to.equal('malformed');
		expect(find(1, change(v4, 3, 19)), 'shorter than its header').to.equal('malformed');
		expect(find(1, change(v4, 3, 54)), 'longer than its frame').to.equal('malformed');
		expect(find(1, change(v6, 0, 0x45)), 'version 4 in an IPv6 frame').to.equal('malformed');
		expect(find(1, change(v6, 5, 34)), 'longer than its frame').to.equal('malformed');
	});

	it('takes IPv4 options along', () => {
		expect(find(101, ipv4(payload, new Uint8Array(40)))).to.deep.equal({ offset: 0, length: 93,
			version: 4 });
	});

	it('counts the reasons', () => {
		const counts = new PassCounts();
		expect(counts.toJSON()).to.deep.equal({});
		counts.add('too-long');
		counts.add('not-ip');
		counts.add('not-ip');
		expect(counts.total).to.equal(3);
		expect(counts.get('not-ip')).to.equal(2);
		expect(counts.get('snapped')).to.equal(0);
		expect(JSON.stringify(counts)).to.equal('{"not-ip":2,"too-long":1}');
		expect(Object.keys(pass_reasons)).to.include.members(['not-ip', 'too-long']);
	});
});
