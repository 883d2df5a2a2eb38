// SPDX-License-Identifier: GPL-2.0-only
//
// The jobs that everybody is measured with: how many are in flight, what a job's memory holds, and
// how results are checked. Nothing heavy is imported here: the start-up of a worker is measured
// too. native/jobs.h has the same jobs in C.

export const JOBS = ['empty', 'aes', 'sha256', 'deflate', 'mixed'] as const;
export type JobName = typeof JOBS[number];

/**
 * What a job is. Job number i works on slot i % in_flight, and what it computes depends on i %
 * in_flight alone, so that a table of the plain loop's results tells what any number of jobs has to
 * give.
 */
export interface Job {
	/** What it does, for the reader of the table. */
	readonly title: string;
	/**
	 * How many are in flight: padata's limit, or so many that a thread that is kept from its core
	 * for some milliseconds finds the others still at work.
	 */
	readonly in_flight: number;
	/** A slot: the input at 0, the output at `output`. */
	readonly input_bytes: number;
	readonly output: number;
	readonly slot_bytes: number;
}

export const PACKET = 1420;
export const BLOCK = 65536;
const LINE = 64;

export const jobs: Readonly<Record<JobName, Job>> = {
	empty: { title: 'empty job', in_flight: 1000, input_bytes: 0, output: 0, slot_bytes: 0 },
	aes: { title: 'AES-128-GCM, 1420 B', in_flight: 1000, input_bytes: PACKET, output: 23 * LINE,
		slot_bytes: 46 * LINE },
	sha256: { title: 'sha256, 64 KiB', in_flight: 256, input_bytes: BLOCK, output: BLOCK,
		slot_bytes: BLOCK + LINE },
	// What does not compress needs a little more room than the block.
	deflate: { title: 'deflate, 64 KiB', in_flight: 256, input_bytes: BLOCK, output: BLOCK,
		slot_bytes: 2 * BLOCK + 4 * LINE },
	mixed: { title: 'mixed lengths, 1 to 100', in_flight: 1000, input_bytes: 0, output: 0,
		slot_bytes: 0 },
};

/**
 * Lengths of the mixed jobs in units: 100^(k/20). Their logarithms are evenly spread, so the long
 * ones take most of the time.
 */
export const MIXED_UNITS: readonly number[] = [1, 1, 1, 1, 2, 3, 3, 5, 6, 7, 10, 12, 15, 19, 25, 31,
	39, 50, 63, 79, 100];
/** Rounds of xorshift in a unit: about a microsecond. */
export const MIXED_ROUNDS = 500;

/**
 * Write the input of all slots: a linear congruential generator, of which deflate gets the low half
 * of each byte.
 */
export function fill_slots(name: JobName, slot: (s: number) => Uint8Array): void {
	const job = jobs[name];
	const mask = name === 'deflate' ? 0x0f0f0f0f : 0xffffffff;
	for (let s = 0; job.input_bytes > 0 && s < job.in_flight; s++) {
		const bytes = slot(s);
		const view = new DataView(bytes.buffer, bytes.byteOffset, job.input_bytes);
		for (let at = 0, x = s; at < job.input_bytes; at += 4) {
			x = Math.imul(x, 1664525) + 1013904223 | 0;
			view.setUint32(at, (x & mask) >>> 0, true);
		}
	}
}

/** Slots that lie one after the other in a memory. */
export function slots_in(memory: ArrayBufferLike, name: JobName): (s: number) => Uint8Array {
	const { slot_bytes } = jobs[name];
	return (s) => new Uint8Array(memory, s * slot_bytes, slot_bytes);
}

export const bytes_of_slots = (name: JobName): number =>
	jobs[name].in_flight * jobs[name].slot_bytes;

/**
 * Take the next result in order: tells a wrong one, one that is missing, and two that have changed
 * places.
 */
export function fold(sum: number, result: number): number {
	return Math.imul(sum, 31) + result | 0;
}

/** 31^n modulo 2^32: what fold() has done to a sum after n results. */
export function fold_power(n: number): number {
	let power = 1;
	for (let i = 0; i < n; i++)
		power = Math.imul(power, 31);
	return power;
}

/**
 * The sum of jobs first, first + step, ... below n, out of the table of one round of results; an
 * empty job's is its number.
 */
export function expected_sum(name: JobName, table: Int32Array, n: number, first = 0,
	step = 1): number
{
	let sum = 0;
	for (let i = first; i < n; i += step)
		sum = fold(sum, name === 'empty' ? i : table[i % table.length]);
	return sum;
}
