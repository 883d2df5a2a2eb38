// SPDX-License-Identifier: GPL-2.0-only
//
// The IP packets of a capture, for the job and for the plain loop that it is compared with.
import type { CaptureReader, Frame } from './frame.js';
import { EspSa, OUTER_MAX } from './esp.js';
import { find_ip, IpPacket, PassCounts } from './link.js';

/** So often main looks at its event loop: signals, the progress bar (ms). */
const BREATH_MS = 50;
/** After so many packets main looks at the clock. */
const LOOK_AT_CLOCK = 1024;

export interface PacketLoop {
	/** Opens the capture, once for each round. */
	readonly open: () => CaptureReader;
	readonly repeat: number;
	readonly sa: EspSa;
	readonly passed: PassCounts;
	/** Gets a frame and its IP packet; false ends the loop. */
	readonly each: (frame: Frame, ip: IpPacket) => boolean;
	/** Called now and then with what is done, 0 to 1. */
	readonly breathe: (done: number) => Promise<void>;
}

/** Go through the frames of a capture, `repeat` times over. */
export async function each_packet(
	{ open, repeat, sa, passed, each, breathe }: PacketLoop,
): Promise<void> {
	let breath = performance.now();
	for (let round = 0; round < repeat; round++) {
		const reader = open();
		try {
			for (let frame = reader.next(), n = 1; frame !== null; frame = reader.next(), n++) {
				const ip = find_ip(frame);
				if (typeof ip === 'string')
					passed.add(ip);
				else if (sa.output_length(ip.length) > OUTER_MAX)
					passed.add('too-long');
				else if (!each(frame, ip))
					return;
				if (n % LOOK_AT_CLOCK === 0 && performance.now() - breath > BREATH_MS) {
					const part = reader.size === null ? 0 : reader.bytes_read / reader.size;
					await breathe((round + part) / repeat);
					breath = performance.now();
				}
			}
		} finally {
			reader.close();
		}
	}
}
