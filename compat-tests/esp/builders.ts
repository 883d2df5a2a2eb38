// SPDX-License-Identifier: GPL-2.0-only
//
// Capture files and frames made by hand, for the tests: written from the format's description and
// not with the code under test.
import type { Frame } from '../../lib/cli/esp/frame.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A directory for a suite's files, made before it and removed after it. Call it inside `describe`.
 */
export function scratch_dir(): { file(name: string, bytes?: Uint8Array): string; path: string } {
	const dir = {
		path: '',
		/** The path of a file there, with this content if any is given. */
		file(name: string, bytes?: Uint8Array): string {
			const path = join(dir.path, name);
			if (bytes)
				writeFileSync(path, bytes);
			return path;
		},
	};
	before(() => {
		dir.path = mkdtempSync(join(tmpdir(), 'padata-esp-'));
	});
	after(() => rmSync(dir.path, { recursive: true }));
	return dir;
}

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function random_from(seed: number): () => number {
	let a = seed >>> 0;
	return () => {
		a = (a + 0x6d2b79f5) >>> 0;
		let t = Math.imul(a ^ a >>> 15, a | 1);
		t ^= t + Math.imul(t ^ t >>> 7, t | 61);
		return ((t ^ t >>> 14) >>> 0) / 0x1_0000_0000;
	};
}

/**
 * SEED from the environment to repeat a run, else another one each time. Tests put it in their
 * title.
 */
export const seed = Number(process.env['SEED'] ?? Date.now() % 0x1_0000_0000);

/** Integers one after the other, each [bits, value]. */
export function pack(little_endian: boolean,
	...fields: (readonly [8 | 16 | 32 | 64, number | bigint])[]): Buffer
{
	const out = Buffer.alloc(fields.reduce((sum, [bits]) => sum + bits / 8, 0));
	const view = new DataView(out.buffer, out.byteOffset, out.length);
	let at = 0;
	for (const [bits, value] of fields) {
		if (bits === 8)
			view.setUint8(at, Number(value));
		else if (bits === 16)
			view.setUint16(at, Number(value), little_endian);
		else if (bits === 32)
			view.setUint32(at, Number(value), little_endian);
		else
			view.setBigInt64(at, BigInt(value), little_endian);
		at += bits / 8;
	}
	return out;
}

export interface TestRecord {
	sec?: number;
	/** Micro- or nanoseconds. */
	fraction?: number;
	data: Uint8Array;
	origLen?: number;
}

export interface PcapOptions {
	littleEndian?: boolean;
	nanosecond?: boolean;
	/** The whole word: the upper half has flags. */
	linktype?: number;
	minor?: number;
}

export function pcap(records: TestRecord[], options: PcapOptions = {}): Buffer {
	const { littleEndian: le = true, nanosecond = false, linktype = 1, minor = 4 } = options;
	const parts = [
		pack(le, [32, nanosecond ? 0xa1b23c4d : 0xa1b2c3d4], [16, 2], [16, minor], [32, 0], [32, 0],
			[32, 262144], [32, linktype]),
	];
	for (const { sec = 0, fraction = 0, data, origLen = data.length } of records)
		parts.push(pack(le, [32, sec], [32, fraction], [32, data.length], [32, origLen]),
			Buffer.from(data));
	return Buffer.concat(parts);
}

function padded(data: Uint8Array): Buffer {
	return Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
}

/** The blocks of pcapng, in one byte order. */
export function pcapng(le: boolean) {
	function block(type: number, ...body: Uint8Array[]): Buffer {
		const content = padded(Buffer.concat(body));
		const length = pack(le, [32, content.length + 12]);
		return Buffer.concat([pack(le, [32, type]), length, content, length]);
	}
	function option(code: number, value: Uint8Array): Buffer {
		return Buffer.concat([pack(le, [16, code], [16, value.length]), padded(value)]);
	}
	return {
		block,
		option,
		section: (...options: Buffer[]) =>
			block(0x0a0d0d0a, pack(le, [32, 0x1a2b3c4d], [16, 1], [16, 0], [64, -1]), ...options),
		interface: (linktype: number, snap_len = 0, ...options: Buffer[]) =>
			block(1, pack(le, [16, linktype], [16, 0], [32, snap_len]), ...options),
		enhanced: (iface: number, stamp: bigint, data: Uint8Array, orig_len = data.length,
			...options: Buffer[]) =>
			block(6,
				pack(le, [32, iface], [32, stamp >> 32n], [32, stamp & 0xffffffffn], [32,
					data.length], [32, orig_len]), padded(data), ...options),
		simple: (data: Uint8Array, orig_len = data.length) =>
			block(3, pack(le, [32, orig_len]), data),
		obsolete: (iface: number, stamp: bigint, data: Uint8Array, orig_len = data.length,
			drops = 0) =>
			block(2,
				pack(le, [16, iface], [16, drops], [32, stamp >> 32n], [32, stamp & 0xffffffffn], [
					32,
					data.length,
				], [32, orig_len]), data),
	};
}

/** An IPv4 packet with `payload` bytes behind its header; its checksum is not filled in. */
export function ipv4(payload: Uint8Array, options: Uint8Array = new Uint8Array()): Buffer {
	const length = 20 + options.length + payload.length;
	const head = pack(false, [8, 0x45 + options.length / 4], [8, 0x2e], [16, length], [16, 7], [16,
		0], [8, 64], [8, 17], [16, 0], [32, 0x0a000001], [32, 0x0a000002]);
	return Buffer.concat([head, options, payload]);
}

export function ipv6(payload: Uint8Array, next_header = 17): Buffer {
	return Buffer.concat([
		pack(false, [32, 0x6ab12345], [16, payload.length], [8, next_header], [8, 64]),
		Buffer.alloc(15),
		Buffer.of(1),
		Buffer.alloc(15),
		Buffer.of(2),
		payload,
	]);
}

/**
 * An Ethernet frame. `types` are the tags' TPIDs and at last the EtherType; every tag gets VLAN 5.
 */
export function ethernet(types: number[], payload: Uint8Array): Buffer {
	const words = types.flatMap((type, i) => i === types.length - 1 ? [type] : [type, 5]);
	return Buffer.concat([Buffer.alloc(12, 2),
		pack(false, ...words.map((word) => [16, word] as const)), payload]);
}

/** What a test compares of a frame, which the reader uses again. */
export type FrameCopy = Pick<Frame,
	'data' | 'linktype' | 'ts_sec' | 'ts_nsec' | 'orig_len' | 'truncated'>;

export const copy_of = (
	{ data, linktype, ts_sec, ts_nsec, orig_len, truncated }: Frame,
): FrameCopy => (
	{ data: data.slice(), linktype, ts_sec, ts_nsec, orig_len, truncated }
);
