// SPDX-License-Identifier: GPL-2.0-only
//
// A burst: IP packets that are wrapped one after the other, each in a record of the output file.
// The addon does it in one call, by the OpenSSL that is in Node.js. Without the addon node:crypto
// does the same for each packet, which costs several times as much: it allocates objects and
// buffers for each (docs/performance.md). Both make the same bytes.
import { EINVAL, struct, unsigned_int } from '../../index.js';
import { load_native } from '../../machine/native.js';
import { EspSa, SaConfig } from './esp.js';
import type { Frame } from './frame.js';
import type { IpPacket } from './link.js';
import { put_record_header, RECORD_HEADER } from './pcap-writer.js';

/**
 * An IP packet of a burst: where it lies in the memory, its length, and its time of capture as the
 * record has it (seconds, and micro- or nanoseconds). Also in native/shared-words.h.
 */
export const esp_packet = struct('esp_packet', { at: unsigned_int, length: unsigned_int,
	seconds: unsigned_int, fraction: unsigned_int });
const p = esp_packet.offset;

/**
 * Describe a packet of a burst.
 * @param words the memory where its description, the frame and the records lie
 * @param at offset of the description, a multiple of 4
 * @param nanosecond the unit of time in the output; else microseconds
 */
export function describe_packet(words: Int32Array, at: number, frame: Frame, ip: IpPacket,
	nanosecond: boolean): void
{
	words[at + p.at >> 2] = frame.bytes.byteOffset + frame.start + ip.offset;
	words[at + p.length >> 2] = ip.length;
	words[at + p.seconds >> 2] = frame.ts_sec;
	words[at + p.fraction >> 2] = nanosecond ? frame.ts_nsec : Math.floor(frame.ts_nsec / 1000);
}

/** Who wraps bursts. */
export type Crypto = 'addon' | 'node';

/** This thread's end of a security association, for bursts of packets in a memory. */
export class BurstSealer {
	readonly #sa: EspSa;
	readonly #memory: Uint8Array;
	readonly #view: DataView;
	readonly #native: ReturnType<typeof load_native>['native'];
	readonly #native_sa: object | null;

	/**
	 * @param memory where descriptions, packets and records lie
	 * @param crypto who shall do it: by default the addon, if it is there and finds OpenSSL
	 * @throws RangeError when a part of the configuration has another length or range than SaConfig
	 *   says
	 */
	constructor(config: SaConfig, memory: Uint8Array, crypto: Crypto = 'addon') {
		this.#sa = new EspSa(config);
		this.#memory = memory;
		this.#view = new DataView(memory.buffer, memory.byteOffset, memory.length);
		this.#native = crypto === 'addon' ? load_native().native : null;
		const { key, nonce, esp_header, outer } = this.#sa.parts;
		this.#native_sa = this.#native?.espOpen(key, nonce, esp_header, outer) ?? null;
	}

	/** Who does it. */
	get crypto(): Crypto {
		return this.#native_sa === null ? 'node' : 'addon';
	}

	/**
	 * Wrap packets. Their records follow each other in the memory.
	 * @param packets offset of the first esp_packet
	 * @param n how many there are
	 * @param seq sequence number of the first one
	 * @param out offset of the first record, behind or beside the packets
	 * @param room bytes that there are for the records
	 * @returns bytes written, or a negative errno: -EINVAL for what does not lie within the memory,
	 *   the room or the range of sequence numbers, -EIO if the encryption fails
	 */
	seal(packets: number, n: number, seq: number, out: number, room: number): number {
		if (this.#native_sa !== null)
			return this.#native!.espSeal(this.#native_sa, this.#memory, packets, n, seq, out, room);
		const view = this.#view;
		const end = out + room;
		if (end > this.#memory.length)
			return -EINVAL;
		let record = out;
		for (let i = 0; i < n; i++) {
			const packet = packets + i * esp_packet.size;
			const at = view.getUint32(packet + p.at, true);
			const length = view.getUint32(packet + p.length, true);
			const total = this.#sa.output_length(length);
			if (record + RECORD_HEADER + total > end)
				return -EINVAL;
			try {
				this.#sa.encapsulate(this.#memory, at, length, this.#memory[at] >> 4 as 4 | 6,
					seq + i, this.#memory, record + RECORD_HEADER);
			} catch (error) {
				if (error instanceof RangeError)
					return -EINVAL;
				throw error;
			}
			put_record_header(this.#memory, record, view.getUint32(packet + p.seconds, true),
				view.getUint32(packet + p.fraction, true), total, true);
			record += RECORD_HEADER + total;
		}
		return record - out;
	}
}
