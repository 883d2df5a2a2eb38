// SPDX-License-Identifier: GPL-2.0-only
//
// pcapng files: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html
import { CHUNK, type CaptureSource } from './capture-source.js';
import { FRAME_MAX, type CaptureReader, Frame } from './frame.js';
import { TimestampUnit } from './pcapng-time.js';

// Block types. The section header's reads the same in either byte order.
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const PACKET = 2; // obsolete, still written by old tools
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Type and total length before a block's body, total length after it. */
const BLOCK_HEAD = 8;
const BLOCK_TAIL = 4;
/**
 * Interface, time stamp and lengths before the data of an enhanced packet, and likewise of an
 * obsolete one.
 */
const PACKET_HEAD = 20;

/** Shortest total length of the blocks that are read; of others it is an empty block. */
const shortest: Readonly<Partial<Record<number, number>>> = {
	[SECTION_HEADER]: 28,
	[INTERFACE_DESCRIPTION]: 20,
	[PACKET]: BLOCK_HEAD + PACKET_HEAD + BLOCK_TAIL,
	[SIMPLE_PACKET]: 16,
	[ENHANCED_PACKET]: BLOCK_HEAD + PACKET_HEAD + BLOCK_TAIL,
};

// Options of an interface description.
const OPT_END = 0;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;

interface Interface {
	linktype: number;
	/** Most bytes captured of a frame; 0 is no limit. */
	snapLen: number;
	unit: TimestampUnit;
}

export function is_pcapng(source: CaptureSource): boolean {
	return source.ensure(4) && source.view.getUint32(source.pos, true) === SECTION_HEADER;
}

export class PcapngReader implements CaptureReader {
	readonly format = 'pcapng';
	nanosecond = false;
	readonly size: number | null;
	readonly #source: CaptureSource;
	little_endian = true;
	/** The interfaces of the section that is being read; a packet names one by its place here. */
	#interfaces: Interface[] = [];
	readonly #frame = new Frame();
	#blocks = 0;
	#ahead: { frame: Frame | null } | null = null;

	/** @throws CaptureError when the file does not begin with a whole section header */
	constructor(source: CaptureSource) {
		this.#source = source;
		this.size = source.size;
		this.#block();
	}

	get bytes_read(): number {
		return this.#source.offset;
	}

	look_ahead(): void {
		this.#ahead = { frame: this.next() };
	}

	next(): Frame | null {
		if (this.#ahead !== null) {
			const { frame } = this.#ahead;
			this.#ahead = null;
			return frame;
		}
		const source = this.#source;
		while (source.ensure(1)) {
			if (this.#block())
				return this.#frame;
		}
		return null;
	}

	close(): void {
		this.#source.close();
	}

	/** Use up one block. Returns true when it was a packet, which then is in #frame. */
	#block(): boolean {
		const source = this.#source;
		// A section header's length can only be read after its byte order, which is the word
		// behind.
		if (!source.ensure(BLOCK_HEAD + BLOCK_TAIL))
			throw this.cut_off();
		if (source.view.getUint32(source.pos, true) === SECTION_HEADER)
			this.byte_order();
		const little_endian = this.little_endian;
		const type = source.view.getUint32(source.pos, little_endian);
		const length = source.view.getUint32(source.pos + 4, little_endian);
		const least = shortest[type];
		if (length % 4 !== 0 || length < (least ?? BLOCK_HEAD + BLOCK_TAIL))
			throw this.#damaged(`has an impossible length, ${length}`);

		if (least === undefined) {
			this.#skip(length);
			return false;
		}
		if (length > CHUNK)
			throw this.#damaged(`claims ${length} bytes, more than ${CHUNK}`);
		if (!source.ensure(length))
			throw this.cut_off(length);
		this.check_tail(length,
			source.view.getUint32(source.pos + length - BLOCK_TAIL, little_endian));

		let is_packet = true;
		if (type === ENHANCED_PACKET || type === PACKET) {
			this.#packet(type, length);
		} else if (type === SIMPLE_PACKET) {
			this.simple_packet(length);
		} else {
			is_packet = false;
			if (type === SECTION_HEADER)
				this.#section();
			else
				this.#interface(length);
		}
		source.pos += length;
		this.#blocks++;
		return is_packet;
	}

	byte_order(): void {
		const { view, pos } = this.#source;
		for (const little_endian of [true, false]) {
			if (view.getUint32(pos + 8, little_endian) === BYTE_ORDER_MAGIC) {
				this.little_endian = little_endian;
				return;
			}
		}
		throw this.#source.error(
			'has a pcapng section header without a byte-order mark: not a capture file?',
		);
	}

	#section(): void {
		const { view, pos, offset } = this.#source;
		const major = view.getUint16(pos + 12, this.little_endian);
		const minor = view.getUint16(pos + 14, this.little_endian);
		if (major !== 1)
			throw this.#source.error(
				`is a pcapng file of version ${major}.${minor}; only 1.x is supported`,
				offset + 12,
			);
		this.#interfaces = [];
	}

	#interface(length: number): void {
		const { view, pos } = this.#source;
		const little_endian = this.little_endian;
		let resolution = 6; // decimal digits: microseconds, unless an option says otherwise
		let offset_sec = 0;
		const end = pos + length - BLOCK_TAIL;
		for (let at = pos + 16; at + 4 <= end;) {
			const code = view.getUint16(at, little_endian);
			const size = view.getUint16(at + 2, little_endian);
			if (code === OPT_END)
				break;
			at += 4;
			if (at + size > end)
				throw this.#damaged(
					`(an interface description) has an option ${code} that runs past its end`,
				);
			if (code === IF_TSRESOL && size === 1)
				resolution = view.getUint8(at);
			else if (code === IF_TSOFFSET && size === 8)
				offset_sec = Number(view.getBigInt64(at, little_endian));
			at += (size + 3) & ~3;
		}
		const unit = new TimestampUnit(resolution, offset_sec);
		this.nanosecond ||= unit.finer_than_microseconds;
		this.#interfaces.push({
			linktype: view.getUint16(pos + 8, little_endian),
			snapLen: view.getUint32(pos + 12, little_endian),
			unit,
		});
	}

	#packet(type: number, length: number): void {
		const { view, pos } = this.#source;
		const little_endian = this.little_endian;
		// The obsolete block has 16 bits for the interface, then 16 for a count of drops.
		const number = type === PACKET
			? view.getUint16(pos + 8, little_endian)
			: view.getUint32(pos + 8, little_endian);
		const cap_len = view.getUint32(pos + 20, little_endian);
		if (cap_len > length - BLOCK_HEAD - PACKET_HEAD - BLOCK_TAIL)
			throw this.#damaged(`claims ${cap_len} bytes of packet within a block of ${length}`);
		const iface = this.interface_of(number);
		const frame = this.#frame;
		iface.unit.convert(view.getUint32(pos + 12, little_endian),
			view.getUint32(pos + 16, little_endian), frame);
		this.#data(iface, BLOCK_HEAD + PACKET_HEAD, cap_len,
			view.getUint32(pos + 24, little_endian));
	}

	simple_packet(length: number): void {
		const { view, pos } = this.#source;
		const iface = this.interface_of(0);
		const orig_len = view.getUint32(pos + 8, this.little_endian);
		// This block does not tell how much was captured: all that fits its two limits.
		const cap_len = Math.min(orig_len, length - 16,
			iface.snapLen === 0 ? Infinity : iface.snapLen);
		this.#frame.ts_sec = 0;
		this.#frame.ts_nsec = 0;
		this.#data(iface, 12, cap_len, orig_len);
	}

	#data(iface: Interface, at: number, cap_len: number, orig_len: number): void {
		const { bytes, pos } = this.#source;
		if (cap_len > FRAME_MAX)
			throw this.#damaged(`claims ${cap_len} bytes of packet, more than ${FRAME_MAX}`);
		const frame = this.#frame;
		frame.linktype = iface.linktype;
		frame.orig_len = orig_len;
		frame.truncated = cap_len < orig_len;
		frame.set_data(bytes, pos + at, cap_len);
	}

	interface_of(number: number): Interface {
		const iface = this.#interfaces[number];
		if (!iface)
			throw this.#damaged(
				`holds a packet of interface ${number}, of which its section has no description`,
			);
		return iface;
	}

	/** Use up a block of which nothing is wanted, of any length. */
	#skip(length: number): void {
		const source = this.#source;
		const start = source.offset;
		if (!source.skip(length - BLOCK_TAIL) || !source.ensure(BLOCK_TAIL))
			throw source.error(`ends within block ${this.#blocks + 1}`, start);
		this.check_tail(length, source.view.getUint32(source.pos, this.little_endian), start);
		source.pos += BLOCK_TAIL;
		this.#blocks++;
	}

	check_tail(length: number, tail: number, start = this.#source.offset): void {
		if (tail !== length)
			throw this.#damaged(`has length ${length} at its beginning and ${tail} at its end`,
				start);
	}

	#damaged(what: string, at?: number): Error {
		return this.#source.error(`block ${this.#blocks + 1} ${what}: damaged file?`, at);
	}

	cut_off(length?: number): Error {
		const { available } = this.#source;
		return this.#source.error(`ends within block ${this.#blocks + 1}`
			+ (length === undefined ? '' : ` (${available} of ${length} bytes)`));
	}
}
