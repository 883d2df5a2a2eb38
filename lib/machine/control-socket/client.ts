// SPDX-License-Identifier: GPL-2.0-only
//
// The other end of a process's socket, see protocol.ts.
import type { Socket } from 'node:net';
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
				return JSON.parse(line) as object;
			if (this.#over)
				return null;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
		}
	}

	/** @returns the answer; null: the connection has ended before */
	async request(request: ControlRequest): Promise<object | null> {
		this.socket.write(`${JSON.stringify(request)}\n`);
		return this.next();
	}

	close(): void {
		this.socket.destroy();
	}
}
