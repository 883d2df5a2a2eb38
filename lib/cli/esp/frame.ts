// SPDX-License-Identifier: GPL-2.0-only
//
// What a reader of captures gives, whichever the file's format.

/** Longest frame that a record may hold, in bytes; libpcap's own limit (MAXIMUM_SNAPLEN). */
export const FRAME_MAX = 256 * 1024;

/** A captured frame. The object and its bytes are reused by the next call of next(). */
export class Frame {
	#bytes: Uint8Array;
	#start = 0;
	#length: number;
	/** What they begin with: a LINKTYPE_ number of https://www.tcpdump.org/linktypes.html. */
	linktype = 0;
	/** Time of capture: whole seconds since 1970, and nanoseconds; 0 where the file has none. */
	ts_sec = 0;
	ts_nsec = 0;
	/** Length of the frame on the wire, in bytes. */
	orig_len = 0;
	/** The frame was longer than what was captured of it. */
	truncated = false;

	constructor(data: Uint8Array = new Uint8Array()) {
		this.#bytes = data;
		this.#length = data.length;
	}

	/** The bytes that were captured are `length` of these, from `start` on. */
	get bytes(): Uint8Array {
		return this.#bytes;
	}

	get start(): number {
		return this.#start;
	}

	/** At most FRAME_MAX. */
	get length(): number {
		return this.#length;
	}

	/** The bytes that were captured, as an array of their own, which costs an object. */
	get data(): Uint8Array {
		return this.#bytes.subarray(this.#start, this.#start + this.#length);
	}

	set_data(bytes: Uint8Array, start: number, length: number): void {
		this.#bytes = bytes;
		this.#start = start;
		this.#length = length;
	}
}

export interface CaptureReader {
	readonly format: 'pcap' | 'pcapng';
	/**
	 * The time stamps seen so far are finer than microseconds. Of a pcapng file this is known after
	 * its first frame, or look_ahead().
	 */
	readonly nanosecond: boolean;
	/** Bytes of the file used up so far, for a progress bar. */
	readonly bytes_read: number;
	/** Size of the file in bytes; null where it is not known beforehand (a pipe). */
	readonly size: number | null;
	/**
	 * Read the first frame, which the first call of next() gives.
	 * @throws CaptureError as next()
	 */
	look_ahead(): void;
	/**
	 * The next frame, or null at the end of the file.
	 * @throws CaptureError when the file is damaged, ends within a record, or cannot be read
	 */
	next(): Frame | null;
	/** Close the file; a second time does nothing. */
	close(): void;
}
