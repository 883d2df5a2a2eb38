// SPDX-License-Identifier: GPL-2.0-only
//
// Programs that npm run test:package runs, and its report.
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter } from 'node:path';

/** A program that has not ended after so long (ms) is killed, and its test has failed. */
const LONGEST_MS = 180_000;

export interface Ended {
	readonly code: number | null;
	readonly signal: string | null;
	readonly out: string;
	readonly err: string;
}

export interface RunOptions {
	readonly cwd: string;
	/** Undefined: not set. */
	readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How to reach the registry is the machine's own affair. */
const KEPT = /^npm_config_(?:registry|cache|userconfig|cafile|(?:https?_?)?proxy|noproxy)$/i;
const DROPPED = new RegExp('^(?:npm_|PADATA_|INIT_CWD$|NODE$|XDG_CACHE_HOME$|'
	+ 'NODE_(?:OPTIONS|ENV|PATH|V8_COVERAGE|COMPILE_CACHE|DISABLE_COMPILE_CACHE)$)', 'i');

/**
 * The environment of a user who has just logged in, and has this Node.js: without what npm hands on
 * to its scripts, which would lead an npm in another folder back to this one.
 * @param bin the directory with its node; null: the one that runs this
 */
export function environment(bin: string | null): Record<string, string | undefined> {
	const entries = Object.entries(process.env)
		.filter(([name]) => KEPT.test(name) || !DROPPED.test(name));
	return {
		...Object.fromEntries(entries),
		PATH: [...bin === null ? [] : [bin], process.env['PATH'] ?? ''].join(delimiter),
		NO_COLOR: '1',
		npm_config_audit: 'false',
		npm_config_fund: 'false',
		npm_config_update_notifier: 'false',
	};
}

/** A program that runs. It leads a process group, as the job of a shell does. */
export class Job {
	out = '';
	err = '';
	readonly ended: Promise<Ended>;
	readonly #child: ChildProcess;
	readonly #timer: NodeJS.Timeout;
	#hung = false;
	#looks: (() => void)[] = [];

	constructor(readonly command: readonly string[], { cwd, env }: RunOptions) {
		this.#child = spawn(command[0], command.slice(1), { cwd, env: { ...env }, detached: true,
			stdio: ['ignore', 'pipe', 'pipe'] });
		this.#timer = setTimeout(() => {
			this.#hung = true;
			this.signal('SIGKILL');
		}, LONGEST_MS);
		this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
			this.out += text;
			this.#look();
		});
		this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
			this.err += text;
			this.#look();
		});
		this.ended = this.#end();
	}

	async #end(): Promise<Ended> {
		const [code, signal] = await once(this.#child, 'close') as [number | null, string | null];
		clearTimeout(this.#timer);
		this.#look();
		const { out, err } = this;
		return { code, signal: this.#hung ? `${String(signal)}: it did not end` : signal, out,
			err };
	}

	#look(): void {
		this.#looks.forEach((look) => look());
	}

	/** Wait until what it has printed matches. @throws if it ends before */
	async prints(pattern: RegExp): Promise<RegExpExecArray> {
		for (;;) {
			const found = pattern.exec(this.out) ?? pattern.exec(this.err);
			if (found !== null)
				return found;
			if (this.#child.exitCode !== null || this.#child.signalCode !== null)
				throw new Failure(`it ended before it printed ${String(pattern)}`,
					await this.ended);
			await new Promise<void>((resolve) => this.#looks.push(resolve));
			this.#looks = [];
		}
	}

	/** As a terminal does it: to the program and all that it has started. */
	signal(signal: NodeJS.Signals): void {
		try {
			process.kill(-this.#child.pid!, signal);
		} catch (error) {
			// It has ended.
			if ((error as NodeJS.ErrnoException).code !== 'ESRCH')
				throw error;
		}
	}
}

/** A test has failed; the message is for the report. */
export class Failure extends Error {
	constructor(message: string, ended?: Ended) {
		super(ended === undefined ? message : [
			message,
			`exit code ${String(ended.code)}, signal ${String(ended.signal)}`,
			...ended.out === '' ? [] : ['standard output:', ended.out],
			...ended.err === '' ? [] : ['standard error:', ended.err],
		].join('\n'));
	}
}

/** Run a program to its end. */
export function run(command: readonly string[], options: RunOptions): Promise<Ended> {
	return new Job(command, options).ended;
}

/** Run a program that must succeed. @returns what it has printed */
export async function succeed(command: readonly string[], options: RunOptions): Promise<string> {
	const ended = await run(command, options);
	if (ended.code !== 0)
		throw new Failure(`${command.join(' ')}: failed`, ended);
	return ended.out;
}

/** @throws Failure that shows both */
export function equal(what: string, found: unknown, expected: unknown): void {
	const [a, b] = [found, expected].map((value) => JSON.stringify(value, null, '\t'));
	if (a !== b)
		throw new Failure(`${what}: expected ${b}, found ${a}`);
}

/** A line for each test, and how many have passed and failed. */
export class Report {
	passed = 0;
	failed = 0;

	/** @param action may return a remark, or a promise of it @returns has it passed? */
	async test(name: string, action: () => unknown): Promise<boolean> {
		const begun = performance.now();
		const tell = (verdict: string, more = ''): void => {
			const seconds = ((performance.now() - begun) / 1000).toFixed(1);
			process.stdout.write(`  ${name.padEnd(76)} ${verdict} (${seconds} s)\n${more}`);
		};
		try {
			const remark = await action();
			tell(typeof remark === 'string' ? `ok, ${remark}` : 'ok');
			this.passed++;
			return true;
		} catch (error) {
			const text = error instanceof Failure ? error.message : String((error as Error).stack);
			tell('FAILED', text.replace(/^/gm, '      ').trimEnd() + '\n');
			this.failed++;
			return false;
		}
	}
}
