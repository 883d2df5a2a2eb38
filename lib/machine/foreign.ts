// SPDX-License-Identifier: GPL-2.0-only
//
// Threads for foreign threads: what a kthread or a library's thread calls of the TypeScript kernel is carried out by one of these
// (native/call.c has the queues). One does what does not sleep. Of those that may sleep there are as many as sleep at the same
// time, up to a limit. They start when the first C module is loaded.
import { parentPort, Worker } from 'node:worker_threads';
import { image, KernelImage } from './image.js';
import { bss } from './layout.js';
import { atomic_load, atomic_store } from './memory.js';
import { load_pending_modules } from './module.js';
import { load_native } from './native.js';
import { worker_options } from './processor.js';
import { attach_thread, detach_thread, MachineHandle } from './thread.js';

const QUICK = 0;
const SLEEPING = 1;
/** A call that would sleep while so many do waits for one of them to return. */
const SLEEPERS_MAX = 16;

/** Shall they end? */
const STOP = bss(4);

/** What such a thread gets to begin with. */
export interface ForeignThreadData {
	readonly image: KernelImage | undefined;
	readonly handle: MachineHandle;
	readonly lane: number;
}

let ends: Promise<void>[] = [];
let sleepers = 0;

function start(handle: MachineHandle, kernel: string, lane: number): Promise<void> {
	const data: ForeignThreadData = { image, handle, lane };
	const worker = new Worker(new URL(kernel), { ...worker_options(), workerData: { padata_thread: data }, name: lane === QUICK ? 'kcalls' : 'kcalls/s' });
	worker.unref();
	if (lane === SLEEPING)
		sleepers++;
	return new Promise((resolve, reject) => {
		ends.push(new Promise((ended) => { worker.once('exit', () => ended()); }));
		worker.once('error', reject);
		worker.on('message', (what: 'ready' | 'alone') => {
			if (what === 'ready')
				resolve();
			else if (sleepers < SLEEPERS_MAX && atomic_load(STOP) === 0)
				void start(handle, kernel, SLEEPING);
		});
	});
}

/** Start them, once. Resolves when foreign threads can make calls. @param kernel URL of the module that is the kernel */
export async function start_foreign_threads(handle: MachineHandle, kernel: string): Promise<void> {
	if (ends.length === 0)
		await Promise.all([start(handle, kernel, QUICK), start(handle, kernel, SLEEPING)]);
}

/** They end when they have carried out what is asked of them just now. */
export async function stop_foreign_threads(): Promise<void> {
	const ending = ends;
	ends = [];
	sleepers = 0;
	if (ending.length === 0)
		return;
	atomic_store(STOP, 1);
	load_native().native!.serviceAttention();
	await Promise.all(ending);
}

/** The life of such a thread. */
export async function foreign_thread(data: ForeignThreadData): Promise<void> {
	attach_thread(data.handle, -1);
	const native = load_native().native!;
	const port = parentPort!;
	native.setThreadName(data.lane === QUICK ? 'kcalls' : 'kcalls/s');
	port.postMessage('ready');
	let attention = 0;
	while (atomic_load(STOP) === 0) {
		await load_pending_modules();
		attention = native.serve(data.lane, attention, () => port.postMessage('alone'));
	}
	detach_thread();
}
