// SPDX-License-Identifier: GPL-2.0-only
//
// A guest under QEMU, by software emulation in one thread: KVM is not to be had everywhere, and
// emulation in several threads has crashed the kernel itself. It ends with this process.
import { ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cpio, Entry } from './cpio.js';
import type { Kit } from './kit.js';

export interface GuestOptions {
	readonly cpus: number;
	/** MiB. */
	readonly memory: number;
	/** What init is to do; see guest/init.c. */
	readonly mode: 'driver' | 'program';
	/** With mode program: the file that Node.js runs. */
	readonly program?: string;
	/** Files of the guest, besides init. */
	readonly files: readonly Entry[];
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** To boot, or to answer a command. The longest takes a second. */
const ANSWER_MS = 60_000;

/** Lines of a console that a kernel in order does not print. */
const ODD =
	/WARNING:|BUG:|Oops|kernel BUG|divide error|general protection|soft lockup|hung task|blocked for more|rcu.*stall|Kernel panic/;

/** The telling line of a crash, as the kernel prints it, without its time stamp. */
export function crash_line(console: string): string | undefined {
	return console.split('\n').map((line) => line.replace(/^\[ *[\d.]+\] /, '').trim()).find((
		line,
	) => ODD.test(line));
}

export class Guest {
	readonly #folder: string;
	readonly #child: ChildProcess;
	readonly #ended: Promise<void>;
	readonly #lines: string[] = [];
	#over = false;
	#hung = false;
	#wake: () => void = () => undefined;

	constructor(kit: Kit, options: GuestOptions) {
		this.#folder = mkdtempSync(join(tmpdir(), 'padata-guest-'));
		const initrd = join(this.#folder, 'initrd');
		writeFileSync(initrd,
			cpio([{ path: 'init', data: readFileSync(kit.init), executable: true },
				...options.files]));
		const log =
			{ driver: ['-serial', `file:${join(this.#folder, 'console')}`],
				program: [] }[options.mode];
		this.#child = spawn(kit.qemu, ['-accel', 'tcg,thread=single', '-smp', String(options.cpus),
			'-m', String(options.memory), '-nodefaults', '-display', 'none', '-no-reboot', ...log,
			'-serial', 'stdio', '-kernel', kit.kernel, '-initrd', initrd, '-append',
			`console=ttyS0 loglevel=5 oops=panic panic=-1 random.trust_cpu=on mode=${options.mode}${
				options.program === undefined ? '' : ` program=${options.program}`
			}`], { stdio: ['pipe', 'pipe', 'pipe'] });
		process.on('exit', this.#kill);
		SIGNALS.forEach((signal) => process.on(signal, this.#interrupt));
		this.#child.stdin!.on('error', () => undefined);
		let stderr = '';
		this.#child.stderr!.on('data', (chunk: Buffer) => {
			stderr = (stderr + chunk.toString()).slice(-4096);
		});
		createInterface({ input: this.#child.stdout! }).on('line', (line) => {
			this.#lines.push(line.replace(/\r/g, ''));
			this.#wake();
		});
		this.#ended = new Promise((resolve) => {
			this.#child.on('error', (error) => {
				stderr += error.message;
			});
			this.#child.on('close', () => {
				process.off('exit', this.#kill);
				SIGNALS.forEach((signal) => process.off(signal, this.#interrupt));
				this.#over = true;
				this.#stderr = stderr;
				this.#wake();
				resolve();
			});
		});
	}

	#stderr = '';

	readonly #kill = (): void => {
		this.#child.kill('SIGKILL');
		rmSync(this.#folder, { recursive: true, force: true });
	};

	/** QEMU would go on without this process. */
	readonly #interrupt = (signal: NodeJS.Signals): void => {
		this.#kill();
		SIGNALS.forEach((each) => process.off(each, this.#interrupt));
		process.kill(process.pid, signal);
	};

	/** The next line of the port, or null at the end. */
	async line(): Promise<string | null> {
		while (this.#lines.length === 0) {
			if (this.#over)
				return null;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
		return this.#lines.shift()!;
	}

	/**
	 * Send init a request.
	 * @returns the lines of its answer; null if the guest is at its end, or has been ended as it
	 *   did not answer
	 */
	async ask(request: string | null): Promise<string[] | null> {
		if (request !== null)
			this.#child.stdin!.write(`${request}\n`);
		const answer: string[] = [];
		const timer = setTimeout(() => {
			this.#hung = true;
			this.#child.kill('SIGKILL');
		}, ANSWER_MS);
		try {
			for (let line; (line = await this.line()) !== '.';) {
				if (line === null)
					return null;
				answer.push(line);
			}
			return answer;
		} finally {
			clearTimeout(timer);
		}
	}

	/** Has it been ended because there was no answer? */
	get hung(): boolean {
		return this.#hung;
	}

	/** What the kernel has printed, and QEMU. */
	console(): string {
		let text = '';
		try {
			text = readFileSync(join(this.#folder, 'console'), 'latin1').replace(/\r/g, '');
		} catch {
			// It was not begun.
		}
		return `${text}${this.#stderr}`;
	}

	/** Let go of it, whatever it does. */
	async end(): Promise<void> {
		this.#kill();
		await this.#ended;
	}
}
