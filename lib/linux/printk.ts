// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/printk.h>. The kernel log is a ring of records in shared memory that every thread
// writes and JS can read (dmesg). A record never lies across the end of the ring. Uevents travel
// the same way, as records of their own kind.
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_store, bytes_at, load,
	store } from '../machine/memory.js';
import { bss } from '../machine/layout.js';
import { relax, wake_up } from '../machine/park.js';
import { this_cpu } from '../machine/thread.js';

export const KERN_EMERG = 0;
export const KERN_ALERT = 1;
export const KERN_CRIT = 2;
export const KERN_ERR = 3;
export const KERN_WARNING = 4;
export const KERN_NOTICE = 5;
export const KERN_INFO = 6;
export const KERN_DEBUG = 7;

/**
 * What a record is: a line of the log, a crash, a misuse of the API that was refused, a uevent, or
 * that a module is finished.
 */
export type LogKind = 'printk' | 'oops' | 'misuse' | 'uevent' | 'power_off';
const KINDS: readonly LogKind[] = ['printk', 'oops', 'misuse', 'uevent', 'power_off'];

export interface LogRecord {
	/** Number of the record since boot, from 0. */
	readonly seq: number;
	readonly kind: LogKind;
	/** KERN_EMERG (0) to KERN_DEBUG (7). */
	readonly level: number;
	/** The CPU that wrote it, or -1 for a guest thread. */
	readonly cpu: number;
	/** Seconds since boot. */
	readonly time: number;
	readonly text: string;
}

const RING_BYTES = 256 * 1024;
/** Longest text kept; the rest of a longer one is cut off. */
const TEXT_MAX = 8192;
const HEADER = 24;
/**
 * [lock, first seq, next seq, offset of the first record, offset of the next, boot time: seconds,
 * nanoseconds]
 */
const LOG = bss(128, 128);
/** The next record's number once more, to sleep on. */
export const LOG_SEQ = bss(4);
const RING = bss(RING_BYTES, 128);
const WRAP = -1;

/** Begin an empty log; its clock starts now. */
export function printk_init(): void {
	const [s, ns] = process.hrtime();
	store(LOG + 20, s);
	store(LOG + 24, ns);
}

/** When the log began, on the monotonic clock. */
export function boot_time(): [seconds: number, nanoseconds: number] {
	return [load(LOG + 20), load(LOG + 24)];
}

/** Seconds since boot. */
export function local_clock(): number {
	const [s, ns] = process.hrtime();
	return s - load(LOG + 20) + (ns - load(LOG + 24)) / 1e9;
}

function lock_log(): void {
	for (let turns = 0; atomic_cmpxchg(LOG, 0, 1) !== 0; turns++)
		relax(turns);
}

/** Drop the oldest record. */
function drop_first(): void {
	let at = load(LOG + 12);
	if (load(RING + at) === WRAP)
		at = 0;
	else
		at += HEADER + (load(RING + at + 4) + 3 & ~3);
	if (at + HEADER > RING_BYTES || load(RING + at) === WRAP)
		at = 0;
	store(LOG + 12, at);
	store(LOG + 4, load(LOG + 4) + 1);
}

export function emit_record(kind: LogKind, level: number, text: string): void {
	const encoded = Buffer.from(text).subarray(0, TEXT_MAX);
	const size = HEADER + (encoded.length + 3 & ~3);
	const time = Math.round(local_clock() * 1e6);
	lock_log();
	let next = load(LOG + 16);
	const seq = load(LOG + 8);
	// Make room: never let the tail catch up with the head from behind.
	const count = (): number => seq - load(LOG + 4);
	const overlaps = (from: number, to: number): boolean => {
		const first = load(LOG + 12);
		return count() > 0 && first >= from && first < to;
	};
	if (next + size > RING_BYTES) {
		while (overlaps(next, RING_BYTES))
			drop_first();
		if (next + 4 <= RING_BYTES)
			store(RING + next, WRAP);
		next = 0;
	}
	while (overlaps(next, next + size))
		drop_first();
	if (count() === 0)
		store(LOG + 12, next);
	const at = RING + next;
	store(at, KINDS.indexOf(kind));
	store(at + 4, encoded.length);
	store(at + 8, level);
	store(at + 12, this_cpu());
	store(at + 16, Math.floor(time / 1e6));
	store(at + 20, time % 1e6);
	bytes_at(at + HEADER, encoded.length).set(encoded);
	store(LOG + 16, next + size);
	store(LOG + 8, seq + 1);
	atomic_store(LOG, 0);
	atomic_fetch_add(LOG_SEQ, 1);
	wake_up(LOG_SEQ);
}

/** Write a line to the kernel log. Any thread, any context; does not sleep. */
export function printk(level: number, text: string): void {
	emit_record('printk', level, text);
}

export const pr_err = (text: string): void => printk(KERN_ERR, text);
export const pr_warn = (text: string): void => printk(KERN_WARNING, text);
export const pr_info = (text: string): void => printk(KERN_INFO, text);
export const pr_debug = (text: string): void => printk(KERN_DEBUG, text);

/**
 * As dmesg(), for a reader that follows the log: in place of records that the ring has dropped
 * since the reader's last look stands one that says how many.
 */
export function dmesg_or_dropped(since: number): LogRecord[] {
	const records = dmesg(since);
	const [first] = records;
	if (first === undefined || first.seq <= since)
		return records;
	return [{ seq: first.seq - 1, kind: 'printk', level: KERN_WARNING, cpu: -1, time: first.time,
		text: `** ${first.seq - since} printk messages dropped **` }, ...records];
}

/**
 * The records of the log from number `since` on that are still in the ring (256 KiB), oldest first.
 * @param since a record's seq + 1, to get only newer ones
 */
export function dmesg(since = 0): LogRecord[] {
	const records: LogRecord[] = [];
	if (atomic_load(LOG_SEQ) === 0)
		return records;
	lock_log();
	try {
		let at = load(LOG + 12);
		for (let seq = load(LOG + 4); seq < load(LOG + 8); seq++) {
			if (at + HEADER > RING_BYTES || load(RING + at) === WRAP)
				at = 0;
			const p = RING + at;
			const length = load(p + 4);
			if (seq >= since)
				records.push({
					seq,
					kind: KINDS[load(p)],
					level: load(p + 8),
					cpu: load(p + 12),
					time: load(p + 16) + load(p + 20) / 1e6,
					text: Buffer.from(bytes_at(p + HEADER, length).slice()).toString(),
				});
			at += HEADER + (length + 3 & ~3);
		}
	} finally {
		atomic_store(LOG, 0);
	}
	return records;
}
