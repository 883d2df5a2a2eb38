// SPDX-License-Identifier: GPL-2.0-only
//
// Classic pcap files: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html
import type { CaptureSource } from "./capture-source.js";
import { FRAME_MAX, type CaptureReader, type Frame } from "./frame.js";

const MAGIC_USEC = 0xa1b2c3d4;
const MAGIC_NSEC = 0xa1b23c4d;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** What a file's first four bytes tell. */
export interface PcapMagic {
	littleEndian: boolean;
	nanosecond: boolean;
}

/** A pcap file's magic number in whichever byte order makes it one, or null. Nothing is used up. */
export function pcapMagic(source: CaptureSource): PcapMagic | null {
	if (!source.ensure(4))
		return null;
	for (const littleEndian of [true, false]) {
		const magic = source.view.getUint32(source.pos, littleEndian);
		if (magic === MAGIC_USEC || magic === MAGIC_NSEC)
			return { littleEndian, nanosecond: magic === MAGIC_NSEC };
	}
	return null;
}

export class PcapReader implements CaptureReader {
	readonly format = "pcap";
	readonly nanosecond: boolean;
	readonly size: number | null;
	readonly #source: CaptureSource;
	readonly #littleEndian: boolean;
	readonly #frame: Frame;
	#records = 0;

	/** @throws CaptureError when the file header is cut off or of another version */
	constructor(source: CaptureSource, { littleEndian, nanosecond }: PcapMagic) {
		if (!source.ensure(FILE_HEADER))
			throw source.error(`ends within its file header (${source.available} of ${FILE_HEADER} bytes)`);
		const { view, pos } = source;
		const major = view.getUint16(pos + 4, littleEndian);
		const minor = view.getUint16(pos + 6, littleEndian);
		// Versions before 2.4 have other fields in the record header.
		if (major !== 2 || minor !== 4)
			throw source.error(`is a pcap file of version ${major}.${minor}; only 2.4 is supported`, source.offset + 4);
		this.#source = source;
		this.#littleEndian = littleEndian;
		this.nanosecond = nanosecond;
		this.size = source.size;
		// The upper half of the word tells the length of a frame check sequence, if there is one.
		const linktype = view.getUint32(pos + 20, littleEndian) & 0xffff;
		this.#frame = { data: source.bytes.subarray(0, 0), linktype, tsSec: 0, tsNsec: 0, origLen: 0, truncated: false };
		source.pos += FILE_HEADER;
	}

	get bytesRead(): number {
		return this.#source.offset;
	}

	next(): Frame | null {
		const source = this.#source;
		const littleEndian = this.#littleEndian;
		if (!source.ensure(RECORD_HEADER)) {
			if (source.available === 0)
				return null;
			throw source.error(`ends within the header of record ${this.#records + 1}`);
		}
		const capLen = source.view.getUint32(source.pos + 8, littleEndian);
		if (capLen > FRAME_MAX)
			throw source.error(`record ${this.#records + 1} claims ${capLen} bytes, more than ${FRAME_MAX}: damaged file?`);
		if (!source.ensure(RECORD_HEADER + capLen))
			throw source.error(`ends within record ${this.#records + 1}`
				+ ` (${source.available} of ${RECORD_HEADER + capLen} bytes)`);

		const { view, pos } = source;
		const frame = this.#frame;
		const fraction = view.getUint32(pos + 4, littleEndian);
		frame.tsSec = view.getUint32(pos, littleEndian);
		frame.tsNsec = this.nanosecond ? fraction : fraction * 1000;
		frame.origLen = view.getUint32(pos + 12, littleEndian);
		frame.truncated = capLen < frame.origLen;
		frame.data = source.bytes.subarray(pos + RECORD_HEADER, pos + RECORD_HEADER + capLen);
		source.pos += RECORD_HEADER + capLen;
		this.#records++;
		return frame;
	}

	close(): void {
		this.#source.close();
	}
}
