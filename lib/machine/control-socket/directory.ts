// SPDX-License-Identifier: GPL-2.0-only
//
// Where running processes have the sockets by which their sysfs is reached: PID.sock in
// $XDG_RUNTIME_DIR/padata, and without that variable in padata-UID below the directory for
// temporary files. Nobody but the user may be able to put anything there.
import { lstatSync, mkdirSync, readdirSync, Stats, statSync, unlinkSync } from 'node:fs';

/** The directory cannot be used, or a path in it. */
export class SocketError extends Error {
	override readonly name = 'SocketError';
}

/** Longest path of a socket in bytes (sockaddr_un, with its NUL). */
const SUN_PATH_MAX = 107;

const os = (): typeof import('node:os') => process.getBuiltinModule('node:os');

/**
 * The directory for the sockets of this user's processes, which need not be there.
 * @throws SocketError
 */
export function socket_directory(env: NodeJS.ProcessEnv = process.env): string {
	const runtime = env['XDG_RUNTIME_DIR'];
	if (runtime === undefined || runtime === '') {
		const temporary = os().tmpdir();
		// Anybody may write there, which is why the sticky bit has to keep them from moving the
		// directory away.
		check_parent(temporary, 'the directory for temporary files');
		return `${temporary}/padata-${process.geteuid!()}`;
	}
	if (!runtime.startsWith('/'))
		throw new SocketError(`XDG_RUNTIME_DIR: "${runtime}" is not an absolute path`);
	check_parent(runtime, 'XDG_RUNTIME_DIR');
	return `${runtime.replace(/\/+$/, '')}/padata`;
}

/** @throws SocketError if the system refuses the look: a directory may be closed to this user */
function look<T>(path: string, what: string, look_at: () => T): T {
	try {
		return look_at();
	} catch (error) {
		throw new SocketError(
			`${what}: ${path} cannot be looked at: ${(error as Error).message}`,
			{ cause: error },
		);
	}
}

function check_parent(path: string, what: string): void {
	const found = look(path, what, () => statSync(path, { throwIfNoEntry: false }));
	if (!found?.isDirectory())
		throw new SocketError(`${what}: ${path} is not a directory`);
	const others_write = (found.mode & 0o022) !== 0 && (found.mode & 0o1000) === 0;
	if (found.uid !== process.geteuid!() && found.uid !== 0 || others_write)
		throw new SocketError(
			`${what}: ${path} is ${others_write ? 'writable by others' : "another user's"}`,
		);
}

/**
 * @returns is the directory there?
 * @throws SocketError: it is not a directory of this user's own that others cannot enter
 */
function check_directory(path: string): boolean {
	const found = look(path, 'the directory for sockets',
		() => lstatSync(path, { throwIfNoEntry: false }));
	if (found === undefined)
		return false;
	if (!found.isDirectory() || found.uid !== process.geteuid!() || (found.mode & 0o077) !== 0)
		throw new SocketError(
			`${path} is ${
				!found.isDirectory() ? 'not a directory' : found.uid !== process.geteuid!()
					? "another user's"
					: `open to others (mode 0${(found.mode & 0o777).toString(8)}, not 0700)`
			}`,
		);
	return true;
}

/** The directory, made if it is not there. @throws SocketError */
export function make_socket_directory(env?: NodeJS.ProcessEnv): string {
	const path = socket_directory(env);
	if (!check_directory(path)) {
		try {
			mkdirSync(path, { mode: 0o700 });
		} catch (error) {
			// Another process may be about to do the same.
			if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
				throw new SocketError(`${path} cannot be made: ${(error as Error).message}`, {
					cause: error,
				});
		}
		check_directory(path);
	}
	return path;
}

/** The socket of a process. @throws SocketError: its path is too long for one */
export function socket_path(directory: string, pid: number, suffix = ''): string {
	const path = `${directory}/${pid}.sock${suffix}`;
	if (Buffer.byteLength(path) > SUN_PATH_MAX)
		throw new SocketError(
			`${path} is too long for the path of a socket (${SUN_PATH_MAX} bytes)`,
		);
	return path;
}

function names_in(directory: string): string[] {
	return look(directory, 'the directory for sockets', () => readdirSync(directory));
}

/**
 * Remove the sockets that processes were about to offer when they were killed. A process that is
 * alive has its socket under this name for a moment only.
 */
export function remove_unfinished_sockets(directory: string): void {
	if (!check_directory(directory))
		return;
	for (const name of names_in(directory)) {
		const pid = /^(\d+)\.sock\.new$/.exec(name)?.[1];
		const found = pid === undefined ? undefined : stat_socket(`${directory}/${name}`);
		if (found?.isSocket() === true && !is_alive(Number(pid)))
			remove_socket(`${directory}/${name}`, found.ino);
	}
}

function is_alive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code !== 'ESRCH';
	}
}

/** The processes whose sockets are there, ascending; they may have ended. @throws SocketError */
export function socket_pids(directory: string): number[] {
	if (!check_directory(directory))
		return [];
	const named = names_in(directory).map((name) => /^(\d+)\.sock$/.exec(name)?.[1]);
	const pids = named.filter((pid) => pid !== undefined).map(Number).sort((a, b) => a - b);
	// What is no socket is none of ours, whatever it is called.
	return pids.filter((pid) => stat_socket(socket_path(directory, pid))?.isSocket() === true);
}

/** @returns what is at a path, not followed; undefined if nothing is */
export function stat_socket(path: string): Stats | undefined {
	return lstatSync(path, { throwIfNoEntry: false });
}

/** Remove a socket, unless another one is there by now. @param ino the inode that it had */
export function remove_socket(path: string, ino: number): void {
	try {
		if (stat_socket(path)?.ino === ino)
			unlinkSync(path);
	} catch {
		// Somebody else has removed it, or the directory.
	}
}
