// SPDX-License-Identifier: GPL-2.0-only
//
// From a captured frame to the IP packet in it.
import type { Frame } from './frame.js';

/**
 * Where in a frame's data the IP packet lies: without the link's header, and without the padding
 * behind it.
 */
export interface IpPacket {
	offset: number;
	/** The packet's own length in bytes, header included, as its header tells it. */
	length: number;
	version: 4 | 6;
}

/** Why nothing of a frame was wrapped, and what that means. */
export const pass_reasons = {
	'not-ip': 'neither IPv4 nor IPv6',
	'unknown-linktype': 'a kind of link that is not known',
	'snapped': 'captured shorter than it was',
	'malformed': 'a damaged header',
	'no-length': 'IP length 0 (a jumbogram, or captured before segmentation)',
	'too-long': 'no room for the outer headers in 65535 bytes',
} as const;

export type PassReason = keyof typeof pass_reasons;

/** How many frames were passed over, by reason. */
export class PassCounts {
	readonly #counts = new Map<PassReason, number>();

	add(reason: PassReason): void {
		this.#counts.set(reason, this.get(reason) + 1);
	}

	get(reason: PassReason): number {
		return this.#counts.get(reason) ?? 0;
	}

	get total(): number {
		let sum = 0;
		for (const n of this.#counts.values())
			sum += n;
		return sum;
	}

	/** The counts that are not 0, in the order of `pass_reasons`. */
	toJSON(): Partial<Record<PassReason, number>> {
		const reasons = Object.keys(pass_reasons) as PassReason[];
		return Object.fromEntries(
			reasons.filter((r) => this.#counts.has(r)).map((r) => [r, this.get(r)]),
		);
	}
}

// LINKTYPE_ numbers. RAW has the numbers of three systems' DLT_RAW beside its own, as they are
// found in files.
const NULL = 0;
const ETHERNET = 1;
const RAW_BSD = 12;
const RAW_OPENBSD = 14;
const RAW = 101;
const LOOP = 108;
const LINUX_SLL = 113;
const IPV4 = 228;
const IPV6 = 229;
const LINUX_SLL2 = 276;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const AF_INET = 2;
/** Linux, NetBSD and OpenBSD, FreeBSD, Darwin. */
const AF_INET6: readonly number[] = [10, 24, 28, 30];

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const NO_NEXT_HEADER = 59;

function be16(data: Uint8Array, at: number): number {
	return data[at] << 8 | data[at + 1];
}

function is_vlan(ether_type: number): boolean {
	return ether_type === 0x8100 || ether_type === 0x88a8 || ether_type === 0x9100;
}

/**
 * A frame whose headers do not all lie in `data`: because of the capture, or because it is broken.
 */
function cut_short(frame: Readonly<Frame>): PassReason {
	return frame.truncated ? 'snapped' : 'malformed';
}

/**
 * Look through any stack of VLAN tags: the type lies at `type_at`, what it describes from
 * `payload_at` on.
 */
function after_ether_type(frame: Readonly<Frame>, type_at: number, payload_at: number):
	| IpPacket
	| PassReason
{
	const { bytes, start, length: captured } = frame;
	if (captured < payload_at)
		return cut_short(frame);
	let type = be16(bytes, start + type_at);
	while (is_vlan(type)) {
		if (captured < payload_at + 4)
			return cut_short(frame);
		type = be16(bytes, start + payload_at + 2);
		payload_at += 4;
	}
	if (type === ETHERTYPE_IPV4)
		return ipv4(frame, payload_at);
	if (type === ETHERTYPE_IPV6)
		return ipv6(frame, payload_at);
	return 'not-ip';
}

/**
 * BSD loopback: a word with the address family, in the byte order of whichever machine wrote the
 * capture.
 */
function after_family(frame: Readonly<Frame>): IpPacket | PassReason {
	const { bytes, start, length: captured } = frame;
	if (captured < 4)
		return cut_short(frame);
	const high = be16(bytes, start);
	const family = high === 0 ? be16(bytes, start + 2) : bytes[start + 1] << 8 | bytes[start];
	if (family === AF_INET)
		return ipv4(frame, 4);
	if (AF_INET6.includes(family))
		return ipv6(frame, 4);
	return 'not-ip';
}

function raw(frame: Readonly<Frame>): IpPacket | PassReason {
	const { bytes, start, length: captured } = frame;
	if (captured === 0)
		return cut_short(frame);
	switch (bytes[start] >> 4) {
		case 4:
			return ipv4(frame, 0);
		case 6:
			return ipv6(frame, 0);
		default:
			return 'not-ip';
	}
}

function ipv4(frame: Readonly<Frame>, offset: number): IpPacket | PassReason {
	const { bytes, start, length: captured } = frame;
	if (captured < offset + IPV4_HEADER)
		return cut_short(frame);
	const header_length = (bytes[start + offset] & 0xf) * 4;
	const length = be16(bytes, start + offset + 2);
	if (bytes[start + offset] >> 4 !== 4 || header_length < IPV4_HEADER)
		return 'malformed';
	// The length does not fit 16 bits when a capture sees a packet before the network card cuts it
	// up.
	if (length === 0)
		return 'no-length';
	if (length < header_length)
		return 'malformed';
	return whole(frame, { offset, length, version: 4 });
}

function ipv6(frame: Readonly<Frame>, offset: number): IpPacket | PassReason {
	const { bytes, start, length: captured } = frame;
	if (captured < offset + IPV6_HEADER)
		return cut_short(frame);
	if (bytes[start + offset] >> 4 !== 6)
		return 'malformed';
	const payload = be16(bytes, start + offset + 4);
	// 0 stands for a length elsewhere (RFC 2675) or nowhere; only a packet that ends with its
	// header has none.
	if (payload === 0 && bytes[start + offset + 6] !== NO_NEXT_HEADER)
		return 'no-length';
	return whole(frame, { offset, length: IPV6_HEADER + payload, version: 6 });
}

function whole(frame: Readonly<Frame>, packet: IpPacket): IpPacket | PassReason {
	const end = packet.offset + packet.length;
	if (end <= frame.length)
		return packet;
	// A length beyond the end of the frame itself is not the capture's doing.
	return end <= frame.orig_len ? 'snapped' : 'malformed';
}

/** The IP packet in a frame, or the reason why it is to be passed over. */
export function find_ip(frame: Readonly<Frame>): IpPacket | PassReason {
	switch (frame.linktype) {
		case ETHERNET:
			return after_ether_type(frame, 12, 14);
		case RAW:
		case RAW_BSD:
		case RAW_OPENBSD:
			return raw(frame);
		case IPV4:
			return ipv4(frame, 0);
		case IPV6:
			return ipv6(frame, 0);
		case LINUX_SLL:
			return after_ether_type(frame, 14, 16);
		case LINUX_SLL2:
			return after_ether_type(frame, 0, 20);
		case NULL:
		case LOOP:
			return after_family(frame);
		default:
			return 'unknown-linktype';
	}
}
