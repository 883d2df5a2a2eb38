// SPDX-License-Identifier: GPL-2.0-only
//
// Awaitable twins of the sleeping functions, for a thread whose event loop must not stop: same
// arguments, same result as a promise. The function runs on an async thread
// (machine/async-thread.ts), in the order of the calls as far as they are not concurrent; notifiers
// run there too. A function that throws an Oops rejects the promise.
import { current_machine } from './boot.js';
import { cpu_down, cpu_up } from '../linux/cpu.js';
import { synchronize_rcu } from '../linux/rcupdate.js';
import { destroy_workqueue, flush_work, flush_workqueue } from '../linux/workqueue.js';
import { kernel_function } from '../machine/function.js';
import { padata_add_cpu, padata_set_cpumasks } from '../padata/v4.18/document.js';
import { padata_alloc, padata_alloc_possible, padata_free, padata_remove_cpu, padata_set_cpumask,
	padata_start, padata_stop } from '../padata/v4.18/padata.js';

/** Resolves to what `fn` returns as a number: 1 for true, 0 for false and for nothing. */
function twin<A extends readonly number[]>(
	fn: (...args: A) => unknown,
): (...args: A) => Promise<number> {
	const index = kernel_function(function(...args: A): number {
		const ret = fn(...args);
		return typeof ret === 'boolean' ? Number(ret) : typeof ret === 'number' ? ret : 0;
	});
	return async (...args: A) => {
		const machine = current_machine();
		if (machine === null)
			throw new Error(`padata: ${fn.name}_async: no machine is booted in this thread`);
		return machine.call_async(index, args);
	};
}

export const padata_alloc_async = twin(padata_alloc);
export const padata_alloc_possible_async = twin(padata_alloc_possible);
export const padata_free_async = twin(padata_free);
export const padata_start_async = twin(padata_start);
export const padata_stop_async = twin(padata_stop);
export const padata_set_cpumask_async = twin(padata_set_cpumask);
export const padata_set_cpumasks_async = twin(padata_set_cpumasks);
export const padata_add_cpu_async = twin(padata_add_cpu);
export const padata_remove_cpu_async = twin(padata_remove_cpu);
export const cpu_up_async = twin(cpu_up);
export const cpu_down_async = twin(cpu_down);
export const flush_workqueue_async = twin(flush_workqueue);
export const destroy_workqueue_async = twin(destroy_workqueue);
export const synchronize_rcu_async = twin(synchronize_rcu);
export const flush_work_async = twin(flush_work);
