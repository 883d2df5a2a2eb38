// SPDX-License-Identifier: GPL-2.0-only
//
// What init/main.c is to the kernel: boot() makes the memory, starts the threads, and sets up the
// kernel while they start. One machine at a time in a process.
import { KERN_WARNING, printk } from '../linux/printk.js';
import { machine_field } from '../machine/layout.js';
import { load, other_copy } from '../machine/memory.js';
import { load_native, switch_native_off } from '../machine/native.js';
import { attach_thread, attached, detach_thread, machine_handle,
	MachineHandle } from '../machine/thread.js';
import { stopping } from '../machine/processor.js';
import { topology_is_known } from '../machine/topology.js';
import { Machine } from './machine.js';
import { check_address_space } from './limits.js';
import { lay_out } from './memory-layout.js';
import { BootOptions, make_plan } from './options.js';
import { start_kernel } from './start-kernel.js';

let booted: Machine | null = null;
let booting = false;

/**
 * Boot a machine in this process. One at a time.
 * @throws RangeError naming the option that is wrong; Error if a machine is booted, or native is
 *   "required" and absent
 */
export async function boot(options: BootOptions = {}): Promise<Machine> {
	if (booting || booted !== null || attached)
		throw new Error('boot: a machine is booted in this thread already; shut it down first');
	const copy = other_copy();
	if (copy !== undefined)
		throw new Error(
			`boot: another copy of the package (${copy}) has a machine in this thread; shut it down first, or import one copy everywhere`,
		);
	booting = true;
	try {
		switch_native_off(options.native === 'off');
		const plan = make_plan(options);
		const { native, error } = load_native();
		if (native === null && options.native === 'required')
			throw new Error(`boot: option native: "required", but ${error ?? 'there is no addon'}`);
		check_address_space(plan);
		const handle = machine_handle(lay_out(plan, options));
		attach_thread(handle, -1);
		const machine = new Machine(handle, plan, () => {
			booted = null;
		});
		try {
			// A thread takes longer to start than the kernel to be set up.
			machine.start_cpus();
			start_kernel(plan, options);
			if (native === null && options.native !== 'off' && plan.pin)
				printk(KERN_WARNING,
					`padata: CPUs are not pinned: ${error ?? 'there is no addon'}`);
			if (plan.host !== null && !topology_is_known(plan.host_root))
				printk(KERN_WARNING,
					'padata: /sys/devices/system/cpu cannot be read: the CPUs are those that this process may run on');
			if (native !== null && load(machine_field('memory_high')) === 0)
				printk(KERN_WARNING,
					'padata: the memory cannot be mapped for C: no C module can be loaded');
			await machine.smp_init();
		} catch (e) {
			await machine.shutdown();
			throw e;
		}
		booted = machine;
		return machine;
	} finally {
		booting = false;
	}
}

/** The machine that this thread has booted, or null. */
export function current_machine(): Machine | null {
	return booted;
}

/**
 * Join a machine from another thread of the process, as a guest thread: the whole API can be called
 * there.
 * @param handle machine.handle, sent to the thread in workerData or by a message
 * @throws Error: this thread has a machine already or has loaded another build of the kernel, there
 *   are too many guest threads, or the machine has been shut down; TypeError: it is no handle
 */
export function attach(handle: MachineHandle): void {
	if (!((handle as Partial<MachineHandle> | undefined)?.memory instanceof SharedArrayBuffer))
		throw new TypeError(
			'padata: attach: what it was given is no handle; send machine.handle to the thread in workerData or by a message',
		);
	attach_thread(handle, -1);
	if (stopping()) {
		detach_thread();
		throw new Error('padata: attach: the machine has been shut down');
	}
}

/** Leave the machine. The thread must not hold anything of it. */
export function detach(): void {
	detach_thread();
}
