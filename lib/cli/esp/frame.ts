// SPDX-License-Identifier: GPL-2.0-only
//
// What a reader of captures gives, whichever the file's format.

/** Longest frame that a record may hold, in bytes; libpcap's own limit (MAXIMUM_SNAPLEN). */
export const FRAME_MAX = 256 * 1024;

/** A captured frame. The object and the bytes of `data` are reused by the next call of next(). */
export interface Frame {
	/** The bytes that were captured, at most FRAME_MAX. */
	data: Uint8Array;
	/** What they begin with: a LINKTYPE_ number of https://www.tcpdump.org/linktypes.html. */
	linktype: number;
	/** Time of capture: whole seconds since 1970, and nanoseconds; 0 where the file has none. */
	tsSec: number;
	tsNsec: number;
	/** Length of the frame on the wire, in bytes. */
	origLen: number;
	/** The frame was longer than what was captured of it. */
	truncated: boolean;
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
