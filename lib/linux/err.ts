// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/err.h>. An error in place of a pointer is the negative errno itself; no address is
// negative.

export const MAX_ERRNO = 4095;

export function ERR_PTR(error: number): number {
	return error;
}

export function PTR_ERR(ptr: number): number {
	return ptr;
}

export function IS_ERR(ptr: number): boolean {
	return ptr < 0 && ptr >= -MAX_ERRNO;
}
