// SPDX-License-Identifier: GPL-2.0-only
//
// The receiving end of ESP in tunnel mode with AES-128-GCM, for the tests: strict, slow, and
// sharing no code with the sending end.
import { createDecipheriv } from 'node:crypto';
import { expect } from 'chai';

export interface Opened {
	outerVersion: 4 | 6;
	/** TTL or hop limit, and traffic class, of the outer header. */
	hopLimit: number;
	trafficClass: number;
	/** Identification of an outer IPv4 header; -1 with IPv6. */
	id: number;
	src: Buffer;
	dst: Buffer;
	spi: number;
	seq: number;
	iv: Buffer;
	padding: Buffer;
	nextHeader: number;
	inner: Buffer;
}

/** AES-128-GCM as such. Throws when the tag is not right. */
export function open_gcm(
	key: Uint8Array,
	nonce: Uint8Array,
	aad: Uint8Array,
	cipher_text: Uint8Array,
	tag: Uint8Array,
): Buffer {
	const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: 16 });
	decipher.setAAD(aad);
	decipher.setAuthTag(tag);
	return Buffer.concat([decipher.update(cipher_text), decipher.final()]);
}

/** The sum over a header that has its checksum in it: 0xffff when that is right (RFC 1071). */
export function checksum(header: Uint8Array): number {
	let sum = 0;
	for (let i = 0; i < header.length; i += 2) {
		sum += header[i] * 256 + header[i + 1];
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return sum;
}

/** Open a packet, checking every field that has only one right value. */
export function decapsulate(packet: Uint8Array, key: Uint8Array, salt: Uint8Array): Opened {
	const bytes = Buffer.from(packet);
	const outer_version = bytes[0] >> 4 as 4 | 6;
	let header_length, hop_limit, traffic_class, id, src, dst;
	if (outer_version === 4) {
		header_length = 20;
		expect(bytes[0]).to.equal(0x45);
		expect(bytes.readUInt16BE(2), 'total length').to.equal(bytes.length);
		expect(bytes.readUInt16BE(6), 'flags and fragment offset').to.equal(0);
		expect(bytes[9], 'protocol').to.equal(50);
		expect(checksum(bytes.subarray(0, 20)), 'header checksum').to.equal(0xffff);
		traffic_class = bytes[1];
		id = bytes.readUInt16BE(4);
		hop_limit = bytes[8];
		src = bytes.subarray(12, 16);
		dst = bytes.subarray(16, 20);
	} else {
		header_length = 40;
		expect(outer_version).to.equal(6);
		expect(bytes.readUInt16BE(4), 'payload length').to.equal(bytes.length - 40);
		expect(bytes.readUInt32BE(0) & 0xfffff, 'flow label').to.equal(0);
		expect(bytes[6], 'next header').to.equal(50);
		traffic_class = bytes.readUInt32BE(0) >>> 20 & 0xff;
		id = -1;
		hop_limit = bytes[7];
		src = bytes.subarray(8, 24);
		dst = bytes.subarray(24, 40);
	}
	const esp = bytes.subarray(header_length);
	const iv = esp.subarray(8, 16);
	const text = open_gcm(key, Buffer.concat([salt, iv]), esp.subarray(0, 8), esp.subarray(16, -16),
		esp.subarray(-16));
	expect(text.length % 4, 'alignment').to.equal(0);
	const pad_length = text[text.length - 2];
	const inner_length = text.length - 2 - pad_length;
	expect(inner_length).to.be.at.least(0);
	return {
		outerVersion: outer_version,
		hopLimit: hop_limit,
		trafficClass: traffic_class,
		id,
		src,
		dst,
		iv,
		spi: esp.readUInt32BE(0),
		seq: esp.readUInt32BE(4),
		padding: text.subarray(inner_length, -2),
		nextHeader: text[text.length - 1],
		inner: text.subarray(0, inner_length),
	};
}
