// SPDX-License-Identifier: GPL-2.0-only
//
// The machine's files by path: below /sys those of kobjects (lib/linux/sysfs.ts), below /proc and
// /sys/kernel/debug those that C modules have made with <linux/proc_fs.h> and <linux/debugfs.h>.
// These are not the process's /proc and /sys.
import { sysfs_list, sysfs_read, sysfs_write } from '../linux/sysfs.js';
import { load_native, Native } from '../machine/native.js';

/** The addon, if it is C's file. */
function of_c(path: string): Native | null {
	return /^\/(?:proc|sys\/kernel\/debug)(?:\/|$)/.test(path) ? load_native().native : null;
}

/**
 * Read a file, from its beginning to its end. Sleeps if its show() does.
 * @returns its text, or a negative errno: -ENOENT, -EISDIR, -EACCES, -EIO, or what its show()
 *   returned
 */
export function read_file(path: string): string | number {
	const native = of_c(path);
	return native === null ? sysfs_read(path) : native.fileRead(path.slice(1));
}

/**
 * One write() to a file. Sleeps if its store() does.
 * @returns the number of bytes taken, or a negative errno
 */
export function write_file(path: string, text: string): number {
	const native = of_c(path);
	return native === null ? sysfs_write(path, text) : native.fileWrite(path.slice(1), text);
}

/** The names in a directory, or a negative errno. */
export function list_dir(path: string): string[] | number {
	const native = of_c(path);
	if (native === null)
		return sysfs_list(path);
	const text = native.fileList(path.slice(1));
	return typeof text === 'number'
		? text
		: text.split('\n').filter((name) => name !== '').map((name) => name.replace(/^\//, ''));
}
