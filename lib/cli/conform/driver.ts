// SPDX-License-Identifier: GPL-2.0-only
//
// A driver as a program (docs/driver-protocol.md): one process for one scenario. Whatever it does,
// it ends, and its whole process group with it: it may hang, ignore signals, print without end,
// leave children behind.
import { ChildProcess, spawn } from 'node:child_process';
import { Scenario, script } from './scenario.js';

/** A program with its arguments, or a command line for the shell. */
export type DriverCommand = string | readonly [string, ...string[]];

export interface Answer {
	readonly lines: readonly string[];
	/** Why it has to be taken as it is, or null: the program has ended by itself and in order. */
	readonly problem:
		| { readonly kind: 'timeout' | 'crash' | 'output'; readonly text: string }
		| null;
	/** The end of what it has written to standard error. */
	readonly stderr: string;
}

export interface DriverLimits {
	readonly timeout: number;
	readonly signal?: AbortSignal;
}

/** Nothing in the suite answers with more than a fiftieth of this. */
const OUTPUT_LIMIT = 4 << 20;
const STDERR_KEPT = 4096;
/** After a driver's end, for what is still in the pipes. */
const DRAIN_MS = 1000;
/**
 * What a driver exits with when the scenario has crashed the kernel; the trace ends with the
 * report.
 */
const EXIT_CRASHED = 3;

/**
 * Processes of a group of their own do not get the terminal's signals: they end with this process.
 */
const running = new Set<ChildProcess>();
const end_all = (): void => running.forEach(end_group);

function end_group(child: ChildProcess): void {
	try {
		process.kill(-child.pid!, 'SIGKILL');
	} catch {
		// It has ended already, with all its children.
	}
}

function start(command: DriverCommand): ChildProcess {
	const [file, ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
	if (running.size === 0)
		process.on('exit', end_all);
	const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
	running.add(child);
	return child;
}

/** Play a scenario. @param timeout milliseconds for all of it */
export function play_on(command: DriverCommand, scenario: Scenario,
	{ timeout, signal }: DriverLimits): Promise<Answer>
{
	if (signal?.aborted === true)
		return Promise.resolve({ lines: [], problem: { kind: 'crash', text: 'interrupted' },
			stderr: '' });
	return new Promise((resolve) => {
		const child = start(command);
		const chunks: Buffer[] = [];
		let [bytes, stderr] = [0, ''];
		let problem: Answer['problem'] = null;
		let drain: NodeJS.Timeout | undefined;
		const stop = (kind: 'timeout' | 'crash' | 'output', text: string): void => {
			problem ??= { kind, text };
			end_group(child);
			// A process that has left the group may keep the pipes.
			child.stdout!.destroy();
			child.stderr!.destroy();
		};
		const timer = setTimeout(() => stop('timeout', `no end after ${timeout / 1000} s`),
			timeout);
		const abort = (): void => stop('crash', 'interrupted');
		signal?.addEventListener('abort', abort, { once: true });
		child.stdout!.on('data', (chunk: Buffer) => {
			chunks.push(chunk);
			bytes += chunk.length;
			if (bytes > OUTPUT_LIMIT)
				stop('output', `more than ${OUTPUT_LIMIT >> 20} MiB of output`);
		});
		child.stderr!.on('data', (chunk: Buffer) => {
			stderr = (stderr + chunk.toString()).slice(-STDERR_KEPT);
		});
		// It need not read everything: what it answers is what counts.
		child.stdin!.on('error', () => undefined);
		child.stdin!.end(script(scenario));
		const done = (): void => {
			clearTimeout(timer);
			clearTimeout(drain);
			signal?.removeEventListener('abort', abort);
			running.delete(child);
			if (running.size === 0)
				process.off('exit', end_all);
			resolve({ lines: lines_of(Buffer.concat(chunks)), problem, stderr });
		};
		child.on('error', (error) => {
			problem = { kind: 'crash', text: `cannot be started: ${error.message}` };
			done();
		});
		child.on('close', (code, by) => {
			const crashed = /^(?:KERNEL: |@@)/m.test(Buffer.concat(chunks).toString('latin1'));
			if (by !== null)
				problem ??= { kind: 'crash', text: `ended by ${by}` };
			else if (code !== 0 && !(code === EXIT_CRASHED && crashed))
				problem ??= { kind: 'crash', text: `exit code ${code}` };
			done();
		});
		// A child of it may keep the pipes open, even from another group. What comes after its end
		// is not its answer.
		child.on('exit', () => {
			end_group(child);
			wait_for_end(bytes);
		});
		/**
		 * @param seen bytes of output so far. The timer may be late, and what has come meanwhile is
		 *   read after it: only then look.
		 */
		const wait_for_end = (seen: number): void => {
			drain = setTimeout(() =>
				setImmediate(() => {
					if (bytes !== seen) {
						wait_for_end(bytes);
						return;
					}
					child.stdout!.destroy();
					child.stderr!.destroy();
				}), DRAIN_MS);
		};
	});
}

function lines_of(output: Buffer): string[] {
	const lines = output.toString('utf8').split('\n');
	if (lines.at(-1) === '')
		lines.pop();
	return lines.map((line) => line.replace(/\r$/, ''));
}
