// SPDX-License-Identifier: GPL-2.0-only
//
// Where a service thread begins (service.ts). The kernel is loaded before all else, as in cpu-thread.ts.
import { parentPort, workerData } from 'node:worker_threads';
import type { ServiceReply, ServiceRequest, ServiceThreadData } from './service.js';

const data = workerData as ServiceThreadData;
await import(data.kernel);
const { function_at, function_name } = await import('./function.js');
const { load_pending_modules } = await import('./module.js');
const { load_native } = await import('./native.js');
const { attach_thread, detach_thread } = await import('./thread.js');

attach_thread(data.handle, -1);
load_native().native?.setThreadName('kthread');
const port = parentPort!;

async function serve(request: ServiceRequest): Promise<void> {
	let reply: ServiceReply;
	try {
		await load_pending_modules();
		const fn = function_at(request.fn);
		if (fn === undefined)
			throw new TypeError(`no function ${function_name(request.fn)}`);
		const ret = fn(...request.args) as unknown;
		reply = { id: request.id, ret: typeof ret === 'number' ? ret : 0 };
	} catch (error) {
		reply = { id: request.id, error: error as Error };
	}
	port.postMessage(reply);
}

let last: Promise<void> = Promise.resolve();
port.on('message', (request: ServiceRequest | 'stop') => {
	if (request === 'stop')
		void last.then(() => {
			detach_thread();
			port.close();
		});
	else
		last = last.then(() => serve(request));
});
