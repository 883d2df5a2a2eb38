// SPDX-License-Identifier: GPL-2.0-only
//
// Writing a classic pcap file of IP packets, all of it or nothing.
import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync,
	writeSync } from 'node:fs';
import { open_stdio } from './stdio.js';

/** Bytes before a packet in the file. */
export const RECORD_HEADER = 16;

const FILE_HEADER = 24;
const LINKTYPE_RAW = 101;
const SNAP_LENGTH = 256 * 1024;
/** Bytes gathered before they are written. */
const BUFFER = 1 << 20;

/** The output cannot be written; the message names it and says why. */
export class PcapWriteError extends Error {
	constructor(readonly file: string, doing: string, cause: unknown) {
		super(`${file}: cannot ${doing}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
			{ cause });
		this.name = 'PcapWriteError';
	}
}

function write_u32(out: Uint8Array, at: number, value: number): void {
	out[at] = value;
	out[at + 1] = value >>> 8;
	out[at + 2] = value >>> 16;
	out[at + 3] = value >>> 24;
}

/**
 * Write the record header that goes before a packet, RECORD_HEADER bytes. Whoever has the packet in
 * memory with room before it makes the whole record there, and hands it to
 * PcapWriter.write_records().
 * @param ts_sec seconds since 1970; the format has 32 bits for it
 * @param length bytes of the packet
 * @param nanosecond the file's resolution, as its writer was told
 */
export function put_record_header(
	out: Uint8Array,
	at: number,
	ts_sec: number,
	ts_nsec: number,
	length: number,
	nanosecond: boolean,
): void {
	write_u32(out, at, ts_sec);
	write_u32(out, at + 4, nanosecond ? ts_nsec : Math.floor(ts_nsec / 1000));
	write_u32(out, at + 8, length);
	write_u32(out, at + 12, length);
}

/** Where the bytes go. */
interface Target {
	fd: number;
	close: () => void;
	/**
	 * The file that is written, and the place it takes in the end; null where it is written in
	 * place.
	 */
	rename: { from: string; to: string } | null;
}

function open_target(path: string): Target {
	if (path === '-')
		return { ...open_stdio(1), rename: null };
	const present = statSync(path, { throwIfNoEntry: false });
	if (present && !present.isFile()) {
		const fd = openSync(path, 'w');
		return { fd, close: () => closeSync(fd), rename: null };
	}
	// Of a symbolic link, the file that it leads to is replaced, not the link.
	const to = present ? realpathSync(path) : path;
	const from = `${to}.tmp-${process.pid}`;
	// What an earlier process of this number may have left behind.
	rmSync(from, { force: true });
	const fd = openSync(from, 'wx', present && present.mode & 0o777);
	return { fd, close: () => closeSync(fd), rename: { from, to } };
}

/**
 * The file is written beside its place as `NAME.tmp-PID` and takes the place with commit(); with
 * abort() nothing has changed. What is not a regular file (`-` for the standard output, a pipe,
 * /dev/null) is written directly.
 */
export class PcapWriter {
	readonly nanosecond: boolean;
	readonly #name: string;
	readonly #target: Target;
	readonly #buffer = Buffer.allocUnsafeSlow(BUFFER);
	#used = 0;
	#flushed = 0;
	#is_open = true;

	/**
	 * @param path the file, or `-` for the standard output
	 * @param nanosecond time stamps in nanoseconds; by default in microseconds, which more programs
	 *   read
	 * @throws PcapWriteError when it cannot be opened
	 */
	constructor(path: string, { nanosecond = false }: { nanosecond?: boolean } = {}) {
		this.#name = path;
		this.nanosecond = nanosecond;
		try {
			this.#target = open_target(path);
		} catch (e) {
			throw new PcapWriteError(path, 'open', e);
		}
		this.#file_header();
	}

	/** Bytes written so far, buffered ones included. */
	get bytes_written(): number {
		return this.#flushed + this.#used;
	}

	/**
	 * Append a packet, `length` bytes from data[offset] on.
	 * @throws PcapWriteError when the file cannot be written
	 */
	write(ts_sec: number, ts_nsec: number, data: Uint8Array, offset = 0,
		length = data.length - offset): void
	{
		this.#reserve(RECORD_HEADER);
		put_record_header(this.#buffer, this.#used, ts_sec, ts_nsec, length, this.nanosecond);
		this.#used += RECORD_HEADER;
		this.write_records(data.subarray(offset, offset + length));
	}

	/**
	 * Append bytes that are whole records already, or the rest of one.
	 * @throws PcapWriteError when the file cannot be written
	 */
	write_records(records: Uint8Array): void {
		this.#reserve(records.length);
		if (records.length > BUFFER) {
			this.#put(records, records.length);
			return;
		}
		this.#buffer.set(records, this.#used);
		this.#used += records.length;
	}

	/**
	 * Everything written so far is in the file: others may append records to it, until commit() or
	 * abort().
	 * @returns the open file
	 * @throws PcapWriteError when the file cannot be written
	 */
	hand_over(): number {
		this.#flush();
		return this.#target.fd;
	}

	/**
	 * Finish the file and put it in its place. When that fails nothing is left behind.
	 * @throws PcapWriteError when the last bytes cannot be written or the file not be renamed
	 */
	commit(): void {
		const { close, rename } = this.#target;
		try {
			this.#flush();
			this.#is_open = false;
			close();
			if (rename)
				renameSync(rename.from, rename.to);
		} catch (e) {
			this.#discard();
			throw e instanceof PcapWriteError ? e : new PcapWriteError(this.#name, 'finish', e);
		}
	}

	/**
	 * Give up: no file is left behind. After commit(), or a second time, it does nothing. Never
	 * throws.
	 */
	abort(): void {
		if (this.#is_open)
			this.#discard();
	}

	#discard(): void {
		const { close, rename } = this.#target;
		try {
			if (this.#is_open)
				close();
			if (rename)
				rmSync(rename.from, { force: true });
		} catch {
			// This runs because something else went wrong, and that is what the user is to hear of.
		}
		this.#is_open = false;
	}

	#file_header(): void {
		const header = this.#buffer;
		header.fill(0, 0, FILE_HEADER);
		header.writeUInt32LE(this.nanosecond ? 0xa1b23c4d : 0xa1b2c3d4, 0);
		header.writeUInt16LE(2, 4);
		header.writeUInt16LE(4, 6);
		header.writeUInt32LE(SNAP_LENGTH, 16);
		header.writeUInt32LE(LINKTYPE_RAW, 20);
		this.#used = FILE_HEADER;
	}

	/** Have room for `n` bytes in the buffer, or at least all of it. */
	#reserve(n: number): void {
		if (BUFFER - this.#used < n)
			this.#flush();
	}

	#flush(): void {
		this.#put(this.#buffer, this.#used);
		this.#used = 0;
	}

	#put(bytes: Uint8Array, length: number): void {
		try {
			for (let at = 0; at < length;)
				at += writeSync(this.#target.fd, bytes, at, length - at);
		} catch (e) {
			throw new PcapWriteError(this.#name, 'write', e);
		}
		this.#flushed += length;
	}
}
