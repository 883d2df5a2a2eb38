// SPDX-License-Identifier: GPL-2.0-only
//
// Callbacks of the tests of the padata API. They run on CPUs; notify() in the thread that changes
// the masks.
import { atomic_fetch_add, atomic_load, cpu_down, cpu_up, cpumask_cpus, destroy_workqueue,
	flush_workqueue, int, kfree, load, load_u8, notifier_block, padata_add_cpu,
	padata_alloc_possible, padata_cpumask, padata_do_parallel, padata_do_serial, padata_free,
	padata_instance, padata_priv, padata_register_cpumask_notifier, padata_remove_cpu,
	padata_set_cpumask, padata_set_cpumasks, padata_start, padata_stop,
	padata_unregister_cpumask_notifier, PADATA_CPU_PARALLEL, PADATA_CPU_SERIAL, ptr, READ_ONCE,
	smp_processor_id, softirq_count, store, struct, sysfs_read, sysfs_write, wait_event, wake_up,
	work_struct } from '../../lib/index.js';
import { mutex_is_locked } from '../../lib/linux/mutex.js';
import { relax } from '../../lib/machine/park.js';

/** What a job's parallel() and serial() do. */
export const Parallel = { sync: 0, hold: 1, gate: 2, throws: 3, twice: 4, call: 5, throws_after: 6,
	promise: 7, throws_nothing: 8, waits: 9 } as const;
export const Serial = { note: 0, throws: 1, call: 2, frees: 3, resubmits: 4, gate: 5,
	twice: 6 } as const;

/**
 * A job. trace: [how many serial() calls, a word with the id for each]. ret: result of the call
 * made by a callback. op: index into `calls`. arg: address of call_args.
 */
export const job = struct('api_job', {
	priv: padata_priv,
	trace: ptr,
	gate: ptr,
	arg: ptr,
	other: ptr,
	id: int,
	parallel: int,
	serial: int,
	op: int,
	ret: int,
	returned: int,
	par_cpu: int,
	ser_cpu: int,
	par_n: int,
	ser_n: int,
	softirq: int,
	entered: int,
	n: int,
});
const j = job.offset;

/** What the calls from callbacks are given. */
export const call_args = struct('api_call_args', { pinst: ptr, wq: ptr, mask: ptr, block: ptr });
const a = call_args.offset;

/** Returns of functions that return nothing. */
export const NOTHING = 4242;
function nothing(fn: (at: number) => void, at: number): number {
	fn(at);
	return NOTHING;
}

/** Calls that sleep. */
export const calls: readonly { readonly name: string; readonly run: (arg: number) => number }[] = [
	{ name: 'padata_start', run: (arg) => padata_start(load(arg + a.pinst)) },
	{ name: 'padata_stop', run: (arg) => nothing(padata_stop, load(arg + a.pinst)) },
	{ name: 'padata_set_cpumask',
		run: (arg) =>
			padata_set_cpumask(load(arg + a.pinst), PADATA_CPU_PARALLEL, load(arg + a.mask)) },
	{ name: 'padata_set_cpumasks',
		run: (arg) =>
			padata_set_cpumasks(load(arg + a.pinst), load(arg + a.mask), load(arg + a.mask)) },
	{ name: 'padata_add_cpu',
		run: (arg) => padata_add_cpu(load(arg + a.pinst), 0, PADATA_CPU_SERIAL) },
	{ name: 'padata_remove_cpu',
		run: (arg) => padata_remove_cpu(load(arg + a.pinst), 1, PADATA_CPU_SERIAL) },
	{ name: 'padata_free', run: (arg) => nothing(padata_free, load(arg + a.pinst)) },
	{ name: 'padata_register_cpumask_notifier',
		run: (arg) => padata_register_cpumask_notifier(load(arg + a.pinst), load(arg + a.block)) },
	{ name: 'padata_unregister_cpumask_notifier',
		run: (arg) =>
			padata_unregister_cpumask_notifier(load(arg + a.pinst), load(arg + a.block)) },
	{ name: 'padata_alloc', run: (arg) => padata_alloc_possible(load(arg + a.wq)) },
	{ name: 'cpu_down', run: () => cpu_down(1) },
	{ name: 'cpu_up', run: () => cpu_up(1) },
	{ name: 'flush_workqueue', run: (arg) => nothing(flush_workqueue, load(arg + a.wq)) },
	{ name: 'destroy_workqueue', run: (arg) => nothing(destroy_workqueue, load(arg + a.wq)) },
	{ name: 'sysfs_read', run: () => {
		const r = sysfs_read('/sys/kernel/api/one/serial_cpumask');
		return typeof r === 'number' ? r : NOTHING;
	} },
	{ name: 'sysfs_write', run: () => sysfs_write('/sys/kernel/api/one/serial_cpumask', '1') },
];

/** Wait without sleeping: the CPU does nothing else meanwhile. */
function spin(gate: number): void {
	for (let turns = 0; atomic_load(gate) === 0; turns++)
		relax(turns);
}

function enter(at: number): void {
	atomic_fetch_add(at + j.entered, 1);
	wake_up(at + j.entered);
}

/** Make the call, and note its result. */
function make_call(at: number): void {
	store(at + j.ret, calls[load(at + j.op)].run(load(at + j.arg)));
	store(at + j.returned, load(at + j.returned) + 1);
}

export function parallel(padata: number): void {
	const at = padata - j.priv;
	store(at + j.par_cpu, smp_processor_id());
	store(at + j.par_n, load(at + j.par_n) + 1);
	store(at + j.softirq, softirq_count());
	enter(at);
	switch (load(at + j.parallel)) {
		case Parallel.hold:
			return;
		case Parallel.gate:
			spin(load(at + j.gate));
			break;
		case Parallel.throws:
			throw new RangeError('thrown by parallel');
		case Parallel.throws_nothing:
			throw undefined as unknown as Error;
		case Parallel.twice:
			padata_do_serial(padata);
			break;
		case Parallel.call:
			make_call(at);
			break;
		case Parallel.throws_after:
			padata_do_serial(padata);
			throw new RangeError('thrown behind padata_do_serial');
		case Parallel.promise:
			void Promise.resolve().then(() => padata_do_serial(padata));
			return;
		case Parallel.waits:
			wait_event(load(at + j.gate), (v) => v !== 0);
			break;
	}
	padata_do_serial(padata);
}

/** Note that serial() has been called; it is the last thing but one that a job's life has. */
function note(at: number): void {
	const trace = load(at + j.trace);
	// serial() of several CPUs: a slot of one's own, then the count.
	store(trace + 8 + atomic_fetch_add(trace + 4, 1) * 4, load(at + j.id));
	atomic_fetch_add(trace, 1);
	wake_up(trace);
}

export function serial(padata: number): void {
	const at = padata - j.priv;
	store(at + j.ser_cpu, smp_processor_id());
	store(at + j.ser_n, load(at + j.ser_n) + 1);
	switch (load(at + j.serial)) {
		case Serial.throws:
			note(at);
			throw new RangeError('thrown by serial');
		case Serial.call:
			make_call(at);
			break;
		case Serial.twice:
			padata_do_serial(padata);
			break;
		case Serial.gate:
			enter(at);
			spin(load(at + j.gate));
			break;
		case Serial.frees:
			note(at);
			kfree(at);
			return;
		case Serial.resubmits: {
			const left = load(at + j.n);
			store(at + j.n, left - 1);
			// Before the note: behind the last one the object may be gone.
			if (left > 0)
				store(at + j.ret,
					padata_do_parallel(load(at + j.other), padata, smp_processor_id()));
			break;
		}
	}
	note(at);
}

/**
 * A notifier block. ret: what it returns. op: index into `calls` + 1, with arg; or 0. throws: it
 * throws.
 */
export const block = struct('api_block', { nb: notifier_block, pinst: ptr, arg: ptr, probe: ptr,
	id: int, ret: int, op: int, throws: int });
const b = block.offset;

export interface Notified {
	id: number;
	action: number;
	p: number[];
	cb: number[];
	flags: number;
	locked: boolean;
	submit: number | null;
	ret: number | null;
}

/** Calls of notify() in this thread. */
export const notified: Notified[] = [];

export function notify(nb: number, action: number, masks: number): number {
	const at = nb - b.nb;
	const pinst = load(at + b.pinst);
	const cb = cpumask_cpus(load(masks + padata_cpumask.offset.cbcpu));
	const event: Notified = {
		id: load(at + b.id),
		action,
		p: cpumask_cpus(load(masks + padata_cpumask.offset.pcpu)),
		cb,
		flags: load_u8(pinst + padata_instance.offset.flags),
		locked: mutex_is_locked(pinst + padata_instance.offset.lock),
		submit: null,
		ret: null,
	};
	notified.push(event);
	if (load(at + b.probe) !== 0)
		event.submit = padata_do_parallel(pinst, load(at + b.probe), cb[0] ?? 0);
	if (load(at + b.op) !== 0)
		event.ret = calls[load(at + b.op) - 1].run(load(at + b.arg));
	if (READ_ONCE(at + b.throws) !== 0)
		throw new RangeError('thrown by a notifier');
	return load(at + b.ret);
}

/** Work: keep a CPU busy until the gate opens. */
export const blocker = struct('api_blocker', { work: work_struct, gate: ptr, entered: int });
export function block_cpu(work: number): void {
	atomic_fetch_add(work + blocker.offset.entered, 1);
	wake_up(work + blocker.offset.entered);
	spin(load(work + blocker.offset.gate));
}
