// SPDX-License-Identifier: GPL-2.0-only
//
// `padata sysfs`: read, write and list the sysfs of a running process, as cat, echo and ls do a
// kernel's.
import { buffer } from 'node:stream/consumers';
import { ControlFailure } from '../../machine/control-socket/protocol.js';
import { EXIT, exit_of_error } from '../exit-codes.js';
import { OptionError } from '../options.js';
import { errno_text } from './errno-text.js';
import { OtherProcess } from './process.js';

/** One write() to a file of sysfs takes at most so many bytes. */
const PAGE_SIZE = 4096;

export interface SysfsOptions {
	readonly pid?: string;
}
export interface WriteOptions extends SysfsOptions {
	readonly newline: boolean;
}
export interface ListOptions extends SysfsOptions {
	readonly classify?: boolean;
}

/** Where a command writes. */
export interface SysfsContext {
	readonly out: (text: string) => void;
	readonly err: (text: string) => void;
}

const CONTEXT: SysfsContext = { out: (text) => process.stdout.write(text),
	err: (text) => process.stderr.write(text) };

/** The file has refused it. */
class FileError extends Error {}

/**
 * A path of the process's: what does not begin with / is below /sys. "." and ".." are resolved, as
 * there are no symbolic links.
 */
export function sysfs_path(text: string): string {
	if (text === '')
		throw new OptionError('PATH', 'is empty');
	const absolute = text.startsWith('/') ? text : `/sys/${text}`;
	const names: string[] = [];
	for (const name of absolute.split('/'))
		if (name === '..')
			names.pop();
		else if (name !== '' && name !== '.')
			names.push(name);
	// That of a directory may end with a slash; a file's may not.
	return `/${names.join('/')}${names.length > 0 && /\/\.{0,2}$/.test(absolute) ? '/' : ''}`;
}

/** @returns the exit code */
async function with_process(name: string, pid: string | undefined, { err }: SysfsContext,
	action: (process: OtherProcess) => Promise<void>): Promise<number>
{
	try {
		await action(await OtherProcess.find(pid));
		return EXIT.done;
	} catch (error) {
		// It is not known which process is meant, or that cannot be reached: usage.
		const code = error instanceof FileError ? EXIT.failed : exit_of_error(error);
		if (code === null)
			throw error;
		err(`padata sysfs ${name}: ${(error as Error).message}\n`);
		return code;
	}
}

function failed(answer: object): answer is ControlFailure {
	return 'errno' in answer;
}

export function sysfs_read_command(path: string, { pid }: SysfsOptions,
	context = CONTEXT): Promise<number>
{
	return with_process('read', pid, context, async (other) => {
		const answer = await other.request<{ text: string }>({ op: 'read',
			path: sysfs_path(path) });
		if (failed(answer))
			throw new FileError(`${path}: ${errno_text(answer.errno)}`);
		context.out(answer.text);
	});
}

/** @param value undefined: what comes from the standard input, as it is */
export function sysfs_write_command(path: string, value: string | undefined,
	{ pid, newline }: WriteOptions, context = CONTEXT): Promise<number>
{
	return with_process('write', pid, context, async (other) => {
		const bytes = value === undefined
			? await buffer(process.stdin)
			: Buffer.from(newline ? `${value}\n` : value);
		// As with >, a file that cannot be opened is an error also if nothing is written.
		for (let rest = bytes;;) {
			const answer = await other.request<{ count: number }>({ op: 'write',
				path: sysfs_path(path), value: text_of(rest.subarray(0, page_of(rest))) });
			if (failed(answer))
				throw new FileError(
					answer.at === 'open'
						? `${path}: ${errno_text(answer.errno)}`
						: `write error: ${errno_text(answer.errno)}`,
				);
			rest = rest.subarray(answer.count);
			if (rest.length === 0)
				return;
			if (answer.count === 0)
				throw new FileError('write error: the file takes nothing');
		}
	});
}

/** How much of it goes into one write(); a character is not cut in two. */
function page_of(bytes: Buffer): number {
	let end = Math.min(bytes.length, PAGE_SIZE);
	while (end > PAGE_SIZE - 4 && end < bytes.length && (bytes[end] & 0xc0) === 0x80)
		end--;
	return end;
}

function text_of(bytes: Buffer): string {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		throw new OptionError('VALUE', 'is not UTF-8 text');
	}
}

export function sysfs_list_command(path: string, { pid, classify }: ListOptions,
	context = CONTEXT): Promise<number>
{
	return with_process('list', pid, context, async (other) => {
		const answer = await other.request<{ names: string[]; directories: string[] }>({ op: 'list',
			path: sysfs_path(path) });
		if (failed(answer))
			throw new FileError(`${path}: ${errno_text(answer.errno)}`);
		const directories = new Set(classify === true ? answer.directories : []);
		context.out(
			answer.names.map((name) => `${name}${directories.has(name) ? '/' : ''}\n`).join(''),
		);
	});
}
