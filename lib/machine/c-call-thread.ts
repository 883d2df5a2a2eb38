// SPDX-License-Identifier: GPL-2.0-only
//
// C-call threads: threads with JavaScript that serve C's threads. Kthreads run on the kind that is
// called kthread hosts (native/kthread-host.c). Any other thread, such as a library's, hands its
// calls of the TypeScript kernel to the other two kinds (native/c-to-js.c has the queues). One
// thread carries out the calls that do not sleep. As many as sleep at the same time carry out those
// that may. Of the kinds that sleep, one more is kept than is busy, up to a limit. They start when
// the first C module is loaded.
import { setTimeout } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { bss } from './layout.js';
import { atomic_load, atomic_store } from './memory.js';
import { load_pending_modules } from './module-table.js';
import { load_native } from './native.js';
import { start_thread } from './processor.js';
import { attach_thread, detach_thread, MachineHandle } from './thread.js';

const QUICK = 0;
const SLEEPING = 1;
const KTHREAD_HOST = 2;
/**
 * How many of a kind there may be. A call that would sleep while so many do waits for one of them
 * to return; a kthread that finds no host gets a thread without JavaScript.
 */
const MOST: readonly number[] = [1, 16, 8];
const NAMES: readonly string[] = ['kcalls', 'kcalls/s', 'kthreads'];

/** So long an end of kthreads that have been stopped may take. */
const KTHREADS_MS = 200;

/** Shall they end? */
const STOP = bss(4);

/** What such a thread gets to begin with. */
export interface CCallThreadData {
	readonly handle: MachineHandle;
	readonly lane: number;
}

let ends: Promise<void>[] = [];
let started = [0, 0, 0];
let starting: Promise<unknown> | null = null;

function start(handle: MachineHandle, kernel: string, lane: number): Promise<void> {
	const worker = start_thread(kernel, NAMES[lane], { handle, lane } satisfies CCallThreadData);
	started[lane]++;
	return new Promise((resolve, reject) => {
		ends.push(new Promise((ended) => {
			worker.once('exit', () => ended());
		}));
		worker.once('error', reject);
		worker.on('message', (what: 'ready' | 'alone') => {
			if (what === 'ready') {
				worker.unref();
				resolve();
			} else if (started[lane] < MOST[lane] && atomic_load(STOP) === 0)
				void start(handle, kernel, lane);
		});
	});
}

/**
 * Start them, once. Resolves when foreign threads can make calls.
 * @param kernel URL of the module that is the kernel
 */
export async function start_c_call_threads(handle: MachineHandle, kernel: string): Promise<void> {
	starting ??= Promise.all(
		[QUICK, SLEEPING, KTHREAD_HOST].map((lane) => start(handle, kernel, lane)),
	);
	await starting;
}

/** Let them end, without waiting: the process exits. */
export function end_c_call_threads(): void {
	if (ends.length === 0)
		return;
	atomic_store(STOP, 1);
	load_native().native!.cCallAttention();
}

/** They end when they have carried out what is asked of them just now. */
export async function stop_c_call_threads(): Promise<void> {
	const ending = ends;
	ends = [];
	started = [0, 0, 0];
	starting = null;
	if (ending.length === 0)
		return;
	atomic_store(STOP, 1);
	const native = load_native().native!;
	native.cCallAttention();
	// A kthread that its module has not stopped keeps its thread; the log says so.
	for (let ms = 0; native.kthreadsRunning() > 0 && ms < KTHREADS_MS; ms++)
		await setTimeout(1);
	if (native.kthreadsRunning() > 0)
		native.kernelMisuse(
			`shutdown: ${native.kthreadsRunning()} kthreads still run: their modules have not stopped them`,
		);
	else
		await Promise.all(ending);
}

/** The life of such a thread. */
export async function c_call_thread(data: CCallThreadData): Promise<void> {
	attach_thread(data.handle, -1);
	const native = load_native().native!;
	const port = parentPort!;
	native.setTaskName(NAMES[data.lane]);
	port.postMessage('ready');
	let attention = 0;
	while (atomic_load(STOP) === 0) {
		await load_pending_modules();
		const alone = (): void => port.postMessage('alone');
		attention = data.lane === KTHREAD_HOST
			? native.runKthreads(attention, alone)
			: native.serve(data.lane, attention, alone);
	}
	detach_thread();
}
