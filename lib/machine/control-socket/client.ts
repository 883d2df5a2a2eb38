// SPDX-License-Identifier: GPL-2.0-only
//
// The other end of a process's socket, see protocol.ts.
import type { Socket } from 'node:net';
import { SocketError } from './directory.js';
import { LineReader, ControlRequest } from './protocol.js';

const net = (): typeof import('node:net') => process.getBuiltinModule('node:net');

/**
 * Connect to a socket.
 * @returns null if nobody is behind it: it is left from a process that has ended, or is not there
 */
export function connect_socket(path: string): Promise<Socket | null> {
	return new Promise((resolve, reject) => {
		const socket = net().connect(path);
		socket.once('connect', () => {
			socket.removeAllListeners('error');
			resolve(socket);
		});
		socket.once('error', (error: NodeJS.ErrnoException) => {
			if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT')
				resolve(null);
			else
				reject(error);
		});
	});
}

function parse_answer(line: string): object {
	let answer: unknown;
	try {
		answer = JSON.parse(line);
	} catch {
		// Said below.
	}
	if (typeof answer !== 'object' || answer === null)
		throw new SocketError(
			`the other end of the socket is no machine of padata: it has sent ${
				JSON.stringify(line.slice(0, 80))
			}`,
		);
	return answer;
}

/** How often a client that waits looks after the process (ms). */
const SILENT_MS = 1000;

/** A connection: requests one after the other, and the events of a watch. */
export class SocketClient {
	readonly #lines = new LineReader();
	#wake: (() => void) | null = null;
	#over = false;

	constructor(readonly socket: Socket) {
		const wake = (): void => {
			this.#wake?.();
			this.#wake = null;
		};
		socket.setEncoding('utf8').on('data', (text: string) => {
			this.#lines.add(text);
			wake();
		});
		// A broken connection is one that has ended.
		socket.on('error', () => undefined).once('close', () => {
			this.#over = true;
			wake();
		});
	}

	/** The next object that the process sends; null: the connection has ended. */
	async next(): Promise<object | null> {
		for (;;) {
			const line = this.#lines.next();
			if (line !== null)
				return parse_answer(line);
			if (this.#over)
				return null;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
	}

	/**
	 * Send a request, and wait for the answer. A file's function may sleep for long, so there is no
	 * limit for that.
	 * @param silent called after each second without an answer; what it throws ends the wait
	 * @returns the answer; null: the connection has ended before
	 */
	async request(request: ControlRequest, silent?: () => void): Promise<object | null> {
		this.socket.write(`${JSON.stringify(request)}\n`);
		let timer: NodeJS.Timeout | undefined;
		const given_up = new Promise<never>((_resolve, reject) => {
			timer = setInterval(() => {
				try {
					silent?.();
				} catch (error) {
					// eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
					reject(error);
				}
			}, SILENT_MS);
		});
		try {
			return await Promise.race([this.next(), given_up]);
		} finally {
			clearInterval(timer);
		}
	}

	close(): void {
		this.socket.destroy();
	}
}
