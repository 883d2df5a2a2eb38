// SPDX-License-Identifier: GPL-2.0-only
//
// The storm's worker threads. Each joins the machine as a guest thread and plays one role until it
// is told to stop: submit, finish objects that are held back, change instances, or take CPUs up and
// down. All may block here; main never does.
import { workerData } from 'node:worker_threads';
import { alloc_workqueue, atomic_cmpxchg, attach, cpu_down, cpu_up, destroy_workqueue, detach,
	ENOMEM, EINVAL, failslab, FAIL_ALL, kernel_kobj, kfree, kobject_add, kzalloc, load, load_module,
	MachineHandle, ModuleFunctions, notifier_block, PADATA_CPU_PARALLEL, PADATA_CPU_SERIAL,
	padata_add_cpu, padata_alloc, padata_free, padata_instance, padata_priv,
	padata_register_cpumask_notifier, padata_remove_cpu, padata_set_cpumask, padata_set_cpumasks,
	padata_start, padata_stop, padata_unregister_cpumask_notifier, READ_ONCE, sleep_on, store,
	store_function, sysfs_read, sysfs_write, WQ_CPU_INTENSIVE, WQ_MEM_RECLAIM,
	WRITE_ONCE } from '../../lib/index.js';
import { ALLOCATED, count, EVENT_LOOP, fail, HOLD, instance_at, INSTANCES, NEST, NEST_IN_SERIAL,
	release, RESUBMIT, SHARED, storm_instance, storm_job, storm_object, storm_thread, storm_world,
	submit, thread_at } from './storm.js';
import { xorshift } from '../support/random.js';

export type Role = 'submit' | 'complete' | 'control' | 'hotplug';
export interface StormThreadData {
	readonly handle: MachineHandle;
	readonly jobs: string;
	readonly world: number;
	readonly role: Role;
	/** Number among those of the role. */
	readonly index: number;
	/** Number among all threads. */
	readonly thread: number;
	readonly seed: number;
}

const o = storm_object.offset;
const j = storm_job.offset;
const si = storm_instance.offset;
const st = storm_thread.offset;
const w = storm_world.offset;
const BOTH = PADATA_CPU_PARALLEL | PADATA_CPU_SERIAL;
/** Objects of a submitter: one has more than an instance takes. */
const POOL = [200, 1300, 600];

const { handle, jobs, world, role, index, thread: thread_number, seed } =
	workerData as StormThreadData;
attach(handle);
const fn: ModuleFunctions = await load_module(jobs);
const thread = thread_at(world, thread_number);
count(world, 'threads_up');
const nr_cpus = load(world + w.nr_cpus);

let state = seed || 1;
function random(below: number): number {
	state = xorshift(state);
	return Math.floor((Math.imul(state, 0x9e3779b1) >>> 0) / 0x100000000 * below);
}
const one_in = (n: number): boolean => random(n) === 0;
/** Sleep a random while of up to `ms`. */
function nap(ms: number): void {
	sleep_on(world + w.never, 0, random(ms * 100) / 100 + 0.01);
}
const stopping = (): boolean => READ_ONCE(world + w.stop) !== 0;

function init_object(object: number, mode: number): void {
	store(object + o.mode, mode);
	store(object + o.rng, random(0x7fffffff) + 1);
	for (const job of [object + o.job, object + o.child]) {
		store_function(job + j.priv + padata_priv.offset.parallel, fn['parallel']);
		store_function(job + j.priv + padata_priv.offset.serial, fn['serial']);
	}
}

function random_mode(): number {
	let mode = one_in(3) ? HOLD : one_in(100) ? EVENT_LOOP : 0;
	if (one_in(6))
		mode |= one_in(2) ? NEST : NEST_IN_SERIAL;
	return mode;
}

// ---- submit
// -------------------------------------------------------------------------------------------------

/** An object that its last serial() frees. @returns was it accepted? */
function submit_allocated(inst: number, mode: number): boolean {
	const object = kzalloc(storm_object.size);
	if (object === 0)
		return false;
	init_object(object, mode | ALLOCATED);
	if (submit(world, inst, object, 'job', random(nr_cpus)) === 0)
		return true;
	kfree(object);
	return false;
}

/**
 * An object of the pool. A submitter that starts late starts in the middle of the others'
 * allocation failures.
 */
function pool_object(): number {
	for (;;) {
		const object = kzalloc(storm_object.size);
		if (object !== 0)
			return object;
		nap(1);
	}
}

function submitter(): void {
	const mine = instance_at(world, index);
	const shared = instance_at(world, SHARED);
	const pool = Array.from({ length: POOL[index % POOL.length] }, pool_object);
	for (const object of pool)
		init_object(object, 0);
	let at = 0;
	let cb = 0;
	while (!stopping()) {
		for (let burst = 1 + random(64); burst > 0; burst--) {
			const object = pool[at];
			if (READ_ONCE(object + o.busy) !== 0) {
				at = random(pool.length);
				nap(0.5);
				break;
			}
			at = (at + 1) % pool.length;
			store(object + o.mode, random_mode());
			store(object + o.delay, one_in(8) ? random(200) : 0);
			// Many with one cb_cpu: then the order is worth a look.
			if (one_in(4))
				cb = random(nr_cpus);
			const err = submit(world, mine, object, 'job', cb);
			if (err === -EINVAL)
				cb = random(nr_cpus);
			else if (err !== 0)
				nap(1);
			if (one_in(10))
				submit_allocated(shared, random_mode() | (one_in(4) ? RESUBMIT : 0));
		}
		// The last object of all: nobody comes after it to make good what was forgotten.
		if (one_in(8)) {
			while (!stopping() && READ_ONCE(mine + si.accepted) !== READ_ONCE(mine + si.serialised))
				nap(0.5);
		}
		// The others want to run too: the threads that change masks compete with us for the cores.
		nap(one_in(20) ? 10 : 3);
	}
	// The objects go when nobody uses them any more.
	for (const object of pool) {
		while (READ_ONCE(object + o.busy) !== 0)
			nap(2);
		kfree(object);
	}
}

// ---- complete
// -------------------------------------------------------------------------------------------------

function completer(): void {
	while (READ_ONCE(world + w.stop_completing) === 0) {
		release(world, random(512), 1 + random(one_in(10) ? 200 : 16));
		nap(one_in(50) ? 20 : 1);
	}
}

// ---- control
// -------------------------------------------------------------------------------------------------

function random_mask(): number {
	if (one_in(20))
		return 0;
	let mask = 0;
	while (mask === 0)
		mask = random(1 << nr_cpus) | (one_in(2) ? random(1 << nr_cpus) : 0);
	return mask;
}

const mask_p = load(thread + st.mask_p);
const mask_cb = load(thread + st.mask_cb);

function operation(op: number, i: number): void {
	WRITE_ONCE(thread + st.op, op);
	WRITE_ONCE(thread + st.op_inst, i);
}

/** What a change of the masks returned. */
function changed(err: number, what: string): void {
	if (err === 0)
		count(world, 'mask_changes');
	else
		count(world, 'mask_errors');
	if (err !== 0 && err !== -ENOMEM)
		fail(world, `${what} returned ${err}`);
}

function change_masks(pinst: number, id: number): void {
	store(mask_p, random_mask());
	store(mask_cb, random_mask());
	const type = one_in(2) ? PADATA_CPU_PARALLEL : PADATA_CPU_SERIAL;
	const bits = one_in(3) ? BOTH : type;
	const which = random(6);
	operation(which, id);
	switch (which) {
		case 0:
			changed(padata_set_cpumasks(pinst, mask_p, mask_cb), 'padata_set_cpumasks');
			break;
		case 1:
			changed(padata_set_cpumask(pinst, type, mask_p), 'padata_set_cpumask');
			break;
		case 2:
			changed(padata_add_cpu(pinst, random(nr_cpus), bits), 'padata_add_cpu');
			break;
		case 3:
			changed(padata_remove_cpu(pinst, random(nr_cpus), bits), 'padata_remove_cpu');
			break;
		case 4: {
			const text = random_mask().toString(16);
			const ret = sysfs_write(
				`/sys/kernel/storm${id}/${
					type === PADATA_CPU_SERIAL ? 'serial' : 'parallel'
				}_cpumask`,
				text,
			);
			count(world, 'sysfs_writes');
			changed(ret === text.length ? 0 : ret, 'sysfs_write');
			break;
		}
		default: {
			const text = sysfs_read(`/sys/kernel/storm${id}/parallel_cpumask`);
			if (text !== -ENOMEM && (typeof text !== 'string' || !/^[0-9a-f]+\n$/.test(text)))
				fail(world, `sysfs_read: ${String(text)}`);
		}
	}
}

function start(pinst: number, id: number): void {
	operation(10, id);
	const err = padata_start(pinst);
	count(world, err === 0 ? 'starts' : 'start_errors');
	if (err !== 0 && err !== -EINVAL)
		fail(world, `padata_start returned ${err}`);
}

function toggle_notifier(pinst: number, id: number): void {
	operation(12, id);
	const nb = thread + st.nb + id * notifier_block.size;
	const registered = thread + st.registered + id * 4;
	const was = load(registered) !== 0;
	const err = was
		? padata_unregister_cpumask_notifier(pinst, nb)
		: padata_register_cpumask_notifier(pinst, nb);
	if (err !== 0)
		fail(world,
			`${was ? 'padata_unregister' : 'padata_register'}_cpumask_notifier returned ${err}`);
	store(registered, was ? 0 : 1);
	count(world, 'notifier_changes');
}

/** An instance's whole life. */
function extra_instance(): void {
	operation(13, -1);
	const inst = thread + st.extra;
	const wq = alloc_workqueue('storm-extra', WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, random(3));
	if (wq === 0) {
		count(world, 'extra_errors');
		return;
	}
	store(mask_p, random_mask());
	store(mask_cb, random_mask());
	const pinst = padata_alloc(wq, mask_p, mask_cb);
	if (pinst === 0) {
		count(world, 'extra_errors');
		destroy_workqueue(wq);
		return;
	}
	store(inst + si.pinst, pinst);
	for (let at = inst + si.next; at < inst + storm_instance.size; at += 4)
		store(at, 0);
	if (one_in(2)) {
		const err = kobject_add(pinst + padata_instance.offset.kobj, kernel_kobj(),
			`extra${index}`);
		if (err !== 0 && err !== -ENOMEM)
			fail(world, `kobject_add returned ${err}`);
	}
	padata_start(pinst);
	for (let n = random(300); n > 0; n--)
		submit_allocated(inst, one_in(2) ? HOLD : 0);
	operation(14, -1);
	if (one_in(3))
		padata_stop(pinst);
	padata_free(pinst);
	operation(15, -1);
	const left = READ_ONCE(inst + si.accepted) - READ_ONCE(inst + si.serialised);
	if (left !== 0)
		fail(world, `padata_free returned with ${left} objects in flight`);
	destroy_workqueue(wq);
	count(world, 'extras');
}

/** Neither a cpu_up() nor a burst of failures is under way when this returns. */
function lock_memory(): void {
	while (atomic_cmpxchg(world + w.memory_lock, 0, 1) !== 0)
		nap(1);
}

/**
 * During a cpu_up() one allocation fails at most: if the one that fails it is followed by another
 * in its roll-back, the instance keeps a CPU that is not there (as in the kernel, which ignores
 * what a roll-back returns).
 */
function failslab_burst(): void {
	count(world, 'failslabs');
	const many = one_in(2);
	lock_memory();
	failslab({ probability: 100, interval: 1 + random(4), times: many ? 2 + random(3) : 1,
		filter: one_in(2) ? FAIL_ALL : 1 << random(5) });
	if (!many)
		WRITE_ONCE(world + w.memory_lock, 0);
	nap(10);
	failslab({});
	if (many)
		WRITE_ONCE(world + w.memory_lock, 0);
}

function controller(): void {
	while (!stopping()) {
		const id = random(INSTANCES);
		const pinst = load(instance_at(world, id) + si.pinst);
		const what = random(20);
		if (what < 9) {
			change_masks(pinst, id);
		} else if (what < 12) {
			toggle_notifier(pinst, id);
		} else if (what < 14) {
			operation(11, id);
			padata_stop(pinst);
			count(world, 'stops');
			nap(3);
			start(pinst, id);
		} else if (what < 16) {
			// A storm of starts and stops.
			for (let n = random(10); n > 0; n--) {
				operation(11, id);
				padata_stop(pinst);
				count(world, 'stops');
				start(pinst, id);
			}
		} else if (what < 17) {
			extra_instance();
		} else if (what < 18 && index === 0) {
			failslab_burst();
		}
		start(load(instance_at(world, random(INSTANCES)) + si.pinst), id);
		// Good weather now and then, so that much gets through.
		if (one_in(3)) {
			store(mask_p, (1 << nr_cpus) - 1);
			operation(0, id);
			changed(padata_set_cpumasks(pinst, mask_p, mask_p), 'padata_set_cpumasks');
		}
		operation(20, -1);
		nap(one_in(8) ? 10 : 1);
	}
	for (let id = 0; id < INSTANCES; id++)
		if (load(thread + st.registered + id * 4) !== 0)
			toggle_notifier(load(instance_at(world, id) + si.pinst), id);
}

function hotplug(): void {
	while (!stopping()) {
		const cpu = random(nr_cpus);
		const up = random(5) < 3;
		operation(up ? 30 : 31, cpu);
		if (up)
			lock_memory();
		const err = up ? cpu_up(cpu) : cpu_down(cpu);
		if (up)
			WRITE_ONCE(world + w.memory_lock, 0);
		if (err === 0)
			count(world, up ? 'ups' : 'downs');
		else
			count(world, 'hotplug_errors');
		operation(32, -1);
		nap(one_in(5) ? 20 : 2);
	}
}

switch (role) {
	case 'submit':
		submitter();
		break;
	case 'complete':
		completer();
		break;
	case 'control':
		controller();
		break;
	case 'hotplug':
		hotplug();
		break;
}
detach();
