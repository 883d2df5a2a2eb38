// SPDX-License-Identifier: GPL-2.0-only
//
// The exit codes of all commands, and which of them an error is. docs/exit-codes.md is for users.
import { constants } from 'node:os';
import { ElfError } from '../c/elf.js';
import { SocketError } from '../machine/control-socket/directory.js';
import { CommandError, OptionError } from './options.js';

/** The exit codes that are no signal's. */
export const EXIT = {
	/** Everything was done. */
	done: 0,
	/** Something has failed, or does not hold. */
	failed: 1,
	/** The command line cannot be carried out, and nothing was begun. */
	usage: 2,
	/** A part was done: a scenario or a module has crashed the kernel. */
	crashed: 3,
	/** There was nothing to do. */
	nothing: 4,
} as const;

/** Printed below the help of each command. */
export const exit_codes_help = `
Exit code: 0 done, 1 failed, 2 wrong usage, 3 partly done or crashed as asked, 4 nothing to do,
128 + n ended by signal n (docs/exit-codes.md).`;

/** The exit code of a command that a signal has ended. */
export function exit_of_signal(signal: NodeJS.Signals): number {
	return 128 + constants.signals[signal];
}

/**
 * The exit code of a command that could not write.
 * @param error what the write has met; without a code of the system it is a reader that is gone
 */
export function exit_of_output(error: NodeJS.ErrnoException): number {
	return (error.code ?? 'EPIPE') === 'EPIPE' ? exit_of_signal('SIGPIPE') : EXIT.failed;
}

/** Does the error come from a call of the system? Its message says which, and for what file. */
function is_system_error(error: Error): error is NodeJS.ErrnoException {
	return 'code' in error && 'syscall' in error;
}

/**
 * The exit code for an error that is the user's to mend, whose message says it all.
 * @returns null for any other, which is a fault of the command and keeps its stack trace
 */
export function exit_of_error(error: unknown): number | null {
	if (!(error instanceof Error))
		return null;
	// boot() refuses an option by a RangeError that begins with this.
	if (error instanceof OptionError || error instanceof SocketError
		|| error instanceof RangeError && error.message.startsWith('boot: '))
		return EXIT.usage;
	if (error instanceof ElfError || error instanceof CommandError)
		return EXIT.failed;
	// boot() says by an Error that the machine cannot be had here.
	if (/^boot: |^padata: /.test(error.message))
		return EXIT.failed;
	return is_system_error(error) ? exit_of_output(error) : null;
}
