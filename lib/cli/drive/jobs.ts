// SPDX-License-Identifier: GPL-2.0-only
//
// The driver's code that runs as kernel functions: callbacks of objects and notifier blocks, and
// the commands that may sleep or that run on a certain CPU.
import { bytes_at, cpu_down, cpu_up, cpumask_first, cpumask_pr, container_of, in_softirq,
	kobject_put, kobj_type, kobject, load, load_u8, local_bh_disable, local_bh_enable,
	mutex_is_locked, nr_cpu_ids, padata_add_cpu, padata_cpumask, padata_do_parallel,
	padata_do_serial, padata_instance, padata_priv, padata_register_cpumask_notifier,
	padata_remove_cpu, PADATA_CPU_PARALLEL, padata_set_cpumask, padata_set_cpumasks, padata_start,
	padata_stop, padata_free, padata_unregister_cpumask_notifier, parallel_data, smp_processor_id,
	spin_lock_bh, spin_unlock_bh, store, errno_name, sysfs_write, atomic_fetch_add, atomic_load,
	atomic_store } from '../../index.js';
import { kref_read } from '../../linux/kref.js';
import { call, function_at } from '../../machine/function.js';
import { sysfs_ops } from '../../linux/sysfs.js';
import { padata_reorder } from '../../padata/v4.18/padata.js';
import { quirk, REORDER_TIMER } from '../../quirks.js';
import { flags_text } from './text.js';
import { add_event, drive_block, drive_object, drive_world, FILL, log_serial, Mode,
	State } from './world.js';

const o = drive_object.offset;
const b = drive_block.offset;
const priv = padata_priv.offset;
const pi = padata_instance.offset;

const SLOW_MS = 3;
export const SYSFS_NAME = 'padata_drive';

/** Note what is seen when a callback begins. */
function seen(at: number, cpu_field: number, count_field: number): void {
	store(at + cpu_field, smp_processor_id());
	store(at + count_field, load(at + count_field) + 1);
	if (!in_softirq())
		store(at + o.bhOn, load(at + o.bhOn) + 1);
}

export function parallel(padata: number): void {
	const at = container_of(padata, drive_object, 'priv');
	store(at + o.cpu, load(padata + priv.cpu));
	seen(at, o.parCpu, o.parCount);
	const mode = load(at + o.mode);
	if (mode === Mode.hold) {
		atomic_store(at + o.state, State.held);
		return;
	}
	if (mode === Mode.slow) {
		for (const end = performance.now() + SLOW_MS; performance.now() < end;);
	}
	store(at + o.state, State.released);
	padata_do_serial(padata);
	if (mode === Mode.twice)
		padata_do_serial(padata);
}

function note_serial(at: number, padata: number): void {
	seen(at, o.serCpu, o.serCount);
	if (load(padata + priv.info) !== FILL)
		store(at + o.infoChanged, 1);
}

export function serial(padata: number): void {
	const at = container_of(padata, drive_object, 'priv');
	note_serial(at, padata);
	log_serial(load(at + o.world), smp_processor_id(), load(at + o.id));
	atomic_store(at + o.state, State.done);
}

/** Of an object that `order` and `trace` know nothing of. */
export function storm_serial(padata: number): void {
	const at = container_of(padata, drive_object, 'priv');
	note_serial(at, padata);
	atomic_store(at + o.state, State.done);
}

/** Finish a held object: on a CPU, in task context with softirqs off. */
export function release(at: number): void {
	local_bh_disable();
	store(at + o.state, State.released);
	padata_do_serial(at + o.priv);
	local_bh_enable();
}

/** padata_do_serial() once more, whatever the object's state. */
export function again(at: number): void {
	local_bh_disable();
	padata_do_serial(at + o.priv);
	local_bh_enable();
}

/**
 * Finish a held object while somebody else holds pd->lock. In 4.18 the holder may have looked for
 * the last time; the port's always looks again after the unlock, and so does this one.
 */
export function release_missed(at: number): void {
	const pd = load(at + o.priv + priv.pd);
	local_bh_disable();
	spin_lock_bh(pd + parallel_data.offset.lock);
	store(at + o.state, State.released);
	padata_do_serial(at + o.priv);
	spin_unlock_bh(pd + parallel_data.offset.lock);
	if (!quirk(REORDER_TIMER))
		padata_reorder(pd);
	local_bh_enable();
}

export function masks_text(masks: number): string {
	return `${cpumask_pr(load(masks + padata_cpumask.offset.pcpu))}/${
		cpumask_pr(load(masks + padata_cpumask.offset.cbcpu))
	}`;
}

/** notifier_call: record an event, and answer as the block was told to. */
export function notify(nb: number, action: number, masks: number): number {
	const block = container_of(nb, drive_block, 'nb');
	const w = load(block + b.world);
	const pinst = load(w + drive_world.offset.pinst);
	const cbcpu = load(masks + padata_cpumask.offset.cbcpu);
	const first = cpumask_first(cbcpu);
	const current = load(pinst + pi.pd) + parallel_data.offset.cpumask === masks;
	const flags = flags_text(load_u8(pinst + pi.flags));
	const submit = padata_do_parallel(pinst, w + drive_world.offset.probe,
		first < nr_cpu_ids ? first : 0);
	add_event(w,
		`! notify id=${load(block + b.id)} action=${action} pcpu=${
			cpumask_pr(load(masks + padata_cpumask.offset.pcpu))
		} cbcpu=${cpumask_pr(cbcpu)} `
			+ `flags=${flags} user=${masks_text(pinst + pi.cpumask)} locked=${
				mutex_is_locked(pinst + pi.lock) ? 'yes' : 'no'
			} `
			+ `current=${current ? 'yes' : 'no'} submit=${errno_name(submit)}`);
	switch (load(block + b.call)) {
		case 1:
			padata_start(pinst);
			break;
		case 2:
			padata_stop(pinst);
			break;
		case 3:
			padata_unregister_cpumask_notifier(pinst, nb);
			break;
	}
	return load(block + b.ret);
}

// Commands that may sleep until objects have been serialised: they run in the driver's thread, or
// in an async thread if the objects are held by the driver itself.

/** One of the functions below in an async thread: say that it has been begun. */
export function begin(w: number, fn: number, ...args: number[]): number {
	atomic_fetch_add(w + drive_world.offset.begun, 1);
	return (function_at(fn) as (...a: readonly number[]) => number)(...args);
}

export const start = (pinst: number): number => padata_start(pinst);
export function stop(pinst: number): number {
	padata_stop(pinst);
	return 0;
}
export const set_cpumask = (pinst: number, type: number, mask: number): number =>
	padata_set_cpumask(pinst, type, mask);
export const set_cpumasks = (pinst: number, p: number, cb: number): number =>
	padata_set_cpumasks(pinst, p, cb);
export const add_cpu = (pinst: number, cpu: number, bits: number): number =>
	padata_add_cpu(pinst, cpu, bits);
export const remove_cpu = (pinst: number, cpu: number, bits: number): number =>
	padata_remove_cpu(pinst, cpu, bits);
export const register = (pinst: number, nb: number): number =>
	padata_register_cpumask_notifier(pinst, nb);
export const unregister = (pinst: number, nb: number): number =>
	padata_unregister_cpumask_notifier(pinst, nb);
export const hotplug = (cpu: number, up: number): number => up !== 0 ? cpu_up(cpu) : cpu_down(cpu);

/** Set the parallel mask to one CPU and back to all, for as long as it is wanted. */
export function storm_masks(w: number, pinst: number, one: number, all: number): number {
	for (let i = 0; atomic_load(w + drive_world.offset.storm) !== 0; i++)
		padata_set_cpumask(pinst, PADATA_CPU_PARALLEL, i % 2 === 0 ? one : all);
	return padata_set_cpumask(pinst, PADATA_CPU_PARALLEL, all);
}

const references = (pinst: number): number => kref_read(pinst + pi.kobj + kobject.offset.kref);

/** @returns references left; 0: the instance is gone */
export function free(pinst: number): number {
	const left = references(pinst) - 1;
	padata_free(pinst);
	return left;
}
/** @returns references left; 0: the instance is gone */
export function put(pinst: number): number {
	const left = references(pinst) - 1;
	kobject_put(pinst + pi.kobj);
	return left;
}

/** An attribute's show() or store(), without a file. @param index 0 serial, 1 parallel */
function sysfs_op(op: 'show' | 'store', pinst: number, index: number, ...args: number[]): number {
	const kobj = pinst + pi.kobj;
	const ktype = load(kobj + kobject.offset.ktype);
	const attr = load(load(ktype + kobj_type.offset.default_attrs) + index * 8);
	return call(load(ktype + kobj_type.offset.sysfs_ops) + sysfs_ops.offset[op],
		op === 'show' ? 'ppp' : 'pppn', kobj, attr, ...args);
}
export const show = (pinst: number, index: number, buf: number): number =>
	sysfs_op('show', pinst, index, buf);
/** The files of the instance, once it is in sysfs. @param index 0 serial, 1 parallel */
export const file = (index: number): string =>
	`/sys/kernel/${SYSFS_NAME}/${['serial', 'parallel'][index]}_cpumask`;
export const write = (index: number, buf: number, count: number): number =>
	sysfs_write(file(index), bytes_at(buf, count).slice());
export const store_attribute = (pinst: number, index: number, buf: number, count: number): number =>
	sysfs_op('store', pinst, index, buf, count);
