// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/string.h>, as far as JS needs C strings: UTF-8 text in shared memory that a NUL
// ends.
import { bytes_at, load_u8, store_u8 } from '../machine/memory.js';
import { GFP_KERNEL, gfp_t, kmalloc } from './slab.js';

/** The bytes of a text from JS. */
export function text_bytes(text: string | Uint8Array): Uint8Array {
	return typeof text === 'string' ? Buffer.from(text) : text;
}

/** Write a C string. There must be room for its bytes and the NUL. @returns its length */
export function write_cstring(addr: number, text: string | Uint8Array): number {
	const bytes = text_bytes(text);
	bytes_at(addr, bytes.length).set(bytes);
	store_u8(addr + bytes.length, 0);
	return bytes.length;
}

export function strlen(addr: number): number {
	let at = addr;
	while (load_u8(at) !== 0)
		at++;
	return at - addr;
}

/** `length` bytes of text; a NUL does not end it. */
export function read_text(addr: number, length: number): string {
	return Buffer.from(bytes_at(addr, length)).toString();
}

/** The text of a C string; that of NULL is empty. */
export function read_cstring(addr: number): string {
	return addr === 0 ? '' : read_text(addr, strlen(addr));
}

/** A text as a new C string, to be freed with kfree(). @returns its address, or NULL */
export function kstrdup(text: string, flags: gfp_t = GFP_KERNEL): number {
	const bytes = text_bytes(text);
	const addr = kmalloc(bytes.length + 1, flags);
	if (addr !== 0)
		write_cstring(addr, bytes);
	return addr;
}
