// SPDX-License-Identifier: GPL-2.0-only
//
// The same work on one thread, for comparison: read, find the packets, wrap them in bursts, write.
import { statSync } from 'node:fs';
import { CommandError } from '../options.js';
import { BurstSealer, Crypto, describe_packet, esp_packet } from './burst.js';
import { open_capture } from './capture.js';
import { CHUNK } from './capture-source.js';
import { EspSa, OUTER_MAX, SaConfig } from './esp.js';
import { PassCounts } from './link.js';
import { each_packet } from './packets.js';
import { PcapWriter, RECORD_HEADER } from './pcap-writer.js';

/**
 * The loop is timed for so long at most (ms): it gives a rate, not the whole job once more.
 */
const PLAIN_MS = 1000;

/** Where the records of a burst go, and how many packets it has at most. */
const ROOM = 128 * 1024 + RECORD_HEADER + OUTER_MAX;
const BURST = 64;

export interface PlainRate {
	readonly packets: number;
	readonly bytes: number;
	readonly seconds: number;
	readonly packetsPerSecond: number;
	/** Who encrypts: the addon's burst by OpenSSL, or node:crypto packet by packet. */
	readonly crypto: Crypto;
}

/**
 * Where the plain loop writes: where the job will write if that is a file, since pages of a file
 * cost time too.
 */
function plain_output(output: string): string {
	return output !== '-' && (statSync(output, { throwIfNoEntry: false })?.isFile() ?? true)
		? output
		: '/dev/null';
}

/**
 * Time the plain loop. Its output is taken back.
 * @param interrupted asked now and then; true ends it
 */
export async function plain_loop(path: string, output: string, repeat: number, config: SaConfig,
	crypto: Crypto, interrupted: () => boolean): Promise<PlainRate>
{
	const descriptions = CHUNK;
	const out = descriptions + BURST * esp_packet.size;
	const memory = new Uint8Array(out + ROOM);
	const words = new Int32Array(memory.buffer, 0, out >> 2);
	const buffer = memory.subarray(0, CHUNK);
	const sa = new EspSa(config);
	const sealer = new BurstSealer(config, memory, crypto);
	const writer = new PcapWriter(plain_output(output));
	let [packets, bytes, n, length, over] = [0, 0, 0, 0, false];

	const seal = (): void => {
		if (n === 0)
			return;
		const used = sealer.seal(descriptions, n, packets + 1, out, ROOM);
		if (used < 0)
			throw new CommandError(`a burst cannot be encrypted: error ${used}`);
		writer.write_records(memory.subarray(out, out + used));
		packets += n;
		n = 0;
		length = 0;
	};
	try {
		const start = performance.now();
		await each_packet({ open: () =>
			open_capture(path, () => {
				seal();
				return buffer;
			}), repeat, sa, passed: new PassCounts(), each: (frame, ip) => {
				describe_packet(words, descriptions + n * esp_packet.size, frame, ip, false);
				bytes += ip.length;
				length += RECORD_HEADER + sa.output_length(ip.length);
				if (++n === BURST || length > 128 * 1024)
					seal();
				return !over;
			}, breathe: async () => {
				// Signals come in the event loop.
				await new Promise((resolve) => {
					setImmediate(resolve);
				});
				over = interrupted() || performance.now() - start > PLAIN_MS;
			} });
		seal();
		writer.hand_over();
		const seconds = (performance.now() - start) / 1000;
		return { packets, bytes, seconds, packetsPerSecond: packets / seconds,
			crypto: sealer.crypto };
	} finally {
		writer.abort();
	}
}
