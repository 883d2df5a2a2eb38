// SPDX-License-Identifier: GPL-2.0-only
//
// The socket of this process and who is connected to it. A connection gets its answers in the order
// of its requests, and the next one is read when the last has been answered; connections do not
// wait for each other. What a client does wrong ends its connection.
import type { Server, Socket } from 'node:net';
import { chmodSync, renameSync, unlinkSync } from 'node:fs';
import { connect_socket } from './client.js';
import { make_socket_directory, SocketError, remove_socket, remove_unfinished_sockets, socket_path,
	socket_pids, stat_socket } from './directory.js';
import { LineReader, parse_request, ControlFailure, ControlRequest, REQUEST_MAX,
	RequestError } from './protocol.js';

const EINVAL = 22;
/** Clients at a time; whoever comes then is not let in. */
const CONNECTIONS_MAX = 64;
/** A client that is to send a request, or the rest of one, is given up after so long (ms). */
const IDLE_MS = 10_000;
/** A client that does not read what it has asked for is given up when so many bytes wait for it. */
const UNREAD_MAX = 1 << 20;

/** What the requests do. It does not reject. */
export type Perform = (request: Exclude<ControlRequest, { op: 'watch' }>) => Promise<object>;

/** What the first thread has to know to remove the socket. */
export interface SocketFile {
	readonly path: string;
	readonly ino: number;
}

class Connection {
	readonly #lines = new LineReader();
	/** The requests that are being answered, or were at last. */
	#running: Promise<void> | null = null;
	#busy = false;
	#ended = false;
	#closing = false;
	watching = false;

	constructor(readonly socket: Socket, private readonly perform: Perform) {
		socket.setEncoding('utf8').setTimeout(IDLE_MS, () => socket.destroy());
		socket.on('data', (text: string) => this.#take(text));
		socket.on('end', () => {
			this.#ended = true;
			if (!this.#busy)
				socket.end();
		});
		// It has gone, which is its own affair.
		socket.on('error', () => undefined);
	}

	#take(text: string): void {
		// A watch takes no requests any more; nor does a connection that is to end, and its time to
		// do so is not put off.
		if (this.watching || this.#closing)
			return;
		this.#lines.add(text);
		if (!this.#busy)
			this.#running = this.#run();
	}

	async #run(): Promise<void> {
		const { socket } = this;
		this.#busy = true;
		socket.pause().setTimeout(0);
		for (let line; !socket.destroyed && !this.#closing && !this.watching
			&& (line = this.#lines.next()) !== null;)
			await this.#answer(line);
		// Before resume(): pieces that wait are handed over right behind each other, with no turn
		// for a promise's reactions.
		this.#busy = false;
		if (socket.destroyed || this.#closing)
			return;
		if (this.#lines.pending > REQUEST_MAX)
			this.#refuse(`longer than ${REQUEST_MAX} bytes`);
		else if (this.#ended)
			socket.end();
		else
			socket.setTimeout(this.watching ? 0 : IDLE_MS);
		socket.resume();
	}

	async #answer(line: string): Promise<void> {
		if (line.length > REQUEST_MAX) {
			this.#refuse(`longer than ${REQUEST_MAX} bytes`);
			return;
		}
		let request: ControlRequest;
		try {
			request = parse_request(line);
		} catch (error) {
			if (!(error instanceof RequestError))
				throw error;
			this.#refuse(error.message);
			return;
		}
		if (request.op === 'watch') {
			this.watching = true;
			this.send({ event: 'watching' });
		} else
			this.send(await this.perform(request));
	}

	/** The client does not speak the protocol: there is nothing more to say to it. */
	#refuse(message: string): void {
		this.#closing = true;
		this.send(
			{ errno: EINVAL, error: 'EINVAL', at: 'request', message } satisfies ControlFailure,
		);
		this.socket.resume().end();
		this.socket.setTimeout(1000);
	}

	send(object: object): void {
		if (this.socket.destroyed)
			return;
		// Looked at before: a single answer may be longer.
		if (this.socket.writableLength > UNREAD_MAX)
			this.socket.destroy();
		else
			this.socket.write(`${JSON.stringify(object)}\n`);
	}

	/** End it when what runs has been answered. */
	async close(): Promise<void> {
		this.#closing = true;
		await this.#running;
		if (this.watching)
			this.send({ event: 'end' });
		// What was written is the system's already, unless the client does not read.
		setImmediate(() => this.socket.destroy());
	}
}

export class SocketServer {
	readonly #connections = new Set<Connection>();
	readonly #server: Server;

	private constructor(perform: Perform) {
		const { createServer } = process.getBuiltinModule('node:net');
		this.#server = createServer({ allowHalfOpen: true }, (socket) => {
			const connection = new Connection(socket, perform);
			this.#connections.add(connection);
			socket.once('close', () => this.#connections.delete(connection));
		});
		this.#server.maxConnections = CONNECTIONS_MAX;
	}

	/**
	 * Make the socket. Those of processes that have ended are removed.
	 * @param before is told of the inode just before others can find it
	 * @throws SocketError
	 */
	static async listen(perform: Perform,
		before?: (ino: number) => void): Promise<{ server: SocketServer; file: SocketFile }>
	{
		const directory = make_socket_directory();
		await remove_stale_sockets(directory);
		const path = socket_path(directory, process.pid);
		// Others find it when it is all there: a socket that nobody listens to yet is taken for one
		// that is left.
		const early = socket_path(directory, process.pid, '.new');
		if (stat_socket(path) !== undefined)
			throw new SocketError(
				`${path} is there already: another machine of this process has it, or a process of the same number`,
			);
		const server = new SocketServer(perform);
		try {
			unlink_if_there(early);
			await new Promise<void>((resolve, reject) => {
				server.#server.once('error', reject).listen(early, resolve);
			});
			server.#server.removeAllListeners('error');
			server.#server.on('error', () => undefined);
			chmodSync(early, 0o600);
			before?.(stat_socket(early)!.ino);
			renameSync(early, path);
			return { server, file: { path, ino: stat_socket(path)!.ino } };
		} catch (error) {
			server.#server.close();
			throw new SocketError(`${path}: ${(error as Error).message}`, { cause: error });
		}
	}

	/** Tell all that watch. */
	tell(event: object): void {
		for (const connection of this.#connections)
			if (connection.watching)
				connection.send(event);
	}

	/** Let nobody in any more; what runs is answered. */
	async close(): Promise<void> {
		this.#server.close();
		await Promise.all([...this.#connections].map((connection) => connection.close()));
	}
}

/**
 * Remove the sockets that nobody is behind.
 * @returns the processes that are behind the others, ascending
 */
export async function remove_stale_sockets(directory: string): Promise<number[]> {
	remove_unfinished_sockets(directory);
	const alive = await Promise.all(socket_pids(directory).map(async (pid) => {
		const path = socket_path(directory, pid);
		const ino = stat_socket(path)?.ino ?? 0;
		// One that has more clients than it can take is alive.
		const socket = await connect_socket(path).catch(() => undefined);
		if (socket === null)
			remove_socket(path, ino);
		socket?.destroy();
		return { pid, alive: socket !== null };
	}));
	return alive.filter((process) => process.alive).map(({ pid }) => pid);
}

function unlink_if_there(path: string): void {
	try {
		unlinkSync(path);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
			throw error;
	}
}
