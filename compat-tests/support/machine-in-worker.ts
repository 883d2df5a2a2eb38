// SPDX-License-Identifier: GPL-2.0-only
//
// A process whose workers boot a machine each and end in the way that is asked for. Its main thread
// does not import the package until they have ended, and then boots a machine too. One line for
// each says how it has ended: "NAME CODE". Run as
//
//	node machine-in-worker.js STATE END WORKERS [C MODULE]
import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/** In what state the machine is when its thread ends. */
export type State = 'shut down' | 'idle' | 'busy' | 'booting';
/** How the thread ends. */
export type End = 'by itself' | 'process.exit()' | 'terminate()';

interface Order {
	readonly state: State;
	readonly end: End;
	readonly module?: string;
}

const JOBS = new URL('./machine-in-worker.jobs.js', import.meta.url);

async function use_machine({ state, module }: Order): Promise<void> {
	const k = await import('padata');
	if (state === 'booting') {
		void k.boot({ nr_cpus: 2 });
		return;
	}
	const machine = await k.boot({ nr_cpus: 2 });
	const jobs = await machine.load_module(JOBS);
	const wq = k.alloc_workqueue('in-worker', k.WQ_MEM_RECLAIM, 1);
	const pinst = k.padata_alloc_possible(wq);
	k.padata_start(pinst);
	const count = k.kzalloc(64);
	for (let i = 0; i < 100; i++) {
		const padata = k.kzalloc(k.padata_priv.size + 8);
		k.store(padata + k.padata_priv.size, count);
		k.store_function(padata + k.padata_priv.offset.parallel, jobs['parallel']);
		k.store_function(padata + k.padata_priv.offset.serial,
			state === 'busy' ? jobs['serial_again'] : jobs['serial']);
		k.padata_do_parallel(pinst, padata, 0);
	}
	while (k.atomic_load(count) < 100)
		await k.sleep_on_async(count, k.atomic_load(count));
	if (module !== undefined)
		await machine.insmod(module);
	if (state === 'busy')
		return;
	await k.padata_free_async(pinst);
	await k.destroy_workqueue_async(wq);
	if (state === 'shut down')
		await machine.shutdown();
}

async function worker(order: Order): Promise<void> {
	await use_machine(order);
	// terminate() comes from the main thread. By itself means: with nothing left in the event loop,
	// so a machine that is still booted must not hold it.
	if (order.end === 'terminate()')
		parentPort!.on('message', () => undefined);
	parentPort!.postMessage('ready');
	if (order.end === 'process.exit()')
		process.exit(7);
}

async function run_worker(name: string, order: Order): Promise<void> {
	const thread = new Worker(new URL(import.meta.url), { workerData: { order }, name });
	const exit = once(thread, 'exit') as Promise<[number]>;
	await Promise.race([once(thread, 'message'), exit]);
	// The one place where a thread with native code is ended from outside: to see that it can be.
	if (order.end === 'terminate()')
		await thread.terminate();
	process.stdout.write(`${name} ${(await exit)[0]}\n`);
}

async function main(state: State, end: End, workers: number, module?: string): Promise<void> {
	const order: Order = { state, end, ...module === undefined ? {} : { module } };
	await Promise.all(Array.from({ length: workers }, (_, i) => run_worker(`worker-${i}`, order)));
	// Nothing of those is left: this thread can have a machine, and one for C if a module is given.
	await use_machine({ ...order, state: 'shut down' });
	process.stdout.write('main 0\n');
}

const order = (workerData as { order?: Order } | null)?.order;
if (order !== undefined)
	await worker(order);
else
	await main(process.argv[2] as State, process.argv[3] as End, Number(process.argv[4]),
		process.argv[5]);
