// SPDX-License-Identifier: GPL-2.0-only
//
// ESP in tunnel mode (RFC 4303) with AES-128-GCM and a 16-byte ICV (RFC 4106):
//
//   outer IP header | SPI | sequence | IV | encrypted | ICV
//
// Encrypted are the IP packet, padding, the pad length and the next header.
//
// Every sequence number, and so every packet of an association, can be done on its own, on any
// thread.
import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto';

/** A security association: what both ends have agreed on. */
export interface SaConfig {
	/** AES key, 16 bytes. */
	key: Uint8Array;
	/** Secret first part of every nonce, 4 bytes. */
	salt: Uint8Array;
	/** Security parameters index, 256 to 2^32 - 1. */
	spi: number;
	/** Ends of the tunnel: 4 bytes each for IPv4, 16 for IPv6. */
	src: Uint8Array;
	dst: Uint8Array;
	/**
	 * Upper half of every IV, 0 to 2^32 - 1, by default 0. Whoever uses a key and salt again, from
	 * sequence 1 on, has to choose another: a nonce used twice gives the plain text of both packets
	 * away, and with it the power to forge.
	 */
	ivHigh?: number;
}

/** The last sequence number: the counter must not come round (RFC 4303 section 3.3.3). */
export const SEQUENCE_MAX = 0xffff_ffff;

/** SPIs below this are reserved (RFC 4303 section 2.1). */
export const SPI_MIN = 256;
export const SPI_MAX = 0xffff_ffff;

export const KEY_BYTES = 16;
export const SALT_BYTES = 4;

/** Longest packet that is made, outer header included. */
export const OUTER_MAX = 65535;

const PROTOCOL_ESP = 50;
const NEXT_HEADER_IPV4 = 4;
const NEXT_HEADER_IPV6 = 41;
const HOP_LIMIT = 64;

const ESP_HEADER = 8;
const IV_BYTES = 8;
const ICV_BYTES = 16;
/** Pad length and next header. */
const TRAILER = 2;
const PAD_MAX = 3;

/**
 * The sending end of a security association. An instance belongs to one thread; instances of the
 * same configuration on several threads make the same packets.
 */
export class EspSa {
	/** Most bytes that a packet grows by. */
	readonly max_overhead: number;
	/** What native/esp.c needs to make the same packets. */
	readonly parts: { readonly key: Uint8Array; readonly nonce: Uint8Array;
		readonly esp_header: Uint8Array; readonly outer: Uint8Array };
	readonly #key: KeyObject;
	readonly #is_ipv6: boolean;
	/** The outer header, complete but for lengths, traffic class, id and checksum. */
	readonly #outer: Uint8Array;
	/** Sum of the 16-bit words of #outer, for the checksum. */
	readonly #outer_sum: number;
	readonly #aad = Buffer.alloc(ESP_HEADER);
	readonly #nonce = Buffer.alloc(SALT_BYTES + IV_BYTES);
	/**
	 * The text to encrypt is put together here, so that one call of update() does it: each call
	 * allocates a Buffer for its result, which costs more than copying a packet.
	 */
	readonly #text = Buffer.allocUnsafeSlow(OUTER_MAX);

	/**
	 * @throws RangeError when a part of the configuration has another length or range than SaConfig
	 *   says
	 */
	constructor(config: SaConfig) {
		const { key, salt, spi, src, dst, ivHigh = 0 } = config;
		if (key.length !== KEY_BYTES)
			throw new RangeError(`key must have ${KEY_BYTES} bytes, not ${key.length}`);
		if (salt.length !== SALT_BYTES)
			throw new RangeError(`salt must have ${SALT_BYTES} bytes, not ${salt.length}`);
		if (!Number.isInteger(spi) || spi < SPI_MIN || spi > SPI_MAX)
			throw new RangeError(
				`spi must be an integer from ${SPI_MIN} to ${SPI_MAX}, not ${spi}`,
			);
		if (src.length !== dst.length || (src.length !== 4 && src.length !== 16))
			throw new RangeError('src and dst must both be IPv4 or both IPv6 addresses');
		if (!Number.isInteger(ivHigh) || ivHigh < 0 || ivHigh > 0xffff_ffff)
			throw new RangeError(`ivHigh must be an integer from 0 to 4294967295, not ${ivHigh}`);

		this.#key = createSecretKey(key);
		this.#nonce.set(salt);
		this.#nonce.writeUInt32BE(ivHigh, SALT_BYTES);
		this.#aad.writeUInt32BE(spi);
		this.#is_ipv6 = src.length === 16;
		this.#outer = this.#is_ipv6 ? ipv6_header(src, dst) : ipv4_header(src, dst);
		this.#outer_sum = sum16(this.#outer);
		this.parts = { key, nonce: Uint8Array.from(this.#nonce),
			esp_header: Uint8Array.from(this.#aad), outer: this.#outer };
		this.max_overhead = this.#outer.length + ESP_HEADER + IV_BYTES + PAD_MAX + TRAILER
			+ ICV_BYTES;
	}

	/**
	 * Bytes of the packet that wraps one of `inner_length` bytes. It can be made if that is at most
	 * OUTER_MAX.
	 */
	output_length(inner_length: number): number {
		return this.#outer.length + ESP_HEADER + IV_BYTES + inner_length + pad_length(inner_length)
			+ TRAILER + ICV_BYTES;
	}

	/**
	 * Wrap the IP packet at input[input_offset] and put the result at out[out_offset]. Both arrays
	 * may lie in shared memory; they may overlap.
	 *
	 * The IV is a counter, the sequence number in its lower half: GCM needs nonces that differ, not
	 * ones that nobody can guess (the salt is there for that), and RFC 4106 section 3.1 names a
	 * counter as a way to have them; random ones would collide sooner or later.
	 *
	 * @param inner_length bytes of the packet
	 * @param inner_version its IP version
	 * @param seq sequence number, 1 to SEQUENCE_MAX, never the same twice
	 * @returns bytes written
	 * @throws RangeError when `seq` is out of range, or the packet, or the room for it, does not
	 *   lie within its array or the result would be longer than OUTER_MAX; nothing has been written
	 *   then
	 */
	encapsulate(
		input: Uint8Array,
		input_offset: number,
		inner_length: number,
		inner_version: 4 | 6,
		seq: number,
		out: Uint8Array,
		out_offset: number,
	): number {
		const total = this.output_length(inner_length);
		if (!(seq >= 1 && seq <= SEQUENCE_MAX))
			throw new RangeError(`sequence number ${seq} is not between 1 and ${SEQUENCE_MAX}`);
		if (input_offset + inner_length > input.length)
			throw new RangeError(
				`a packet of ${inner_length} bytes at ${input_offset} runs past ${input.length} bytes of input`,
			);
		if (total > OUTER_MAX)
			throw new RangeError(
				`a packet of ${inner_length} bytes is too long to wrap in ${OUTER_MAX}`,
			);
		if (out_offset + total > out.length)
			throw new RangeError(
				`${total} bytes at ${out_offset} run past ${out.length} bytes of output`,
			);

		const text = this.#text;
		text.set(input.subarray(input_offset, input_offset + inner_length));
		const pad = pad_length(inner_length);
		let at = inner_length;
		for (let i = 1; i <= pad; i++)
			text[at++] = i;
		text[at++] = pad;
		text[at++] = inner_version === 4 ? NEXT_HEADER_IPV4 : NEXT_HEADER_IPV6;

		const aad = this.#aad;
		const nonce = this.#nonce;
		aad.writeUInt32BE(seq, 4);
		nonce.writeUInt32BE(seq, SALT_BYTES + 4);
		const cipher = createCipheriv('aes-128-gcm', this.#key, nonce);
		cipher.setAAD(aad);
		const encrypted = cipher.update(text.subarray(0, at));
		cipher.final();

		// The outer header repeats the traffic class of the inner one (RFC 4301 section 5.1.2).
		const traffic_class = inner_version === 4 ? text[1] : (text[0] << 4 | text[1] >> 4) & 0xff;
		at = out_offset;
		out.set(this.#outer, at);
		if (this.#is_ipv6)
			finish_ipv6(out, at, total, traffic_class);
		else
			finish_ipv4(out, at, total, traffic_class, seq & 0xffff, this.#outer_sum);
		at += this.#outer.length;
		out.set(aad, at);
		at += ESP_HEADER;
		for (let i = 0; i < IV_BYTES; i++)
			out[at++] = nonce[SALT_BYTES + i];
		out.set(encrypted, at);
		out.set(cipher.getAuthTag(), at + encrypted.length);
		return total;
	}
}

/**
 * Bytes of padding that align what is encrypted, trailer included, to 4 bytes (RFC 4303 section
 * 2.4).
 */
function pad_length(inner_length: number): number {
	return -(inner_length + TRAILER) & 3;
}

function ipv4_header(src: Uint8Array, dst: Uint8Array): Uint8Array {
	const header = new Uint8Array(20);
	header[0] = 0x45;
	// Flags and fragment offset stay 0: "don't fragment" is clear.
	header[8] = HOP_LIMIT;
	header[9] = PROTOCOL_ESP;
	header.set(src, 12);
	header.set(dst, 16);
	return header;
}

function ipv6_header(src: Uint8Array, dst: Uint8Array): Uint8Array {
	const header = new Uint8Array(40);
	header[0] = 0x60;
	header[6] = PROTOCOL_ESP;
	header[7] = HOP_LIMIT;
	header.set(src, 8);
	header.set(dst, 24);
	return header;
}

function sum16(bytes: Uint8Array): number {
	let sum = 0;
	for (let i = 0; i < bytes.length; i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	return sum;
}

function finish_ipv4(
	out: Uint8Array,
	at: number,
	length: number,
	traffic_class: number,
	id: number,
	outer_sum: number,
): void {
	out[at + 1] = traffic_class;
	out[at + 2] = length >> 8;
	out[at + 3] = length;
	out[at + 4] = id >> 8;
	out[at + 5] = id;
	let sum = outer_sum + traffic_class + length + id;
	sum = (sum & 0xffff) + (sum >>> 16);
	sum = ~(sum + (sum >>> 16));
	out[at + 10] = sum >> 8;
	out[at + 11] = sum;
}

function finish_ipv6(out: Uint8Array, at: number, total: number, traffic_class: number): void {
	const payload = total - 40;
	out[at] = 0x60 | traffic_class >> 4;
	out[at + 1] = traffic_class << 4;
	out[at + 4] = payload >> 8;
	out[at + 5] = payload;
}
