// SPDX-License-Identifier: GPL-2.0-only
//
// The bytes of a capture file, read in chunks: at most one chunk of the file is in memory, whatever
// its size.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { open_stdio } from './stdio.js';

/** Bytes read at a time, and the longest piece of a file that can be looked at in one go. */
export const CHUNK = 1 << 20;

/**
 * Something is wrong with a capture file; the message names the file, the place and what is wrong
 * there.
 */
export class CaptureError extends Error {
	/**
	 * @param file the file's name as the user gave it
	 * @param offset where in the file, in bytes from its beginning
	 * @param problem what is wrong, to follow the file's name in a sentence
	 */
	constructor(
		readonly file: string,
		readonly offset: number,
		readonly problem: string,
		options?: ErrorOptions,
	) {
		super(`${file}: ${problem} (at byte ${offset})`, options);
		this.name = 'CaptureError';
	}
}

const view_of = (bytes: Uint8Array): DataView =>
	new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/**
 * A forward-only window on a file. `bytes` from `pos` on holds what `ensure` has been asked for.
 */
export class CaptureSource {
	/**
	 * Not a Buffer: of parts of it users may well take a slice(), which for a Buffer would not be a
	 * copy.
	 */
	bytes: Uint8Array;
	view: DataView;
	/** The first byte in `bytes` that is not used up. */
	pos = 0;
	/** Size of the file in bytes; null where it is not known beforehand (a pipe). */
	readonly size: number | null;
	#end = 0;
	/** Offset in the file of bytes[0]. */
	#base = 0;
	#at_end = false;
	readonly #fd: number;
	#close: () => void;
	readonly #next_buffer: () => Uint8Array;

	/**
	 * @param name a path, or `-` for the standard input
	 * @param next_buffer called before bytes in memory are moved or overwritten: where to go on,
	 *   CHUNK bytes, the same as before or others. By default it is always the same buffer.
	 * @throws CaptureError when the file cannot be opened
	 */
	constructor(readonly name: string, next_buffer?: () => Uint8Array) {
		this.bytes = next_buffer?.() ?? new Uint8Array(CHUNK);
		this.view = view_of(this.bytes);
		this.#next_buffer = next_buffer ?? (() => this.bytes);
		try {
			if (name === '-') {
				const stdin = open_stdio(0);
				this.#fd = stdin.fd;
				this.#close = stdin.close;
			} else {
				const fd = openSync(name, 'r');
				this.#fd = fd;
				this.#close = () => closeSync(fd);
			}
			const stat = fstatSync(this.#fd);
			this.size = stat.isFile() ? stat.size : null;
		} catch (e) {
			throw this.#system_error('cannot open', e);
		}
	}

	/** Offset in the file of the byte at `pos`: all before it is used up. */
	get offset(): number {
		return this.#base + this.pos;
	}

	/** Bytes at `pos` that are in memory. */
	get available(): number {
		return this.#end - this.pos;
	}

	/**
	 * Have `n` bytes (at most CHUNK) in memory from `pos` on; this may move them within `bytes`,
	 * and `pos` with them.
	 * @returns false when the file ends before that; `available` then says how many are left
	 * @throws CaptureError when the file cannot be read
	 */
	ensure(n: number): boolean {
		if (this.#end - this.pos >= n)
			return true;
		if (this.#at_end)
			return false;
		if (this.pos > 0)
			this.#go_on_in_next_buffer();
		while (this.#end < n && !this.#at_end)
			this.#read();
		return this.#end >= n;
	}

	/**
	 * Use up `n` bytes, any number, in memory or not.
	 * @returns false when the file ends before that
	 * @throws CaptureError when the file cannot be read
	 */
	skip(n: number): boolean {
		while (n > 0) {
			if (!this.ensure(1))
				return false;
			const step = Math.min(n, this.available);
			this.pos += step;
			n -= step;
		}
		return true;
	}

	/** An error about the byte at `at`, by default the one at `pos`. */
	error(problem: string, at = this.offset): CaptureError {
		return new CaptureError(this.name, at, problem);
	}

	/** Close the file; a second time does nothing. */
	close(): void {
		this.#close();
		this.#close = () => {};
	}

	#go_on_in_next_buffer(): void {
		const next = this.#next_buffer();
		if (next === this.bytes)
			next.copyWithin(0, this.pos, this.#end);
		else {
			next.set(this.bytes.subarray(this.pos, this.#end));
			this.bytes = next;
			this.view = view_of(next);
		}
		this.#base += this.pos;
		this.#end -= this.pos;
		this.pos = 0;
	}

	#read(): void {
		let got: number;
		try {
			got = readSync(this.#fd, this.bytes, this.#end, CHUNK - this.#end, null);
		} catch (e) {
			throw this.#system_error('cannot read', e);
		}
		this.#end += got;
		this.#at_end = got === 0;
	}

	#system_error(what: string, e: unknown): CaptureError {
		const reason = (e as NodeJS.ErrnoException).code ?? String(e);
		return new CaptureError(this.name, this.#base + this.#end, `${what}: ${reason}`, {
			cause: e,
		});
	}
}
