// SPDX-License-Identifier: GPL-2.0-only
//
// What the steps of set-up share. Set-up runs before anything is installed: Node's own modules
// only.
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, readdirSync,
	writeFileSync } from 'node:fs';
import { constants as os_constants } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A failure that the user can do something about; its message is the whole story. */
export class SetupError extends Error {}

/** One line for the user. Standard output belongs to the program that is started afterwards. */
export function say(line) {
	process.stderr.write(`padata set-up: ${line}\n`);
}

/** A file's JSON, or undefined if it is missing or torn. */
export function read_json(path) {
	try {
		return JSON.parse(readFileSync(path, 'utf8'));
	} catch {
		return undefined;
	}
}

/** All files under `path` (or the file itself) whose names end in one of `endings`, sorted. */
export function files_under(path, endings = ['']) {
	if (!existsSync(path))
		return [];
	const found = [];
	const visit = (dir) => {
		for (const entry of readdirSync(dir, { withFileTypes: true })) {
			if (entry.isDirectory())
				visit(join(dir, entry.name));
			else if (endings.some((ending) => entry.name.endsWith(ending)))
				found.push(join(dir, entry.name));
		}
	};
	visit(path);
	return found.sort();
}

/**
 * What a step's result depends on, as one string: names and contents of files, and whatever else is
 * given. Contents, not times, so that a change of branch and back costs nothing and an old file
 * that was unpacked later is noticed.
 */
export function fingerprint(files, ...others) {
	const hash = createHash('sha256');
	for (const file of files) {
		const text = readFileSync(file);
		hash.update(`${relative(root, file)}\0${text.length}\0`).update(text);
	}
	return hash.update(others.join('\0')).digest('hex');
}

/** True if `stamp` says that its step was last done for this fingerprint. */
export function stamped(stamp, print) {
	return existsSync(stamp) && readFileSync(stamp, 'utf8') === print;
}

export function write_stamp(stamp, print) {
	writeFileSync(stamp, print);
}

/** The first of these commands that can be run, as a path; undefined if none. */
export function which(...commands) {
	for (const command of commands) {
		const places = command.includes('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
		for (const place of places) {
			const path = join(place, command);
			try {
				accessSync(path, constants.X_OK);
				return path;
			} catch {
				// not here
			}
		}
	}
	return undefined;
}

/** Run a step's command. It stays silent unless it fails; then its output is shown in full. */
export async function run(what, command, args, env = {}) {
	say(what);
	const { spawn } = await import('node:child_process');
	const output = [];
	const child = spawn(command, args, {
		cwd: root,
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	child.stdout.on('data', (chunk) => output.push(chunk));
	child.stderr.on('data', (chunk) => output.push(chunk));
	const problem = await new Promise((resolve) => {
		child.on('error', (err) => resolve(err.message));
		child.on('close',
			(code, signal) => resolve(code === 0 ? null : signal ?? `exit code ${code}`));
	});
	if (problem !== null) {
		process.stderr.write(Buffer.concat(output));
		throw new SetupError(`${what} failed (${problem})`);
	}
}

/** Run a program of the project in the foreground, with these arguments, and end as it ends. */
export async function become(args) {
	const { spawn } = await import('node:child_process');
	const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
	// A terminal sends its signals to both; any other sender knows only this process.
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
		process.on(signal, () => child.kill(signal));
	process.exitCode = await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => {
			resolve(code ?? 128 + os_constants.signals[signal]);
		});
	});
}
