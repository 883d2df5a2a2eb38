// SPDX-License-Identifier: GPL-2.0-only
//
// Opening a capture file of whichever format.
import { CaptureSource } from './capture-source.js';
import type { CaptureReader } from './frame.js';
import { pcap_magic, PcapReader } from './pcap.js';
import { is_pcapng, PcapngReader } from './pcapng.js';

export { CaptureError } from './capture-source.js';
export { FRAME_MAX, type CaptureReader, Frame } from './frame.js';

/** What people give to a reader of captures by mistake, by its first bytes. */
const lookalikes: readonly (readonly [magic: string, what: string])[] = [
	['1f8b', 'gzip-compressed data: decompress it first'],
	['28b52ffd', 'zstd-compressed data: decompress it first'],
	['04224d18', 'lz4-compressed data: decompress it first'],
	['fd377a585a00', 'xz-compressed data: decompress it first'],
	['34cdb2a1', 'a capture in the modified pcap format of the 1990s, which is not supported'],
	['a1b2cd34', 'a capture in the modified pcap format of the 1990s, which is not supported'],
	['736e6f6f70000000', 'a snoop capture, which is not supported'],
];

/**
 * Open a capture, classic pcap or pcapng, by what is in it and not by its name.
 * @param path the file, or `-` for the standard input; pipes are read as they come
 * @param next_buffer where its bytes are read to, see CaptureSource
 * @throws CaptureError when it cannot be read or is not a capture
 */
export function open_capture(path: string, next_buffer?: () => Uint8Array): CaptureReader {
	const source = new CaptureSource(path, next_buffer);
	try {
		if (!source.ensure(4) && source.available === 0)
			throw source.error('is empty, not a capture file');
		const magic = pcap_magic(source);
		if (magic)
			return new PcapReader(source, magic);
		if (is_pcapng(source))
			return new PcapngReader(source);
		source.ensure(8);
		const head = Buffer.from(
			source.bytes.subarray(source.pos, source.pos + Math.min(8, source.available)),
		).toString('hex');
		const known = lookalikes.find(([magic]) => head.startsWith(magic));
		throw source.error(known ? `is ${known[1]}` : 'is not a pcap or pcapng capture file');
	} catch (e) {
		source.close();
		throw e;
	}
}
