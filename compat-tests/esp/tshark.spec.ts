// SPDX-License-Identifier: GPL-2.0-only
//
// The example capture through a tunnel: what is wrapped here, tshark unwraps, byte for byte and in
// order.
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { open_capture } from '../../lib/cli/esp/capture.js';
import { EspSa, OUTER_MAX, type SaConfig } from '../../lib/cli/esp/esp.js';
import { find_ip } from '../../lib/cli/esp/link.js';
import { parse_sa } from '../../lib/cli/esp/options.js';
import { PcapWriter } from '../../lib/cli/esp/pcap-writer.js';
import { scratch_dir } from './builders.js';
import { decrypt_with_tshark, tshark_available } from './tshark.js';

const example = fileURLToPath(new URL('../../../examples/loopback.pcapng', import.meta.url));

/** Wrap a whole capture in a plain loop. Returns the packets that went in. */
function wrap(from: string, to: string, config: SaConfig): Uint8Array[] {
	const sa = new EspSa(config);
	const inner: Uint8Array[] = [];
	const reader = open_capture(from);
	const writer = new PcapWriter(to);
	const out = new Uint8Array(OUTER_MAX);
	for (let frame = reader.next(); frame; frame = reader.next()) {
		const found = find_ip(frame);
		if (typeof found === 'string')
			continue;
		const { offset, length, version } = found;
		inner.push(frame.data.slice(offset, offset + length));
		const written = sa.encapsulate(frame.data, offset, length, version, inner.length, out, 0);
		writer.write(frame.ts_sec, frame.ts_nsec, out, 0, written);
	}
	reader.close();
	writer.commit();
	return inner;
}

describe('esp: tshark', function() {
	// A few thousand packets through a program that has to start first.
	this.timeout(120_000);
	const dir = scratch_dir();

	before(function() {
		if (!tshark_available()) {
			console.log(
				'    tshark is not installed: skipped (it is in the Debian package tshark)',
			);
			this.skip();
		}
	});

	for (const tunnel of ['192.0.2.1,192.0.2.2', '2001:db8::1,2001:db8:0:1::ff']) {
		it(`opens every packet of the example, from ${tunnel}`, () => {
			const config = parse_sa({ tunnel, spi: '0xdeadbeef' });
			const out = dir.file('out.pcap');
			const inner = wrap(example, out, config);
			expect(inner).to.have.length.above(2000);
			const opened = decrypt_with_tshark(out, config);
			expect(opened).to.have.length(inner.length);
			opened.forEach((packet, i) =>
				expect(Buffer.compare(packet, inner[i]), `packet ${i + 1}`).to.equal(0)
			);
		});
	}

	it('opens packets of every size up to the longest', () => {
		const config = parse_sa({});
		const sa = new EspSa(config);
		const longest = OUTER_MAX - sa.output_length(0) - 1;
		const sizes = [...Array(300).keys(), 1480, 9000, 65000, longest - 3, longest - 2,
			longest - 1, longest];
		const out = new Uint8Array(OUTER_MAX);
		const writer = new PcapWriter(dir.file('sizes.pcap'));
		const inner = sizes.map((size, i) => {
			const packet = new Uint8Array(Math.max(size, 20)).fill(i);
			packet.set([0x45, 0, packet.length >> 8, packet.length]);
			writer.write(i, 0, out, 0, sa.encapsulate(packet, 0, packet.length, 4, i + 1, out, 0));
			return packet;
		});
		writer.commit();
		const opened = decrypt_with_tshark(dir.file('sizes.pcap'), config);
		expect(opened.map((packet) => Buffer.from(packet).toString('base64')))
			.to.deep.equal(inner.map((packet) => Buffer.from(packet).toString('base64')));
	});

	it('rejects what was changed on the way', () => {
		const config = parse_sa({});
		const sa = new EspSa(config);
		const out = new Uint8Array(200);
		const packet = Uint8Array.from({ length: 60 }, (_, i) => i);
		packet.set([0x45, 0, 0, 60]);
		const written = sa.encapsulate(packet, 0, 60, 4, 1, out, 0);
		for (const at of [20 + 16, written - 1]) {
			const changed = out.slice(0, written);
			changed[at] ^= 1;
			const writer = new PcapWriter(dir.file('changed.pcap'));
			writer.write(0, 0, changed);
			writer.commit();
			expect(() => decrypt_with_tshark(dir.file('changed.pcap'), config)).to.throw(
				'does not accept packet 1',
			);
		}
	});
});
