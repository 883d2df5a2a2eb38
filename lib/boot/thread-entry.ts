// SPDX-License-Identifier: GPL-2.0-only
//
// Where the threads of a machine begin, and what the thread of a CPU does from then on.
import { workerData } from 'node:worker_threads';
import { clean_up_dead_cpu } from '../linux/cpu.js';
import { cpu_online } from '../linux/cpumask.js';
import { next_timer_ms, run_timer_softirq, timers_due } from '../linux/timer.js';
import { pool_pending, run_pool } from '../linux/workqueue.js';
import { c_call_thread, CCallThreadData } from '../machine/c-call-thread.js';
import { leftover } from '../machine/leftover.js';
import { bundle } from '../machine/bundle.js';
import { Duties } from '../machine/park.js';
import { CpuThreadData, processor_thread } from '../machine/processor.js';
import { control_socket_thread, SocketThreadData } from '../machine/control-socket/thread.js';
import { async_thread, AsyncThreadData } from '../machine/async-thread.js';
import { this_cpu } from '../machine/thread.js';
import { control_operations, watch_machine } from './control-socket.js';
import { describe_cpus } from './cpus.js';

/**
 * URL of what a thread of the machine runs: the public face, so that jobs that import it get the
 * same instance, or the script of the bundle. It loads nothing else, since each thread would have
 * to look for that and read it.
 */
export const KERNEL = bundle?.entry ?? new URL('../index.js', import.meta.url).href;

/** What a CPU's thread does in its loop. Called on that thread when it has joined the machine. */
function start_secondary(): Duties {
	const cpu = this_cpu();
	return {
		run: () => {
			const ran = leftover.run() || run_pool();
			return timers_due(cpu) ? run_timer_softirq(cpu) || ran : ran;
		},
		pending: () => leftover.pending() || pool_pending() || timers_due(cpu),
		online: () => cpu_online(cpu),
		until_deadline: () => next_timer_ms(cpu),
	};
}

/** What a thread gets to begin with, which says of what kind it is. */
type ThreadData = CpuThreadData | CCallThreadData | SocketThreadData | AsyncThreadData;

/**
 * Where the threads of a machine begin: the last thing that happens when the kernel is loaded. On
 * all other threads it does nothing.
 */
export function thread_entry(): void {
	const given = workerData as { padata_thread?: ThreadData } | null | undefined;
	const data = given?.padata_thread;
	if (data === undefined)
		return;
	// Taken, so that another copy of the package, which a job may import, does not begin the thread
	// a second time.
	delete given!.padata_thread;
	// When the loading is over: what a thread does first may be to block.
	setImmediate(() => {
		if ('cpu' in data)
			void processor_thread(data, start_secondary, clean_up_dead_cpu);
		else if ('lane' in data)
			void c_call_thread(data);
		else if ('kernel' in data)
			void control_socket_thread(data, (call, tell) => ({
				perform: control_operations(call, () => describe_cpus(data.host_root, data.booter)),
				stop: watch_machine(tell),
			}));
		else
			async_thread(data);
	});
}
