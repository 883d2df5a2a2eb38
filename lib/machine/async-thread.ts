// SPDX-License-Identifier: GPL-2.0-only
//
// Async threads: guest threads that run a sleeping kernel function for a thread whose event loop
// must not stop. The first such call starts the first of them. A call gets an idle one, or a new
// one up to a limit. They load modules too, since notifiers run in the thread that makes the call.
import { parentPort, type Worker } from 'node:worker_threads';
import { function_at, function_name } from './function.js';
import { load_pending_modules } from './module-table.js';
import { load_native } from './native.js';
import { start_thread } from './processor.js';
import { attach_thread, detach_thread, MachineHandle } from './thread.js';

const ASYNC_THREADS_MAX = 8;

/** What goes to an async thread and comes back. */
export type AsyncValue = number | string;

interface AsyncRequest {
	readonly id: number;
	readonly fn: number;
	readonly args: readonly AsyncValue[];
}
interface AsyncReply {
	readonly id: number;
	readonly ret?: AsyncValue;
	readonly error?: Error;
}

/** What an async thread gets to begin with. */
export interface AsyncThreadData {
	readonly handle: MachineHandle;
}

interface AsyncThread {
	readonly worker: Worker;
	readonly ended: Promise<void>;
	pending: number;
}

interface Call {
	resolve(ret: AsyncValue): void;
	reject(error: Error): void;
	readonly thread: AsyncThread;
}

let threads: AsyncThread[] = [];
const calls = new Map<number, Call>();
let next_id = 0;

function start_async_thread(handle: MachineHandle, kernel: string): AsyncThread {
	const worker = start_thread(kernel, 'async', { handle } satisfies AsyncThreadData);
	worker.unref();
	const ended = new Promise<void>((resolve) => {
		worker.once('exit', () => resolve());
	});
	const thread: AsyncThread = { worker, ended, pending: 0 };
	worker.on('message', (reply: AsyncReply) => {
		const call = calls.get(reply.id)!;
		calls.delete(reply.id);
		if (--thread.pending === 0)
			worker.unref();
		if (reply.error !== undefined)
			call.reject(reply.error);
		else
			call.resolve(reply.ret!);
	});
	worker.on('error', (error) => {
		threads = threads.filter((t) => t !== thread);
		for (const [id, call] of calls)
			if (call.thread === thread) {
				calls.delete(id);
				call.reject(error);
			}
	});
	return thread;
}

/**
 * Run a kernel function on an async thread.
 * @param kernel URL of the module that is the kernel
 * @param fn its number
 * @param at_once do not let it wait for other calls, however many there are: these may wait for it
 * @returns what it returns; 0 if that is no number and no text
 */
export function async_call(handle: MachineHandle, kernel: string, fn: number,
	args: readonly AsyncValue[], at_once = false): Promise<AsyncValue>
{
	let thread = threads.find((t) => t.pending === 0);
	if (thread === undefined && (at_once || threads.length < ASYNC_THREADS_MAX)) {
		thread = start_async_thread(handle, kernel);
		threads.push(thread);
	}
	thread ??= threads.reduce((a, b) => b.pending < a.pending ? b : a);
	const chosen = thread;
	const id = next_id++;
	chosen.pending++;
	chosen.worker.ref();
	return new Promise<AsyncValue>((resolve, reject) => {
		calls.set(id, { resolve, reject, thread: chosen });
		const request: AsyncRequest = { id, fn, args };
		chosen.worker.postMessage(request);
	});
}

/** End the async threads once they have finished what was asked of them. */
export async function stop_async_threads(): Promise<void> {
	const ending = threads;
	threads = [];
	for (const { worker } of ending)
		worker.postMessage('stop');
	await Promise.all(ending.map(({ ended }) => ended));
}

/** The life of an async thread. */
export function async_thread(data: AsyncThreadData): void {
	attach_thread(data.handle, -1);
	load_native().native?.setThreadName('async');
	const port = parentPort!;
	let last: Promise<void> = Promise.resolve();
	port.on('message', (request: AsyncRequest | 'stop') => {
		if (request === 'stop')
			void last.then(() => {
				detach_thread();
				port.close();
			});
		else
			last = last.then(async () => port.postMessage(await serve(request)));
	});
}

async function serve({ id, fn, args }: AsyncRequest): Promise<AsyncReply> {
	try {
		await load_pending_modules();
		const f = function_at(fn);
		if (f === undefined)
			throw new TypeError(`no function ${function_name(fn)}`);
		const ret = (f as (...args: readonly AsyncValue[]) => unknown)(...args);
		return { id, ret: typeof ret === 'number' || typeof ret === 'string' ? ret : 0 };
	} catch (error) {
		return { id, error: error as Error };
	}
}
