// SPDX-License-Identifier: GPL-2.0-only
//
// Runs a command: its exit code becomes that of the process, and an error that is the user's to
// mend becomes one line.
import { exit_of_error, exit_of_output } from './exit-codes.js';

/** The exit code that a failed write to the standard output has caused, or null. */
let output_failed: number | null = null;

/**
 * Say in one line that the standard output cannot be written, and end the process with the exit
 * code for that. Without a listener Node.js would print a stack trace.
 */
function watch_outputs(name: string): void {
	process.stdout.on('error', (error: NodeJS.ErrnoException) => {
		if (output_failed !== null)
			return;
		output_failed = exit_of_output(error);
		process.exitCode = output_failed;
		process.stderr.write(`${name}: standard output: ${error.message}\n`);
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
	watch_outputs(name);
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
	process.exitCode = output_failed ?? code;
}
