// SPDX-License-Identifier: GPL-2.0-only
//
// Classic pcap files: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html
import type { CaptureSource } from './capture-source.js';
import { FRAME_MAX, type CaptureReader, Frame } from './frame.js';

const MAGIC_USEC = 0xa1b2c3d4;
const MAGIC_NSEC = 0xa1b23c4d;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;

/** What a file's first four bytes tell. */
export interface PcapMagic {
	little_endian: boolean;
	nanosecond: boolean;
}

/** A pcap file's magic number in whichever byte order makes it one, or null. Nothing is used up. */
export function pcap_magic(source: CaptureSource): PcapMagic | null {
	if (!source.ensure(4))
		return null;
	for (const little_endian of [true, false]) {
		const magic = source.view.getUint32(source.pos, little_endian);
		if (magic === MAGIC_USEC || magic === MAGIC_NSEC)
			return { little_endian, nanosecond: magic === MAGIC_NSEC };
	}
	return null;
}

export class PcapReader implements CaptureReader {
	readonly format = 'pcap';
	readonly nanosecond: boolean;
	readonly size: number | null;
	readonly #source: CaptureSource;
	readonly #little_endian: boolean;
	readonly #frame = new Frame();
	#records = 0;

	/** @throws CaptureError when the file header is cut off or of another version */
	constructor(source: CaptureSource, { little_endian, nanosecond }: PcapMagic) {
		if (!source.ensure(FILE_HEADER))
			throw source.error(
				`ends within its file header (${source.available} of ${FILE_HEADER} bytes)`,
			);
		const { view, pos } = source;
		const major = view.getUint16(pos + 4, little_endian);
		const minor = view.getUint16(pos + 6, little_endian);
		// Versions before 2.4 have other fields in the record header.
		if (major !== 2 || minor !== 4)
			throw source.error(`is a pcap file of version ${major}.${minor}; only 2.4 is supported`,
				source.offset + 4);
		this.#source = source;
		this.#little_endian = little_endian;
		this.nanosecond = nanosecond;
		this.size = source.size;
		// The upper half of the word tells the length of a frame check sequence, if there is one.
		const linktype = view.getUint32(pos + 20, little_endian) & 0xffff;
		this.#frame.linktype = linktype;
		source.pos += FILE_HEADER;
	}

	get bytes_read(): number {
		return this.#source.offset;
	}

	/** The file's header has told everything. */
	look_ahead(): void {}

	next(): Frame | null {
		const source = this.#source;
		const little_endian = this.#little_endian;
		if (!source.ensure(RECORD_HEADER)) {
			if (source.available === 0)
				return null;
			throw source.error(`ends within the header of record ${this.#records + 1}`);
		}
		const cap_len = source.view.getUint32(source.pos + 8, little_endian);
		if (cap_len > FRAME_MAX)
			throw source.error(
				`record ${
					this.#records + 1
				} claims ${cap_len} bytes, more than ${FRAME_MAX}: damaged file?`,
			);
		if (!source.ensure(RECORD_HEADER + cap_len))
			throw source.error(`ends within record ${this.#records + 1}`
				+ ` (${source.available} of ${RECORD_HEADER + cap_len} bytes)`);

		const { view, pos } = source;
		const frame = this.#frame;
		const fraction = view.getUint32(pos + 4, little_endian);
		frame.ts_sec = view.getUint32(pos, little_endian);
		frame.ts_nsec = this.nanosecond ? fraction : fraction * 1000;
		frame.orig_len = view.getUint32(pos + 12, little_endian);
		frame.truncated = cap_len < frame.orig_len;
		frame.set_data(source.bytes, pos + RECORD_HEADER, cap_len);
		source.pos += RECORD_HEADER + cap_len;
		this.#records++;
		return frame;
	}

	close(): void {
		this.#source.close();
	}
}
