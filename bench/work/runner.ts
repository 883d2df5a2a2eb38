// SPDX-License-Identifier: GPL-2.0-only
//
// The jobs themselves. The same function runs in the plain loop, in the workers of the pools and in
// padata's parallel().
import { createCipheriv, createHash, createSecretKey } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { fill_slots, fold, JobName, jobs, MIXED_ROUNDS, MIXED_UNITS, PACKET, slots_in,
	bytes_of_slots } from './job.js';

/** Runs job number i; returns what stands for its result. */
export type Runner = (i: number) => number;
export type Slots = (s: number) => Uint8Array;

/** The halves of a slot, made once for each: a view costs more than an empty job. */
function halves(name: JobName,
	slot: Slots): { input: readonly Buffer[]; output: readonly Buffer[] }
{
	const { in_flight, input_bytes, output } = jobs[name];
	const all = Array.from({ length: in_flight }, (_, s) => slot(s));
	return {
		input: all.map(({ buffer, byteOffset }) => Buffer.from(buffer, byteOffset, input_bytes)),
		output: all.map(({ buffer, byteOffset, byteLength }) =>
			Buffer.from(buffer, byteOffset + output, byteLength - output)
		),
	};
}

function aes_runner(slot: Slots): Runner {
	const { input, output } = halves('aes', slot);
	const key = createSecretKey(Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'));
	const iv = Buffer.alloc(12);
	return (i) => {
		const s = i % input.length;
		iv.writeUInt32LE(s, 0);
		const cipher = createCipheriv('aes-128-gcm', key, iv);
		output[s].set(cipher.update(input[s]));
		cipher.final();
		const tag = cipher.getAuthTag();
		output[s].set(tag, PACKET);
		return tag.readInt32LE(0);
	};
}

function sha256_runner(slot: Slots): Runner {
	const { input, output } = halves('sha256', slot);
	return (i) => {
		const s = i % input.length;
		const digest = createHash('sha256').update(input[s]).digest();
		output[s].set(digest);
		return digest.readInt32LE(0);
	};
}

function deflate_runner(slot: Slots): Runner {
	const { input, output } = halves('deflate', slot);
	return (i) => {
		const s = i % input.length;
		const packed = deflateSync(input[s], { level: 1 });
		output[s].set(packed);
		return fold(packed.length, packed.readInt32LE(packed.length >> 1));
	};
}

function mixed_runner(): Runner {
	const { in_flight } = jobs.mixed;
	return (i) => {
		const s = i % in_flight;
		const rounds = MIXED_UNITS[(Math.imul(s + 1, 0x9e3779b1) >>> 16) % MIXED_UNITS.length]
			* MIXED_ROUNDS;
		let x = s + 1;
		for (let round = 0; round < rounds; round++) {
			x ^= x << 13;
			x ^= x >>> 17;
			x ^= x << 5;
		}
		return x;
	};
}

export function make_runner(name: JobName, slot: Slots): Runner {
	switch (name) {
		case 'empty':
			return (i) => i;
		case 'aes':
			return aes_runner(slot);
		case 'sha256':
			return sha256_runner(slot);
		case 'deflate':
			return deflate_runner(slot);
		case 'mixed':
			return mixed_runner();
	}
}

/**
 * What the plain loop makes of one round of jobs: the results, and the slots with their outputs.
 */
export function loop_results(name: JobName): { table: Int32Array; slot: Slots } {
	const slot = slots_in(new ArrayBuffer(bytes_of_slots(name)), name);
	fill_slots(name, slot);
	const run = make_runner(name, slot);
	return { table: Int32Array.from({ length: jobs[name].in_flight }, (_, i) => run(i)), slot };
}
