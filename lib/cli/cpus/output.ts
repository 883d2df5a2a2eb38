// SPDX-License-Identifier: GPL-2.0-only
//
// How `padata cpus --watch` shows what it is told: lines, objects a line, or a screen that is drawn
// anew.
import { clearScreenDown, cursorTo } from 'node:readline';
import { CpusState } from './source.js';
import { cpu_lines, mask_lines } from './text.js';

export interface WatchOutput {
	/** The first look, and each later one that has found something else. */
	state(state: CpusState): void;
	/**
	 * Something has happened.
	 * @param time seconds since the machine's boot
	 * @param object the same as an object
	 */
	happened(time: number, text: string, object: object): void;
	close(): void;
}

/** Where it is written; a terminal has the rest. */
export interface Screen {
	write(text: string): unknown;
	readonly isTTY?: boolean;
	readonly columns?: number;
	readonly rows?: number;
	on?(event: 'resize', listener: () => void): unknown;
	off?(event: 'resize', listener: () => void): unknown;
}

const stamped = (time: number, text: string): string => `[${time.toFixed(6).padStart(12)}] ${text}`;

/** The state once, then what happens. */
export class LineOutput implements WatchOutput {
	#begun = false;

	constructor(private readonly out: Screen) {}

	state(state: CpusState): void {
		if (!this.#begun)
			this.out.write(
				[...cpu_lines(state.cpus), ...mask_lines(state)].map((line) => `${line}\n`).join(
					'',
				),
			);
		this.#begun = true;
	}

	happened(time: number, text: string): void {
		this.out.write(`${stamped(time, text)}\n`);
	}

	close(): void {
		// Nothing is held back.
	}
}

export class JsonOutput implements WatchOutput {
	constructor(private readonly out: Screen) {}

	state(state: CpusState): void {
		this.#print({ event: 'state', ...state });
	}

	happened(_time: number, _text: string, object: object): void {
		this.#print(object);
	}

	#print(object: object): void {
		this.out.write(`${JSON.stringify(object)}\n`);
	}

	close(): void {
		// Nothing is held back.
	}
}

/** The state above, and below it as much of what has happened as there is room for. */
export class ScreenOutput implements WatchOutput {
	#state: string[] = [];
	#happened: string[] = [];
	readonly #draw = (): void => {
		const { rows = 24, columns = 80 } = this.out;
		const above = this.#state.slice(0, rows - 1);
		const room = Math.max(0, rows - above.length - 2);
		const below = room === 0 ? [] : ['', ...this.#happened.slice(-room)];
		cursorTo(this.out as NodeJS.WritableStream, 0, 0);
		clearScreenDown(this.out as NodeJS.WritableStream);
		this.out.write([...above, ...below].map((line) => `${line.slice(0, columns)}\n`).join(''));
	};

	constructor(private readonly out: Screen) {
		out.on?.('resize', this.#draw);
	}

	state(state: CpusState): void {
		this.#state = [...cpu_lines(state.cpus), ...mask_lines(state)];
		this.#draw();
	}

	happened(time: number, text: string): void {
		this.#happened = [...this.#happened.slice(-200), stamped(time, text)];
		this.#draw();
	}

	close(): void {
		this.out.off?.('resize', this.#draw);
	}
}
