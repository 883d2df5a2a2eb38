// SPDX-License-Identifier: GPL-2.0-only
//
// From before the library is loaded until the first result is there; and the way back.
import type { Sample } from '../spec.js';

export async function startup(): Promise<Sample[]> {
	const start = performance.now();
	const k = await import('padata');
	const machine = await k.boot();
	const jobs = await machine.load_module(new URL('./startup.jobs.js', import.meta.url));
	const wq = k.alloc_workqueue('bench', k.WQ_MEM_RECLAIM | k.WQ_CPU_INTENSIVE, 1);
	const pinst = k.padata_alloc_possible(wq);
	k.padata_start(pinst);
	const done = k.padata_priv.size;
	const job = k.kzalloc(done + 8);
	k.store_function(job + k.padata_priv.offset.parallel, jobs.parallel);
	k.store_function(job + k.padata_priv.offset.serial, jobs.serial);
	const err = k.padata_do_parallel(pinst, job, machine.cpus().online[0]);
	if (err !== 0)
		throw new Error(`padata_do_parallel: ${err}`);
	k.wait_event(job + done, (value) => value !== 0);
	const up = performance.now();
	// Nothing is in flight, so none of these sleeps for long. (Their asynchronous forms start a
	// thread to sleep in.)
	k.padata_stop(pinst);
	k.padata_free(pinst);
	k.destroy_workqueue(wq);
	await machine.shutdown();
	const down = performance.now();
	return [{ us: (up - start) * 1000 }, { work: 'shutdown', us: (down - up) * 1000 }];
}
