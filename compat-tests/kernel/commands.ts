// SPDX-License-Identifier: GPL-2.0-only
//
// Programs of the system that the kit needs: found, run, and installed if that may be done.
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Something that the user can do about; the message is the whole story. */
export class KitError extends Error {
	override readonly name = 'KitError';
}

export function say(line: string): void {
	process.stderr.write(`kernel kit: ${line}\n`);
}

/** The path of a command, or null. */
export function which(command: string): string | null {
	for (const place of (process.env['PATH'] ?? '').split(delimiter)) {
		try {
			const path = join(place, command);
			accessSync(path, constants.X_OK);
			return path;
		} catch {
			// Not here.
		}
	}
	return null;
}

export interface RunOptions {
	readonly cwd?: string;
	readonly env?: NodeJS.ProcessEnv;
}

/**
 * Run a program to its end.
 * @returns what it has printed
 * @throws KitError with all it has printed if it fails
 */
export function run(file: string, args: readonly string[],
	{ cwd, env }: RunOptions = {}): Promise<string>
{
	return new Promise((resolve, reject) => {
		execFile(file, args, { cwd, env: { ...process.env, LC_ALL: 'C', ...env },
			maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
			if (error === null)
				resolve(stdout);
			else
				reject(
					new KitError(
						`${file} ${args.join(' ')} failed (${
							error.code === undefined ? error.message : String(error.code)
						})\n${stdout}${stderr}`.trimEnd(),
					),
				);
		});
	});
}

/**
 * What runs a program as root: nothing, sudo, or null if neither goes without asking for a
 * password.
 */
async function root(): Promise<readonly string[] | null> {
	if (process.getuid?.() === 0)
		return [];
	if (which('sudo') === null)
		return null;
	return run('sudo', ['-n', 'true']).then(() => ['sudo', '-n'], () => null);
}

let updated = false;

/**
 * Run apt-get as root. The lists of packages are fetched before, once.
 * @param why for the message if that may not be done
 */
async function apt_get(args: readonly string[], why: string): Promise<void> {
	const as = await root();
	if (as === null || which('apt-get') === null)
		throw new KitError(
			`${why}, which takes ${
				as === null ? 'root, or sudo without a password' : 'a Debian with apt-get'
			}`,
		);
	const [file, ...front] = [...as, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
	if (!updated)
		await run(file, [...front, 'update', '-qq']);
	updated = true;
	if (args.length > 0)
		await run(file, [...front, ...args]);
}

/** Fetch the lists of packages again: a kernel that they name may be gone. */
export const refresh_lists = (): Promise<void> =>
	apt_get([], 'the lists of packages have to be fetched');

/** Install the packages of the commands that are not there. @param commands command to package */
export async function need_commands(commands: Readonly<Record<string, string>>): Promise<void> {
	const packages = Object.keys(commands).filter((command) => which(command) === null).map((
		command,
	) => commands[command]);
	if (packages.length === 0)
		return;
	say(`install ${packages.join(' ')}`);
	await apt_get(['install', '-y', '-qq', '--no-install-recommends', ...packages],
		`${packages.join(', ')} must be installed`);
}

/**
 * What a program of the kit does: run to the exit code. What the user can do something about is
 * told in a line, with the code 2.
 */
export async function run_program(name: string, main: () => Promise<number>): Promise<void> {
	try {
		process.exitCode = await main();
	} catch (error) {
		if (!(error instanceof KitError))
			throw error;
		process.stderr.write(`${name}: ${error.message}\n`);
		process.exitCode = 2;
	}
}
