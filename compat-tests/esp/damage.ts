// SPDX-License-Identifier: GPL-2.0-only
//
// Damaged captures: whatever the bytes, reading ends, with frames that make sense and at most a
// CaptureError.
import { expect } from 'chai';
import { CaptureError, FRAME_MAX, open_capture } from '../../lib/cli/esp/capture.js';
import { find_ip, pass_reasons } from '../../lib/cli/esp/link.js';
import { ethernet, ipv4, ipv6, pcap, pcapng, random_from, scratch_dir, seed } from './builders.js';

const payload = new Uint8Array(30).fill(7);
const packets = [
	ethernet([0x0800], ipv4(payload)),
	ethernet([0x8100, 0x86dd], ipv6(payload)),
	ethernet([0x0806], payload),
	new Uint8Array(1),
];

interface Capture {
	name: string;
	bytes: Buffer;
	boundaries: number[];
}

/** A small capture of every format and byte order. */
export const captures: Capture[] = [];
for (const little_endian of [true, false]) {
	const order = little_endian ? 'little-endian' : 'big-endian';
	// Where a file may end: after a whole record or block.
	let at = 24;
	captures.push({
		name: `${order} pcap`,
		bytes: pcap(packets.map((data) => ({ data })), { littleEndian: little_endian }),
		boundaries: [24, ...packets.map((data) => at += 16 + data.length)],
	});
	const ng = pcapng(little_endian);
	const blocks = [ng.section(), ng.interface(1, 0, ng.option(9, Uint8Array.of(9))),
		ng.block(0xbad, payload), ng.enhanced(0, 1n, packets[0]), ng.obsolete(0, 2n, packets[1]),
		ng.simple(packets[2]), ng.section(), ng.interface(101), ng.enhanced(0, 3n, packets[3])];
	at = 0;
	captures.push({
		name: `${order} pcapng`,
		bytes: Buffer.concat(blocks),
		boundaries: blocks.map((block) => at += block.length),
	});
}

/** The capture that the quick part damages. */
export const QUICK = 'little-endian pcap';

/**
 * Read all of a capture, looking for IP in it. Returns the number of frames, or the error that
 * ended it.
 */
export function read_all(path: string): number | CaptureError {
	let count = 0;
	try {
		const reader = open_capture(path);
		try {
			for (let frame = reader.next(); frame; frame = reader.next()) {
				count++;
				expect(frame.data.length).to.be.at.most(FRAME_MAX);
				const found = find_ip(frame);
				if (typeof found === 'string') {
					expect(pass_reasons).to.have.property(found);
				} else {
					expect(found.length).to.be.within(20, 65575);
					expect(found.offset + found.length).to.be.at.most(frame.data.length);
				}
			}
			expect(reader.bytes_read).to.equal(reader.size);
		} finally {
			reader.close();
		}
	} catch (e) {
		if (!(e instanceof CaptureError))
			throw e;
		return e;
	}
	return count;
}

type ScratchDir = ReturnType<typeof scratch_dir>;

/** Declare the tests that damage one of the captures in all ways. */
export function damage_tests(dir: ScratchDir, { name, bytes, boundaries }: Capture): void {
	it(`${name}, cut off at every byte`, () => {
		expect(read_all(dir.file('whole', bytes))).to.equal(4);
		for (let length = 0; length < bytes.length; length++) {
			const result = read_all(dir.file('cut', bytes.subarray(0, length)));
			if (boundaries.includes(length)) {
				expect(result, `${length} bytes`).to.be.a('number');
			} else {
				expect(result, `${length} bytes`).to.be.instanceOf(CaptureError);
				const { offset, message } = result as CaptureError;
				expect(offset).to.be.at.most(length);
				expect(message).to.match(/ends within|is empty|is not a pcap/);
			}
		}
	});

	it(`${name}, every byte changed in turn`, () => {
		for (let at = 0; at < bytes.length; at++) {
			for (const change of [0xff, 0x80, 1]) {
				const changed = Buffer.from(bytes);
				changed[at] ^= change;
				read_all(dir.file('changed', changed));
			}
		}
	});

	it(`${name}, damaged at random (SEED=${seed})`, () => {
		const random = random_from(seed);
		for (let round = 0; round < 1000; round++) {
			let damaged = Buffer.from(bytes);
			for (let n = 1 + random() * 8; n >= 1; n--) {
				const at = Math.floor(random() * damaged.length);
				const kind = random();
				if (kind < 0.6)
					damaged[at] = random() < 0.5 ? random() * 256 : random() * 4;
				else if (kind < 0.8)
					damaged = Buffer.concat([damaged.subarray(0, at),
						damaged.subarray(at + random() * 8)]);
				else
					damaged = Buffer.concat([damaged.subarray(0, at),
						damaged.subarray(random() * at), Buffer.alloc(4)]);
			}
			read_all(dir.file('fuzz', damaged));
		}
	});
}
