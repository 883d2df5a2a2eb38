// SPDX-License-Identifier: GPL-2.0-only
//
// pcapng files: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html
import { CHUNK, type CaptureSource } from "./capture-source.js";
import { FRAME_MAX, type CaptureReader, type Frame } from "./frame.js";
import { TimestampUnit } from "./pcapng-time.js";

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
/** Interface, time stamp and lengths before the data of an enhanced packet, and likewise of an obsolete one. */
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

export function isPcapng(source: CaptureSource): boolean {
	return source.ensure(4) && source.view.getUint32(source.pos, true) === SECTION_HEADER;
}

export class PcapngReader implements CaptureReader {
	readonly format = "pcapng";
	nanosecond = false;
	readonly size: number | null;
	readonly #source: CaptureSource;
	#littleEndian = true;
	/** The interfaces of the section that is being read; a packet names one by its place here. */
	#interfaces: Interface[] = [];
	readonly #frame: Frame;
	#blocks = 0;

	/** @throws CaptureError when the file does not begin with a whole section header */
	constructor(source: CaptureSource) {
		this.#source = source;
		this.size = source.size;
		this.#frame = { data: source.bytes.subarray(0, 0), linktype: 0, tsSec: 0, tsNsec: 0, origLen: 0, truncated: false };
		this.#block();
	}

	get bytesRead(): number {
		return this.#source.offset;
	}

	next(): Frame | null {
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
		// A section header's length can only be read after its byte order, which is the word behind.
		if (!source.ensure(BLOCK_HEAD + BLOCK_TAIL))
			throw this.#cutOff();
		if (source.view.getUint32(source.pos, true) === SECTION_HEADER)
			this.#byteOrder();
		const littleEndian = this.#littleEndian;
		const type = source.view.getUint32(source.pos, littleEndian);
		const length = source.view.getUint32(source.pos + 4, littleEndian);
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
			throw this.#cutOff(length);
		this.#checkTail(length, source.view.getUint32(source.pos + length - BLOCK_TAIL, littleEndian));

		let isPacket = true;
		if (type === ENHANCED_PACKET || type === PACKET) {
			this.#packet(type, length);
		} else if (type === SIMPLE_PACKET) {
			this.#simplePacket(length);
		} else {
			isPacket = false;
			if (type === SECTION_HEADER)
				this.#section();
			else
				this.#interface(length);
		}
		source.pos += length;
		this.#blocks++;
		return isPacket;
	}

	#byteOrder(): void {
		const { view, pos } = this.#source;
		for (const littleEndian of [true, false]) {
			if (view.getUint32(pos + 8, littleEndian) === BYTE_ORDER_MAGIC) {
				this.#littleEndian = littleEndian;
				return;
			}
		}
		throw this.#source.error("has a pcapng section header without a byte-order mark: not a capture file?");
	}

	#section(): void {
		const { view, pos, offset } = this.#source;
		const major = view.getUint16(pos + 12, this.#littleEndian);
		const minor = view.getUint16(pos + 14, this.#littleEndian);
		if (major !== 1)
			throw this.#source.error(`is a pcapng file of version ${major}.${minor}; only 1.x is supported`, offset + 12);
		this.#interfaces = [];
	}

	#interface(length: number): void {
		const { view, pos } = this.#source;
		const littleEndian = this.#littleEndian;
		let resolution = 6; // decimal digits: microseconds, unless an option says otherwise
		let offsetSec = 0;
		const end = pos + length - BLOCK_TAIL;
		for (let at = pos + 16; at + 4 <= end;) {
			const code = view.getUint16(at, littleEndian);
			const size = view.getUint16(at + 2, littleEndian);
			if (code === OPT_END)
				break;
			at += 4;
			if (at + size > end)
				throw this.#damaged(`(an interface description) has an option ${code} that runs past its end`);
			if (code === IF_TSRESOL && size === 1)
				resolution = view.getUint8(at);
			else if (code === IF_TSOFFSET && size === 8)
				offsetSec = Number(view.getBigInt64(at, littleEndian));
			at += (size + 3) & ~3;
		}
		const unit = new TimestampUnit(resolution, offsetSec);
		this.nanosecond ||= unit.finerThanMicroseconds;
		this.#interfaces.push({
			linktype: view.getUint16(pos + 8, littleEndian),
			snapLen: view.getUint32(pos + 12, littleEndian),
			unit,
		});
	}

	#packet(type: number, length: number): void {
		const { view, pos } = this.#source;
		const littleEndian = this.#littleEndian;
		// The obsolete block has 16 bits for the interface, then 16 for a count of drops.
		const number = type === PACKET ? view.getUint16(pos + 8, littleEndian) : view.getUint32(pos + 8, littleEndian);
		const capLen = view.getUint32(pos + 20, littleEndian);
		if (capLen > length - BLOCK_HEAD - PACKET_HEAD - BLOCK_TAIL)
			throw this.#damaged(`claims ${capLen} bytes of packet within a block of ${length}`);
		const iface = this.#interfaceOf(number);
		const frame = this.#frame;
		iface.unit.convert(view.getUint32(pos + 12, littleEndian), view.getUint32(pos + 16, littleEndian), frame);
		this.#data(iface, BLOCK_HEAD + PACKET_HEAD, capLen, view.getUint32(pos + 24, littleEndian));
	}

	#simplePacket(length: number): void {
		const { view, pos } = this.#source;
		const iface = this.#interfaceOf(0);
		const origLen = view.getUint32(pos + 8, this.#littleEndian);
		// This block does not tell how much was captured: all that fits its two limits.
		const capLen = Math.min(origLen, length - 16, iface.snapLen === 0 ? Infinity : iface.snapLen);
		this.#frame.tsSec = 0;
		this.#frame.tsNsec = 0;
		this.#data(iface, 12, capLen, origLen);
	}

	#data(iface: Interface, at: number, capLen: number, origLen: number): void {
		const { bytes, pos } = this.#source;
		if (capLen > FRAME_MAX)
			throw this.#damaged(`claims ${capLen} bytes of packet, more than ${FRAME_MAX}`);
		const frame = this.#frame;
		frame.linktype = iface.linktype;
		frame.origLen = origLen;
		frame.truncated = capLen < origLen;
		frame.data = bytes.subarray(pos + at, pos + at + capLen);
	}

	#interfaceOf(number: number): Interface {
		const iface = this.#interfaces[number];
		if (!iface)
			throw this.#damaged(`holds a packet of interface ${number}, of which its section has no description`);
		return iface;
	}

	/** Use up a block of which nothing is wanted, of any length. */
	#skip(length: number): void {
		const source = this.#source;
		const start = source.offset;
		if (!source.skip(length - BLOCK_TAIL) || !source.ensure(BLOCK_TAIL))
			throw source.error(`ends within block ${this.#blocks + 1}`, start);
		this.#checkTail(length, source.view.getUint32(source.pos, this.#littleEndian), start);
		source.pos += BLOCK_TAIL;
		this.#blocks++;
	}

	#checkTail(length: number, tail: number, start = this.#source.offset): void {
		if (tail !== length)
			throw this.#damaged(`has length ${length} at its beginning and ${tail} at its end`, start);
	}

	#damaged(what: string, at?: number): Error {
		return this.#source.error(`block ${this.#blocks + 1} ${what}: damaged file?`, at);
	}

	#cutOff(length?: number): Error {
		const { available } = this.#source;
		return this.#source.error(`ends within block ${this.#blocks + 1}`
			+ (length === undefined ? "" : ` (${available} of ${length} bytes)`));
	}
}
