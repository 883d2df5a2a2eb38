// SPDX-License-Identifier: GPL-2.0-only
//
// Service threads: tasks that run a sleeping kernel function for a thread whose event loop must not stop. They start when
// the first such call is made; a call gets an idle one, or a new one up to a limit. They load modules too, since
// notifiers run in the thread that makes the call.
import { Worker } from 'node:worker_threads';
import { worker_options } from './processor.js';
import { MachineHandle } from './thread.js';

const SERVICE_THREADS_MAX = 8;

export interface ServiceRequest { readonly id: number; readonly fn: number; readonly args: readonly number[] }
export interface ServiceReply { readonly id: number; readonly ret?: number; readonly error?: Error }
export interface ServiceThreadData { readonly padata_service: true; readonly handle: MachineHandle; readonly kernel: string }

interface Service {
	readonly worker: Worker;
	readonly ended: Promise<void>;
	pending: number;
}

interface Call { resolve(ret: number): void; reject(error: Error): void; readonly service: Service }

let services: Service[] = [];
const calls = new Map<number, Call>();
let next_id = 0;

function start_service(handle: MachineHandle, kernel: string): Service {
	const data: ServiceThreadData = { padata_service: true, handle, kernel };
	const worker = new Worker(new URL('./service-thread.js', import.meta.url), { ...worker_options(), workerData: data, name: 'kthread' });
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
 * @param fn its number
 * @returns what it returns; 0 if that is no number
 */
export function service_call(handle: MachineHandle, kernel: string, fn: number, args: readonly number[]): Promise<number> {
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
	return new Promise<number>((resolve, reject) => {
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
