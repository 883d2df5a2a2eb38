// SPDX-License-Identifier: GPL-2.0-only
//
// `padata cpus --watch`: look once, then again whenever something has happened, until a signal
// comes or the process that is looked at has ended.
import { LogRecord } from '../../index.js';
import { SocketError } from '../../machine/control-socket/directory.js';
import { exit_of_output, exit_of_signal } from '../exit-codes.js';
import { WatchOutput } from './output.js';
import { CpusSource, CpusState, SourceEvent } from './source.js';
import { differences, event_text } from './text.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Does a record of the log concern CPUs or masks, or a fault? */
function concerns({ kind, text }: LogRecord): boolean {
	return kind !== 'printk' && kind !== 'power_off' || /^(?:smpboot|padata): /.test(text);
}

/** That is told by machine.on('cpu'), too, and with more. */
const IS_NOW = /^smpboot: CPU \d+ is now/;

/** A record in one line: uevents consist of several. */
const one_line = ({ kind, text }: LogRecord): string =>
	kind === 'uevent' ? `uevent ${text.replaceAll('\n', ' ')}` : text.trim().split('\n')[0];

/** One watch, from its beginning to its end. */
class Watch {
	#state: CpusState | null = null;
	#time = 0;
	/** A look is under way, or wanted after that. */
	#looking: Promise<void> | null = null;
	#again = false;
	/** The exit code, when it is over. */
	#code: number | null = null;
	readonly over: Promise<void>;
	#end!: () => void;
	#fail!: (error: unknown) => void;

	constructor(private readonly source: CpusSource, private readonly output: WatchOutput) {
		this.over = new Promise((resolve, reject) => {
			this.#end = resolve;
			this.#fail = reject;
		});
	}

	readonly tell = (event: SourceEvent): void => {
		if (this.#code !== null)
			return;
		switch (event.event) {
			case 'log':
				this.#time = event.record.time;
				if (concerns(event.record)) {
					if (!IS_NOW.test(event.record.text))
						this.output.happened(event.record.time, one_line(event.record), event);
					this.look();
				}
				break;
			case 'cpu':
				this.#time = event.time;
				this.output.happened(event.time, event_text(event.happened), event);
				this.look();
				break;
			case 'change':
				this.#time = event.time;
				this.look();
				break;
			case 'end':
				this.end(0);
				break;
			case 'lost':
				this.#fail(new SocketError('the process has gone without a word'));
				break;
		}
	};

	/** Look again; if somebody looks at the moment, after that. */
	look(): void {
		if (this.#looking !== null) {
			this.#again = true;
			return;
		}
		this.#looking = this.#look().catch((error: unknown) => {
			// If the process has ended while it was asked, an event says so.
			setTimeout(() => this.#fail(error), error instanceof SocketError ? 1000 : 0).unref();
		}).finally(() => {
			this.#looking = null;
			if (this.#again && this.#code === null) {
				this.#again = false;
				this.look();
			}
		});
	}

	async #look(): Promise<void> {
		const state = await this.source.look();
		const before = this.#state;
		this.#state = state;
		if (before !== null) {
			const lines = differences(before, state);
			if (lines.length === 0)
				return;
			for (const text of lines)
				this.output.happened(this.#time, text, { event: 'change', time: this.#time, text });
		}
		this.output.state(state);
	}

	end(code: number): void {
		this.#code ??= code;
		this.#end();
	}

	/** @returns the exit code */
	async run(): Promise<number> {
		await this.source.watch(this.tell);
		this.look();
		await this.over;
		await this.#looking;
		return this.#code ?? 0;
	}
}

/**
 * Watch until the end.
 * @returns the exit code: 0 if the process that is looked at has ended; 128 + n after signal n,
 *   which is SIGPIPE if nobody reads it any more; 1 if it cannot be written for another reason
 */
export async function watch_cpus(source: CpusSource, output: WatchOutput): Promise<number> {
	const watch = new Watch(source, output);
	const signalled = (signal: NodeJS.Signals): void => watch.end(exit_of_signal(signal));
	const broken = (error: NodeJS.ErrnoException): void => watch.end(exit_of_output(error));
	// A machine of our own does not hold the process.
	const keep = setInterval(() => undefined, 0x7fffffff);
	for (const signal of SIGNALS)
		process.on(signal, signalled);
	process.stdout.on('error', broken);
	try {
		return await watch.run();
	} finally {
		clearInterval(keep);
		for (const signal of SIGNALS)
			process.off(signal, signalled);
		process.stdout.off('error', broken);
		output.close();
	}
}
