// SPDX-License-Identifier: GPL-2.0-only
//
// The submitting end of `padata esp`, on the main thread. It reads the capture into the machine's
// memory, describes the packets of a burst, and submits the burst. Packets are not copied. The
// memory of a burst, and a buffer of the capture, are used again when the records of their packets
// have been written to the output, so memory is allocated only at the beginning and for packets
// that are longer than a burst's room.
import { alloc_workqueue, atomic_load, bytes_at, destroy_workqueue, EBUSY, EINVAL, ENOMEM,
	errno_name, kfree, kmalloc, load, ModuleFunctions, padata_alloc_possible, padata_do_parallel,
	padata_free, padata_priv, padata_start, padata_stop, sleep_on, store, store_function,
	WQ_CPU_INTENSIVE, WQ_MEM_RECLAIM } from '../../index.js';
import { CommandError, OptionError } from '../options.js';
import { describe_packet, esp_packet } from './burst.js';
import { CHUNK } from './capture-source.js';
import { EspSa, SEQUENCE_MAX } from './esp.js';
import type { Frame } from './frame.js';
import { flush } from './jobs.js';
import type { IpPacket } from './link.js';
import { other_callback_cpu, show_masks } from './masks.js';
import { RECORD_HEADER } from './pcap-writer.js';
import { esp_burst, esp_run, RING } from './shared.js';

const b = esp_burst.offset;
const r = esp_run.offset;

/** The number of buffers that the capture is read to, in turn. */
const CHUNKS = 16;
/** Bytes for the records of a burst: at first so many for each packet, but at most ROOM_MAX. */
const ROOM_FOR_PACKET = 2048;
const ROOM_MAX = 512 * 1024;
/** About so many packets are between submission and the output at most; it tells the slots. */
const PACKETS_ON_THEIR_WAY = 16384;
const SLOTS_MIN = 16;

/** Buffers for the capture. @throws Error if the machine has no memory */
export function make_chunks(): Uint8Array[] {
	return Array.from({ length: CHUNKS }, () => bytes_at(allocate(CHUNK), CHUNK));
}

export function free_chunks(chunks: readonly Uint8Array[]): void {
	for (const { byteOffset } of chunks)
		kfree(byteOffset);
}

function allocate(size: number): number {
	const at = kmalloc(size);
	if (at === 0)
		throw new CommandError(`the machine has no memory left for ${size} bytes`);
	return at;
}

/**
 * The memory of a burst. at: its struct and the descriptions of its packets. out, room: where its
 * records go, and how many bytes there are. last: index of the burst that used it last.
 */
interface Slot {
	readonly at: number;
	out: number;
	room: number;
	last: number;
}

/** One run of `padata esp` on a booted machine. */
export class EspJob {
	readonly #pinst: number;
	readonly #wq: number;
	/** The machine's memory. */
	readonly #words: Int32Array;
	readonly #slots: Slot[];
	/** The last burst with packets in each of the chunks. */
	readonly #chunk_used: number[];
	#chunk = 0;
	/** Of the burst that is being put together: packets, and bytes of their records. */
	#n = 0;
	#length = 0;
	/** The number of bursts that have been submitted, and the slot of the one after them. */
	#bursts = 0;
	#slot: Slot;
	packets = 0;
	bytes_in = 0;
	bytes_out = 0;

	/**
	 * @param chunks where the capture is read to; the first one has the capture's beginning
	 * @param burst most packets in an object of padata
	 * @param nanosecond times in the output are in nanoseconds, else in microseconds
	 */
	constructor(readonly run: number, readonly jobs: ModuleFunctions, readonly sa: EspSa,
		readonly chunks: readonly Uint8Array[], readonly cb_cpus: readonly number[],
		readonly burst: number, readonly nanosecond: boolean)
	{
		this.#words = new Int32Array(chunks[0].buffer);
		this.#chunk_used = chunks.map(() => -1);
		const slots = Math.min(RING, Math.max(SLOTS_MIN, Math.ceil(PACKETS_ON_THEIR_WAY / burst)));
		const room = Math.min(ROOM_MAX, ROOM_FOR_PACKET * burst);
		this.#slots = Array.from({ length: slots }, () => this.#make_slot(room));
		this.#slot = this.#slots[0];
		this.#wq = alloc_workqueue('esp', WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
		this.#pinst = padata_alloc_possible(this.#wq);
		const err = this.#pinst === 0 ? -ENOMEM : padata_start(this.#pinst);
		if (err !== 0)
			throw new CommandError(
				`the padata instance cannot be started: ${errno_name(err)}`,
			);
		show_masks(this.#pinst);
	}

	#make_slot(room: number): Slot {
		const at = allocate(esp_burst.size + this.burst * esp_packet.size);
		store(at + b.run, this.run);
		store_function(at + padata_priv.offset.parallel, this.jobs.parallel);
		store_function(at + padata_priv.offset.serial, this.jobs.serial);
		return { at, out: allocate(room), room, last: -1 };
	}

	/** The buffer that the reader goes on in when it has used one up. Sleeps until it is free. */
	next_chunk(): Uint8Array {
		this.submit();
		this.#chunk_used[this.#chunk] = this.#bursts - 1;
		this.#chunk = (this.#chunk + 1) % this.chunks.length;
		this.#wait_for(this.#chunk_used[this.#chunk] + 1);
		return this.chunks[this.#chunk];
	}

	/**
	 * Add a packet to the burst. If it does not fit, the burst is submitted, and the packet begins
	 * the next one. Sleeps while all slots are in use.
	 * @returns false if the output could not be written
	 */
	add(frame: Frame, ip: IpPacket): boolean {
		if (this.packets >= SEQUENCE_MAX)
			throw new OptionError('--repeat',
				`more than ${SEQUENCE_MAX} packets: the sequence number must not come round`);
		const length = RECORD_HEADER + this.sa.output_length(ip.length);
		if (this.#n === this.burst || this.#length + length > this.#slot.room && this.#n > 0)
			this.submit();
		if (this.#n === 0)
			this.#begin(length);
		const packet = this.#slot.at + esp_burst.size + this.#n * esp_packet.size;
		describe_packet(this.#words, packet, frame, ip, this.nanosecond);
		this.#n++;
		this.#length += length;
		this.packets++;
		this.bytes_in += ip.length;
		this.bytes_out += length - RECORD_HEADER;
		return load(this.run + r.failed) === 0;
	}

	/**
	 * Take the next slot, when the burst before in it has been written. If the main thread has to
	 * sleep for that, it sleeps until half of the slots are free, because a wake-up takes as long
	 * as the encryption of a burst.
	 */
	#begin(length: number): void {
		const slot = this.#slot = this.#slots[this.#bursts % this.#slots.length];
		if (atomic_load(this.run + r.next) <= slot.last)
			this.#wait_for(this.#bursts - (this.#slots.length >> 1));
		if (length > slot.room) {
			const out = allocate(length);
			kfree(slot.out);
			slot.out = out;
			slot.room = length;
		}
		this.#length = 0;
	}

	/** Submit the burst, if there is one. */
	submit(): void {
		const n = this.#n;
		if (n === 0)
			return;
		const { at, out, room } = this.#slot;
		const index = this.#bursts;
		store(at + b.index, index);
		store(at + b.packets, n);
		store(at + b.seq, this.packets - n + 1 | 0);
		store(at + b.out, out);
		store(at + b.room, room);
		store(at + b.used, 0);
		store(at + padata_priv.offset.info, 0);
		this.#n = 0;
		try {
			this.#send(at, this.cb_cpus[index % this.cb_cpus.length]);
		} catch (error) {
			// The burst has not been submitted, so its packets do not count.
			this.packets -= n;
			throw error;
		}
		this.#slot.last = index;
		this.#bursts++;
	}

	#send(burst: number, cb_cpu: number): void {
		for (;;) {
			const err = padata_do_parallel(this.#pinst, burst, cb_cpu);
			if (err === 0)
				return;
			if (err === -EBUSY)
				// The masks are being changed, which waits for what is on its way.
				this.#wait_for(this.#bursts);
			else if (err === -EINVAL)
				// Somebody has changed the masks, or a CPU has gone.
				cb_cpu = other_callback_cpu(this.#pinst, this.#bursts);
			else
				throw new CommandError(`padata_do_parallel: ${errno_name(err)}`);
		}
	}

	/** Sleep until the first `bursts` bursts of the run have been written. */
	#wait_for(bursts: number): void {
		for (;;) {
			const next = atomic_load(this.run + r.next);
			if (next >= bursts)
				return;
			store(this.run + r.waiting, bursts);
			// A callback CPU stores `next`, then looks at `waiting`. If it has stored before we
			// load here, we see that. If it has looked before our store of `waiting` became
			// visible to it, it does not wake us: the time-out of 5 ms covers that.
			if (atomic_load(this.run + r.next) === next)
				sleep_on(this.run + r.next, next, 5);
		}
	}

	/** After the last packet: wait until all have been written, and free everything. */
	finish(): void {
		try {
			this.submit();
		} finally {
			padata_stop(this.#pinst);
			this.#wait_for(this.#bursts);
			padata_free(this.#pinst);
			destroy_workqueue(this.#wq);
			flush(this.run);
			for (const { at, out } of this.#slots) {
				kfree(at);
				kfree(out);
			}
		}
	}
}
