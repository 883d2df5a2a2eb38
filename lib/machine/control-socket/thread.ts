// SPDX-License-Identifier: GPL-2.0-only
//
// The thread that serves a machine's socket: a guest thread with an event loop of its own, so that
// it answers also while the booting thread is busy or sleeps. Async threads of its own carry out
// what may sleep, so that one file does not wait for another.
import { parentPort, type Worker } from 'node:worker_threads';
import { load_native } from '../native.js';
import { start_thread } from '../processor.js';
import { async_call, AsyncValue, stop_async_threads } from '../async-thread.js';
import { attach_thread, detach_thread, MachineHandle } from '../thread.js';
import { SocketError, socket_directory, remove_socket, socket_path } from './directory.js';
import { Perform, SocketServer, SocketFile } from './server.js';

/** What the thread gets to begin with. */
export interface SocketThreadData {
	readonly handle: MachineHandle;
	/** URL of the module that is the kernel. */
	readonly kernel: string;
	/** The boot option. */
	readonly host_root: string;
	/**
	 * The thread that has booted the machine, whose affinity says what is allowed; undefined
	 * without the addon.
	 */
	readonly booter: number | undefined;
	/**
	 * Where it writes the inode of its socket, which the process may have to remove before it has
	 * got a message of it.
	 */
	readonly ino: Float64Array;
}

type FromThread = { readonly file: SocketFile } | { readonly failed: string };

/** The thread as the booting one sees it. */
export class SocketThread {
	readonly #worker: Worker;
	readonly #ended: Promise<void>;
	#file: SocketFile | null = null;
	readonly #ino = new Float64Array(new SharedArrayBuffer(8));
	/** Resolves to the socket's path when others can find it. Rejects with a SocketError. */
	readonly listening: Promise<string>;

	constructor(handle: MachineHandle, kernel: string, host_root: string,
		booter: number | undefined)
	{
		this.#worker = start_thread(kernel, 'sysfs',
			{ handle, kernel, host_root, booter, ino: this.#ino } satisfies SocketThreadData);
		this.#ended = new Promise((resolve) => {
			this.#worker.once('exit', () => resolve());
		});
		this.listening = new Promise((resolve, reject) => {
			this.#worker.once('message', (message: FromThread) => {
				if ('failed' in message) {
					reject(new SocketError(message.failed));
					return;
				}
				this.#file = message.file;
				// A machine does not hold the process, and its socket does not.
				this.#worker.unref();
				resolve(message.file.path);
			});
			this.#worker.once('error', (error) => {
				reject(error);
				// The program can do without.
				process.emitWarning(
					`padata: sysfs cannot be reached from outside any more: ${error.message}`,
				);
				this.remove();
			});
		});
		// It may have failed before somebody waits for it.
		this.listening.catch(() => undefined);
	}

	/** Tell those who watch. @param event what a message carries, with its name in `event` */
	tell(event: object): void {
		this.#worker.postMessage(event);
	}

	/** Nobody finds the socket any more. For the end of the process. */
	remove(): void {
		const [ino] = this.#ino;
		this.#ino[0] = 0;
		if (ino === 0)
			return;
		try {
			remove_socket(this.#file?.path ?? socket_path(socket_directory(), process.pid), ino);
		} catch {
			// The directory is not what it was.
		}
	}

	/** Take the socket away, answer what has been asked, and end the thread. */
	async close(): Promise<void> {
		this.remove();
		this.#worker.postMessage('stop');
		await this.#ended;
	}
}

/** What the thread does, in the words of the kernel floor above. */
export interface ControlDuties {
	readonly perform: Perform;
	/** Let nothing be told any more. */
	stop(): void;
}

/** Run a function of the kernel that may sleep. */
export type AsyncCall = (fn: number, args: readonly AsyncValue[]) => Promise<AsyncValue>;

/** The life of such a thread. @param begin is called when it has joined the machine */
export async function control_socket_thread({ handle, kernel, ino }: SocketThreadData,
	begin: (call: AsyncCall, tell: (event: object) => void) => ControlDuties): Promise<void>
{
	attach_thread(handle, -1);
	load_native().native?.setThreadName('sysfs');
	const port = parentPort!;
	let server: SocketServer | null = null;
	const tell = (event: object): void => server?.tell(event);
	const duties = begin((fn, args) => async_call(handle, kernel, fn, args), tell);
	const stopped = new Promise<void>((resolve) => {
		port.on('message', (message: object | 'stop') => {
			if (message === 'stop')
				resolve();
			else
				tell(message);
		});
	});
	try {
		const listening = await SocketServer.listen(duties.perform, (of_socket) => {
			ino[0] = of_socket;
		});
		server = listening.server;
		port.postMessage({ file: listening.file } satisfies FromThread);
	} catch (error) {
		port.postMessage({ failed: (error as Error).message } satisfies FromThread);
	}
	await stopped;
	await server?.close();
	duties.stop();
	await stop_async_threads();
	detach_thread();
	port.close();
}
