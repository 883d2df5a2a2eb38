// SPDX-License-Identifier: GPL-2.0-only
//
// Where the thread of a CPU begins: load the kernel, join the machine, hand over to the kernel's start_secondary().
// Static data gets its address in the order in which modules are loaded (layout.ts), so the kernel comes before all else.
import { parentPort, workerData } from 'node:worker_threads';
import type { CpuThreadData } from './processor.js';
import type { Duties } from './park.js';

const data = workerData as CpuThreadData;
const kernel = await import(data.kernel) as { start_secondary(): Duties };
const { announce_processor, run_processor } = await import('./processor.js');
const { load_pending_modules } = await import('./module.js');
const { attach_thread, detach_thread } = await import('./thread.js');

attach_thread(data.handle, data.padata_cpu);
const duties = kernel.start_secondary();
await load_pending_modules();
// A listener on the port keeps the event loop, and so the thread, alive between two looks at the queues.
parentPort!.on('message', () => undefined);
announce_processor();
await run_processor(duties);
detach_thread();
// It ends this thread only. What callbacks have left in the event loop (an interval, a timer that would complete a job)
// must not run any more: the machine is gone.
process.exit();
