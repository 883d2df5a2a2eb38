// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/errno.h>, the numbers that the port returns, and their names.

export const EPERM = 1;
export const ENOENT = 2;
export const EIO = 5;
export const EAGAIN = 11;
export const ENOMEM = 12;
export const EACCES = 13;
export const EFAULT = 14;
export const EBUSY = 16;
export const EEXIST = 17;
export const ENODEV = 19;
export const ENOTDIR = 20;
export const EISDIR = 21;
export const EINVAL = 22;
export const ENOSPC = 28;
export const ERANGE = 34;
export const EDEADLK = 35;
export const ENODATA = 61;
export const EOVERFLOW = 75;
export const EALREADY = 114;
export const EINPROGRESS = 115;

const names: Readonly<Record<number, string>> = {
	1: 'EPERM',
	2: 'ENOENT',
	5: 'EIO',
	11: 'EAGAIN',
	12: 'ENOMEM',
	13: 'EACCES',
	14: 'EFAULT',
	16: 'EBUSY',
	17: 'EEXIST',
	19: 'ENODEV',
	20: 'ENOTDIR',
	21: 'EISDIR',
	22: 'EINVAL',
	28: 'ENOSPC',
	34: 'ERANGE',
	35: 'EDEADLK',
	61: 'ENODATA',
	75: 'EOVERFLOW',
	110: 'ETIMEDOUT',
	114: 'EALREADY',
	115: 'EINPROGRESS',
};

/** "-EINVAL" for -22; the number itself if it is no error that the port returns. */
export function errno_name(err: number): string {
	const name = names[-err];
	return name === undefined ? String(err) : `-${name}`;
}
