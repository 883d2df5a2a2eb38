// SPDX-License-Identifier: GPL-2.0-only
//
// The callbacks of `padata esp`, in the places where the kernel's pcrypt has its own: parallel()
// encrypts, serial() writes.
import { writeSync } from 'node:fs';
import { atomic_load, atomic_store, bytes_at, container_of, kfree, load, padata_do_serial,
	READ_ONCE, smp_processor_id, spin_trylock, spin_unlock, store, wake_up } from '../../index.js';
import { EspSa } from './esp.js';
import { put_record_header, RECORD_HEADER } from './pcap-writer.js';
import { BUFFER, counter, esp_request, esp_run, RING, sa_of } from './shared.js';

const q = esp_request.offset;
const r = esp_run.offset;

/** This thread's end of the security association of the run it works for. */
let sa: EspSa | null = null;
let sa_run = 0;

function sa_for(run: number): EspSa {
	if (sa === null || sa_run !== run) {
		sa = new EspSa(sa_of(run));
		sa_run = run;
	}
	return sa;
}

/** A thread keeps nothing of a run that is over: the next one may lie at the same address. */
export function forget(): void {
	sa = null;
}

/** Wrap the packet; the result is a whole record of the output file. */
export function parallel(padata: number): void {
	const request = container_of(padata, esp_request, 'padata');
	const run = load(request + q.run);
	const count = counter(run, smp_processor_id());
	store(count, load(count) + 1);
	const inner_length = load(request + q.innerLength);
	const bytes = bytes_at(request + esp_request.size,
		inner_length + load(request + q.recordLength));
	try {
		const length = sa_for(run).encapsulate(bytes, 0, inner_length,
			load(request + q.innerVersion) as 4 | 6, load(request + q.seq) >>> 0, bytes,
			inner_length + RECORD_HEADER);
		put_record_header(bytes, inner_length, load(request + q.tsSec) >>> 0,
			load(request + q.tsNsec), length, load(run + r.nanosecond) !== 0);
	} finally {
		// Also if it failed: who waits for its turn behind this one must not wait for ever.
		padata_do_serial(padata);
	}
}

/**
 * Write the packet. With one callback CPU the turn is always this one's. With several, padata keeps
 * the order on each of them; the ring puts them together, and whoever finds the lock free writes
 * what is complete.
 */
export function serial(padata: number): void {
	const request = container_of(padata, esp_request, 'padata');
	const run = load(request + q.run);
	const index = load(request + q.index);
	const last = counter(run, smp_processor_id()) + 4;
	if (index < load(last))
		store(run + r.outOfOrder, 1);
	store(last, index + 1);

	atomic_store(run + r.ring + (index % RING) * 4, request);
	const head = (): number => atomic_load(run + r.ring + (atomic_load(run + r.next) % RING) * 4);
	// The unlock is a full barrier: who came while we held the lock is seen by this look after it.
	while (head() !== 0 && spin_trylock(run + r.lock)) {
		for (let ready = head(); ready !== 0; ready = head())
			append(run, ready);
		spin_unlock(run + r.lock);
	}
}

/** Under the lock. */
function append(run: number, request: number): void {
	const next = load(run + r.next);
	const length = load(request + q.recordLength);
	if (load(run + r.failed) === 0) {
		if (load(run + r.used) + length > BUFFER)
			flush(run);
		const from = request + esp_request.size + load(request + q.innerLength);
		bytes_at(load(run + r.buffer) + load(run + r.used), length).set(bytes_at(from, length));
		store(run + r.used, load(run + r.used) + length);
	}
	atomic_store(run + r.ring + (next % RING) * 4, 0);
	kfree(request);
	atomic_store(run + r.next, next + 1);
	const waiting = READ_ONCE(run + r.waiting);
	if (waiting !== 0 && next + 1 >= waiting) {
		store(run + r.waiting, 0);
		wake_up(run + r.next);
	}
}

/** Empty the buffer into the file. An error is kept for main. */
export function flush(run: number): void {
	const bytes = bytes_at(load(run + r.buffer), load(run + r.used));
	store(run + r.used, 0);
	try {
		for (let done = 0; done < bytes.length;)
			done += writeSync(load(run + r.fd), bytes, done);
	} catch (error) {
		store(run + r.failed, (error as NodeJS.ErrnoException).errno ?? -5);
	}
}
