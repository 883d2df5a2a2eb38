// SPDX-License-Identifier: GPL-2.0-only
//
// What a shell says of an error: libc's words, which are not those of Node.js.
import { getSystemErrorMap } from 'node:util';

const TEXTS: Readonly<Record<number, string>> = {
	1: 'Operation not permitted',
	2: 'No such file or directory',
	3: 'No such process',
	4: 'Interrupted system call',
	5: 'Input/output error',
	6: 'No such device or address',
	7: 'Argument list too long',
	9: 'Bad file descriptor',
	10: 'No child processes',
	11: 'Resource temporarily unavailable',
	12: 'Cannot allocate memory',
	13: 'Permission denied',
	14: 'Bad address',
	16: 'Device or resource busy',
	17: 'File exists',
	18: 'Invalid cross-device link',
	19: 'No such device',
	20: 'Not a directory',
	21: 'Is a directory',
	22: 'Invalid argument',
	23: 'Too many open files in system',
	24: 'Too many open files',
	25: 'Inappropriate ioctl for device',
	27: 'File too large',
	28: 'No space left on device',
	29: 'Illegal seek',
	30: 'Read-only file system',
	32: 'Broken pipe',
	33: 'Numerical argument out of domain',
	34: 'Numerical result out of range',
	35: 'Resource deadlock avoided',
	36: 'File name too long',
	38: 'Function not implemented',
	42: 'No message of desired type',
	61: 'No data available',
	62: 'Timer expired',
	71: 'Protocol error',
	74: 'Bad message',
	75: 'Value too large for defined data type',
	84: 'Invalid or incomplete multibyte or wide character',
	90: 'Message too long',
	95: 'Operation not supported',
	110: 'Connection timed out',
	114: 'Operation already in progress',
	115: 'Operation now in progress',
	125: 'Operation canceled',
};

/** @param errno positive */
export function errno_text(errno: number): string {
	const text = TEXTS[errno] ?? getSystemErrorMap().get(-errno)?.[1];
	return text === undefined ? `Unknown error ${errno}` : text[0].toUpperCase() + text.slice(1);
}
