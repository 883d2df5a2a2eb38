// SPDX-License-Identifier: GPL-2.0-only
//
// Service threads: tasks that run a sleeping kernel function for a thread whose event loop must not stop. They start when
// the first such call is made; a call gets an idle one, or a new one up to a limit. They load modules too, since
// notifiers run in the thread that makes the call.
import { parentPort, type Worker } from 'node:worker_threads';
import { function_at, function_name } from './function.js';
import { load_pending_modules } from './module.js';
import { load_native } from './native.js';
import { start_thread } from './processor.js';
import { attach_thread, detach_thread, MachineHandle } from './thread.js';

const SERVICE_THREADS_MAX = 8;

/** What goes to a service thread and comes back. */
export type ServiceValue = number | string;

interface ServiceRequest { readonly id: number; readonly fn: number; readonly args: readonly ServiceValue[] }
interface ServiceReply { readonly id: number; readonly ret?: ServiceValue; readonly error?: Error }

/** What a service thread gets to begin with. */
export interface ServiceThreadData {
	readonly handle: MachineHandle;
}

interface Service {
	readonly worker: Worker;
	readonly ended: Promise<void>;
	pending: number;
}

interface Call { resolve(ret: ServiceValue): void; reject(error: Error): void; readonly service: Service }

let services: Service[] = [];
const calls = new Map<number, Call>();
let next_id = 0;

function start_service(handle: MachineHandle, kernel: string): Service {
	const worker = start_thread(kernel, 'kthread', { handle } satisfies ServiceThreadData);
	worker.unref();
	const ended = new Promise<void>((resolve) => { worker.once('exit', () => resolve()); });
	const service: Service = { worker, ended, pending: 0 };
	worker.on('message', (reply: ServiceReply) => {
		const call = calls.get(reply.id)!;
		calls.delete(reply.id);
		if (--service.pending === 0)
			worker.unref();
		if (reply.error !== undefined)
			call.reject(reply.error);
		else
			call.resolve(reply.ret!);
	});
	worker.on('error', (error) => {
		services = services.filter((s) => s !== service);
		for (const [id, call] of calls)
			if (call.service === service) {
				calls.delete(id);
				call.reject(error);
			}
	});
	return service;
}

/**
 * Run a kernel function on a service thread.
 * @param kernel URL of the module that is the kernel
 * @param fn its number
 * @returns what it returns; 0 if that is no number and no text
 */
export function service_call(handle: MachineHandle, kernel: string, fn: number, args: readonly ServiceValue[]): Promise<ServiceValue> {
	let service = services.find((s) => s.pending === 0);
	if (service === undefined && services.length < SERVICE_THREADS_MAX) {
		service = start_service(handle, kernel);
		services.push(service);
	}
	service ??= services.reduce((a, b) => b.pending < a.pending ? b : a);
	const chosen = service;
	const id = next_id++;
	chosen.pending++;
	chosen.worker.ref();
	return new Promise<ServiceValue>((resolve, reject) => {
		calls.set(id, { resolve, reject, service: chosen });
		const request: ServiceRequest = { id, fn, args };
		chosen.worker.postMessage(request);
	});
}

/** End the service threads once they have finished what was asked of them. */
export async function stop_services(): Promise<void> {
	const ending = services;
	services = [];
	for (const { worker } of ending)
		worker.postMessage('stop');
	await Promise.all(ending.map(({ ended }) => ended));
}

/** The life of a service thread. */
export function service_thread(data: ServiceThreadData): void {
	attach_thread(data.handle, -1);
	load_native().native?.setThreadName('kthread');
	const port = parentPort!;
	let last: Promise<void> = Promise.resolve();
	port.on('message', (request: ServiceRequest | 'stop') => {
		if (request === 'stop')
			void last.then(() => {
				detach_thread();
				port.close();
			});
		else
			last = last.then(async () => port.postMessage(await serve(request)));
	});
}

async function serve({ id, fn, args }: ServiceRequest): Promise<ServiceReply> {
	try {
		await load_pending_modules();
		const f = function_at(fn);
		if (f === undefined)
			throw new TypeError(`no function ${function_name(fn)}`);
		const ret = (f as (...args: readonly ServiceValue[]) => unknown)(...args);
		return { id, ret: typeof ret === 'number' || typeof ret === 'string' ? ret : 0 };
	} catch (error) {
		return { id, error: error as Error };
	}
}
