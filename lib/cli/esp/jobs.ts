// SPDX-License-Identifier: GPL-2.0-only
//
// The callbacks of `padata esp`, in the places where the kernel's pcrypt has its own: parallel()
// encrypts, serial() writes.
import { writeSync } from 'node:fs';
import { atomic_load, atomic_store, bytes_at, container_of, EIO, load, padata_do_serial,
	padata_priv, READ_ONCE, smp_processor_id, spin_trylock, spin_unlock, store,
	wake_up } from '../../index.js';
import { BurstSealer } from './burst.js';
import { BUFFER, counter, esp_burst, esp_run, RING, sa_of } from './shared.js';

const b = esp_burst.offset;
const r = esp_run.offset;

/** From so many bytes on, records are written from where they lie, not gathered before. */
const WRITTEN_IN_PLACE = 16 * 1024;

/** This thread's end of the security association of the run it works for. */
let sealer: BurstSealer | null = null;
let sealer_run = 0;

function sealer_for(run: number): BurstSealer {
	if (sealer === null || sealer_run !== run) {
		const memory = new Uint8Array(bytes_at(run, 1).buffer);
		sealer = new BurstSealer(sa_of(run), memory);
		sealer_run = run;
		store(run + r.crypto, sealer.crypto === 'addon' ? 1 : 0);
	}
	return sealer;
}

/** A thread keeps nothing of a run that is over: the next one may lie at the same address. */
export function forget(): void {
	sealer = null;
}

/** Wrap the packets of a burst; the result is whole records of the output file. */
export function parallel(padata: number): void {
	const burst = container_of(padata, esp_burst, 'padata');
	const run = load(burst + b.run);
	const n = load(burst + b.packets);
	const count = counter(run, smp_processor_id());
	store(count, load(count) + n);
	try {
		const used = sealer_for(run).seal(burst + esp_burst.size, n, load(burst + b.seq) >>> 0,
			load(burst + b.out), load(burst + b.room));
		if (used < 0)
			throw new Error(`padata esp: a burst cannot be encrypted: error ${used}`);
		store(burst + b.used, used);
	} catch (error) {
		store(burst + b.used, 0);
		store(run + r.sealFailed, 1);
		store(run + r.failed, -EIO);
		throw error;
	} finally {
		// Also if it failed: who waits for its turn behind this one must not wait for ever.
		padata_do_serial(padata);
	}
}

/**
 * Write the burst. With one callback CPU the turn is always this one's. With several, padata keeps
 * the order on each of them; the ring puts them together, and whoever finds the lock free writes
 * what is complete.
 */
export function serial(padata: number): void {
	const burst = container_of(padata, esp_burst, 'padata');
	const run = load(burst + b.run);
	const index = load(burst + b.index);
	// The CPU that had it has died: its records are not there, or only in part.
	if (load(padata + padata_priv.offset.info) !== 0) {
		store(burst + b.used, 0);
		store(run + r.sealFailed, 1);
		store(run + r.failed, -EIO);
	}
	const last = counter(run, smp_processor_id()) + 4;
	if (index < load(last))
		store(run + r.outOfOrder, 1);
	store(last, index + 1);

	atomic_store(run + r.ring + (index % RING) * 4, burst);
	const head = (): number => atomic_load(run + r.ring + (atomic_load(run + r.next) % RING) * 4);
	// The unlock is a full barrier: who came while we held the lock is seen by this look after it.
	while (head() !== 0 && spin_trylock(run + r.lock)) {
		for (let ready = head(); ready !== 0; ready = head())
			append(run, ready);
		spin_unlock(run + r.lock);
	}
}

/** Under the lock. Behind it main may use the burst's memory again. */
function append(run: number, burst: number): void {
	const next = load(run + r.next);
	if (load(run + r.failed) === 0)
		write_records(run, load(burst + b.out), load(burst + b.used));
	atomic_store(run + r.ring + (next % RING) * 4, 0);
	atomic_store(run + r.next, next + 1);
	const waiting = READ_ONCE(run + r.waiting);
	if (waiting !== 0 && next + 1 >= waiting) {
		store(run + r.waiting, 0);
		wake_up(run + r.next);
	}
}

function write_records(run: number, at: number, length: number): void {
	if (load(run + r.used) + length > BUFFER || length >= WRITTEN_IN_PLACE)
		flush(run);
	if (length >= WRITTEN_IN_PLACE) {
		write(run, at, length);
		return;
	}
	bytes_at(load(run + r.buffer) + load(run + r.used), length).set(bytes_at(at, length));
	store(run + r.used, load(run + r.used) + length);
}

/** Empty the buffer into the file. */
export function flush(run: number): void {
	write(run, load(run + r.buffer), load(run + r.used));
	store(run + r.used, 0);
}

/** An error is kept for main. */
function write(run: number, at: number, length: number): void {
	const bytes = bytes_at(at, length);
	try {
		for (let done = 0; done < length;)
			done += writeSync(load(run + r.fd), bytes, done);
	} catch (error) {
		store(run + r.failed, (error as NodeJS.ErrnoException).errno ?? -EIO);
	}
}
