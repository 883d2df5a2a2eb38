// SPDX-License-Identifier: GPL-2.0-only
//
// Runs a command: its exit code becomes that of the process, and an error that is the user's to
// mend becomes one line.
import { exit_of_error, exit_of_output } from './exit-codes.js';

/** The exit code that a failed write to the standard output has caused, or null. */
let output_failed: number | null = null;

/** What a message begins with. */
let running = 'padata';

/**
 * From now on say in one line that the standard output cannot be written, and end the process with
 * the exit code for that. Without a listener Node.js would print a stack trace.
 */
export function watch_stdio(): void {
	process.stdout.on('error', (error: NodeJS.ErrnoException) => {
		if (output_failed !== null)
			return;
		output_failed = exit_of_output(error);
		process.exitCode = output_failed;
		process.stderr.write(`${running}: standard output: ${error.message}\n`);
	});
	// There is no other place where it could be said.
	process.stderr.on('error', (error: NodeJS.ErrnoException) => {
		process.exitCode ??= exit_of_output(error);
	});
}

/**
 * Run a command of `padata`, and set the exit code of the process.
 * @param name what a message begins with, `padata esp`
 * @param command resolves to the exit code
 */
export async function run_command(name: string,
	command: () => number | Promise<number>): Promise<void>
{
	running = name;
	let code: number;
	try {
		code = await command();
	} catch (error) {
		const known = exit_of_error(error);
		if (known === null)
			throw error;
		process.stderr.write(`${name}: ${(error as Error).message}\n`);
		code = known;
	}
	exit_with(code);
}

/** Let the process end with this code, unless its output has failed. */
export function exit_with(code: number): void {
	process.exitCode = output_failed ?? code;
}
