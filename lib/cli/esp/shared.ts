// SPDX-License-Identifier: GPL-2.0-only
//
// What main and the CPUs share in a run of `padata esp`: the security association, the bursts, and
// the output.
import { aligned, array, bytes_at, int, kfree, kzalloc, load, padata_priv, ptr, spinlock_t, store,
	struct, u8, unsigned_int } from '../../index.js';
import { SaConfig } from './esp.js';

/**
 * Most bursts between submission and the file. padata takes 1000 objects at once; it is a power of
 * two below that.
 */
export const RING = 512;
const BUFFER = 1 << 20;

/**
 * IP packets on their way, as struct pcrypt_request is: padata_priv first, the work behind it. The
 * descriptions of the packets (burst.ts) lie behind the struct.
 * - index: number of the burst; packets: how many there are; seq: sequence number of the first
 * - out, room: where the records go; used: their length, when parallel() has made them
 */
export const esp_burst = struct('esp_burst', {
	padata: padata_priv,
	run: ptr,
	index: int,
	packets: int,
	seq: unsigned_int,
	out: int,
	room: int,
	used: int,
});

/**
 * failed: errno of what went wrong first. sealFailed: 1 if a burst could not be encrypted.
 * crypto: 1 if the addon has encrypted, 0 if node:crypto has.
 * next: index of the burst that is written next. waiting: main sleeps until next has reached it.
 */
export const esp_run = struct('esp_run', {
	key: array(u8, 16),
	salt: array(u8, 4),
	addressBytes: int,
	src: array(u8, 16),
	dst: array(u8, 16),
	spi: unsigned_int,
	ivHigh: unsigned_int,
	fd: int,
	buffer: ptr,
	failed: int,
	sealFailed: int,
	crypto: int,
	outOfOrder: int,
	lock: aligned(spinlock_t),
	used: int,
	next: aligned(int),
	waiting: int,
	ring: aligned(array(int, RING)),
	perCpu: aligned(array(int, 0)),
});
/**
 * Counters of different CPUs are on lines of their own: [packets, index of the last serial() + 1]
 */
const COUNTER_STRIDE = 128;
const r = esp_run.offset;

/** @param cpu -1: the booting thread, which runs serial() when all CPUs have died */
export function counter(run: number, cpu: number): number {
	return run + r.perCpu + (cpu + 1) * COUNTER_STRIDE;
}

/** @returns NULL if there is no memory */
export function make_run(sa: Required<SaConfig>, fd: number, cpus: number): number {
	const run = kzalloc(esp_run.size + COUNTER_STRIDE * (cpus + 1));
	const buffer = kzalloc(BUFFER);
	if (run === 0 || buffer === 0) {
		kfree(run);
		kfree(buffer);
		return 0;
	}
	bytes_at(run + r.key, 16).set(sa.key);
	bytes_at(run + r.salt, 4).set(sa.salt);
	bytes_at(run + r.src, 16).set(sa.src);
	bytes_at(run + r.dst, 16).set(sa.dst);
	store(run + r.addressBytes, sa.src.length);
	store(run + r.spi, sa.spi | 0);
	store(run + r.ivHigh, sa.ivHigh | 0);
	store(run + r.fd, fd);
	store(run + r.buffer, buffer);
	return run;
}

/** The security association, for a thread that gets to know the run. */
export function sa_of(run: number): SaConfig {
	const bytes = (at: number, length: number): Uint8Array => bytes_at(run + at, length).slice();
	const address = load(run + r.addressBytes);
	return {
		key: bytes(r.key, 16),
		salt: bytes(r.salt, 4),
		src: bytes(r.src, address),
		dst: bytes(r.dst, address),
		spi: load(run + r.spi) >>> 0,
		ivHigh: load(run + r.ivHigh) >>> 0,
	};
}

export { BUFFER };
