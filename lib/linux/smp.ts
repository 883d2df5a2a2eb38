// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/smp.h>. A guest thread (main, an attached worker) runs on no CPU: its
// smp_processor_id() is -1, which is equal to no CPU's number, so what the kernel does for "on
// another CPU" is done.
import { this_cpu } from '../machine/thread.js';
import { preempt_disable, preempt_enable } from './preempt.js';

export const smp_processor_id = this_cpu;

export function get_cpu(): number {
	preempt_disable();
	return this_cpu();
}

export function put_cpu(): void {
	preempt_enable();
}
