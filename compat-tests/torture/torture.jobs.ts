// SPDX-License-Identifier: GPL-2.0-only
//
// The storm's callbacks: they check what they see, and make more weather.
import { atomic_fetch_add, container_of, cpu_online, cpu_online_mask, cpumask_test_cpu, in_softirq,
	jiffies, kfree, load, load_u8, mod_timer, mutex_is_locked, NOTIFY_OK, padata_cpumask,
	padata_do_parallel, padata_do_serial, padata_instance, padata_priv, PADATA_RESET, parallel_data,
	queue_delayed_work, READ_ONCE, smp_processor_id, store, system_wq } from '../../lib/index.js';
import { padata_refcnt } from '../../lib/padata/v4.18/in-flight.js';
import { ALLOCATED, count, CPUS_MAX, EVENT_LOOP, fail, HOLD, hold, INFO, instance_at, NEST, NESTED,
	NEST_IN_SERIAL, random_at, release, RESUBMIT, storm_instance, storm_job, storm_object,
	storm_world, submit } from './storm.js';

const o = storm_object.offset;
const j = storm_job.offset;
const si = storm_instance.offset;
const w = storm_world.offset;
const priv = padata_priv.offset;
const pdo = parallel_data.offset;
const pi = padata_instance.offset;
const { pcpu, cbcpu } = padata_cpumask.offset;

const what = (job: number): string =>
	`instance ${load(load(job + j.inst) + si.id)} object ${job.toString(16)} n ${
		load(job + j.n)
	} of thread ${load(job + j.sub)} cb_cpu ${load(job + j.cb)}`;

/** What holds in both callbacks. */
function check(job: number, callback: string, wanted: number): void {
	const inst = load(job + j.inst);
	const world = load(inst + si.world);
	const padata = job + j.priv;
	const cpu = smp_processor_id();
	const pd = load(padata + priv.pd);
	if (cpu !== wanted)
		fail(world, `${callback} on cpu ${cpu} instead of ${wanted}: ${what(job)}`);
	if (!in_softirq())
		fail(world, `${callback} with softirqs on: ${what(job)}`);
	if (!cpu_online(cpu))
		fail(world, `${callback} on cpu ${cpu}, which is offline: ${what(job)}`);
	if (load(pd + pdo.pinst) !== load(inst + si.pinst))
		fail(world, `${callback}: the parallel_data belongs to another instance: ${what(job)}`);
	if (padata_refcnt(pd) <= 0)
		fail(world, `${callback}: refcnt ${padata_refcnt(pd)}: ${what(job)}`);
	if (load(padata + priv.cb_cpu) !== load(job + j.cb)
		|| !cpumask_test_cpu(load(job + j.cb), load(pd + pdo.cpumask + cbcpu)))
		fail(world,
			`${callback}: cb_cpu ${
				load(padata + priv.cb_cpu)
			} is not the one asked for, or not in the usable serial mask: ${what(job)}`);
	if (!cpumask_test_cpu(load(padata + priv.cpu), load(pd + pdo.cpumask + pcpu)))
		fail(world,
			`${callback}: cpu ${load(padata + priv.cpu)} is not in the usable parallel mask: ${
				what(job)
			}`);
	if (load(padata + priv.info) !== INFO)
		fail(world, `${callback}: info has changed: ${what(job)}`);
}

export function parallel(padata: number): void {
	const job = container_of(padata, storm_job, 'priv');
	const inst = load(job + j.inst);
	const world = load(inst + si.world);
	const object = load(job + j.object);
	check(job, 'parallel()', load(padata + priv.cpu));
	const par = atomic_fetch_add(job + j.par, 1) + 1;
	if (par !== load(job + j.gen) || load(job + j.ser) !== par - 1)
		fail(world,
			`parallel() runs for the ${par}th time, serial() has ${load(job + j.ser)} times, of ${
				load(job + j.gen)
			} submissions: ${what(job)}`);
	atomic_fetch_add(inst + si.paralleled, 1);
	const rng = object + o.rng;
	// The child goes straight through.
	if (job !== object) {
		padata_do_serial(padata);
		return;
	}
	const delay = load(object + o.delay);
	if (delay !== 0) {
		for (const end = performance.now() + delay / 1000; performance.now() < end;);
	}
	const mode = load(object + o.mode);
	if ((mode & NEST) !== 0
		&& submit(world, instance_at(world, NESTED), object, 'child',
				random_at(rng, load(world + w.nr_cpus))) === 0)
		count(world, 'nested');
	if ((mode & HOLD) !== 0) {
		count(world, 'held');
		if (hold(world, padata, random_at(rng, 512)))
			return;
	} else if ((mode & EVENT_LOOP) !== 0) {
		count(world, 'event_loop');
		setImmediate(() => padata_do_serial(padata));
		return;
	}
	padata_do_serial(padata);
}

/** The object is free when none of its submissions is under way. */
function drop(object: number): void {
	const allocated = (load(object + o.mode) & ALLOCATED) !== 0;
	if (atomic_fetch_add(object + o.busy, -1) === 1 && allocated)
		kfree(object);
}

function check_order(world: number, inst: number, job: number): void {
	const last = inst + si.last + (load(job + j.sub) * CPUS_MAX + load(job + j.cb)) * 4;
	const n = load(job + j.n);
	const distance = load(last) - n;
	const bucket = distance <= 0 ? 0 : 1 + Math.floor(Math.log2(distance));
	atomic_fetch_add(world + w.distance + bucket * 4, 1);
	if (bucket !== 0)
		fail(world, `serial() out of order, ${distance} behind: ${what(job)}`);
	else
		store(last, n + 1);
}

export function serial(padata: number): void {
	const job = container_of(padata, storm_job, 'priv');
	const inst = load(job + j.inst);
	const world = load(inst + si.world);
	const object = load(job + j.object);
	check(job, 'serial()', load(padata + priv.cb_cpu));
	const ser = atomic_fetch_add(job + j.ser, 1) + 1;
	if (ser !== load(job + j.gen) || load(job + j.par) !== ser)
		fail(world,
			`serial() runs for the ${ser}th time, parallel() has ${load(job + j.par)} times, of ${
				load(job + j.gen)
			} submissions: ${what(job)}`);
	check_order(world, inst, job);
	atomic_fetch_add(inst + si.serialised, 1);
	const mode = load(object + o.mode);
	const rng = object + o.rng;
	if (job === object && READ_ONCE(world + w.stop) === 0) {
		if ((mode & NEST_IN_SERIAL) !== 0
			&& submit(world, instance_at(world, NESTED), object, 'child',
					random_at(rng, load(world + w.nr_cpus))) === 0)
			count(world, 'nested');
		// Only at instances of many submitters: this CPU is one more.
		if ((mode & RESUBMIT) !== 0 && random_at(rng, 8) !== 0) {
			store(object + o.mode, mode & ~(NEST | NEST_IN_SERIAL));
			if (submit(world, inst, object, 'job', random_at(rng, load(world + w.nr_cpus))) === 0)
				count(world, 'resubmitted');
		}
	}
	drop(object);
}

/** The block that each instance has from its beginning to its end. */
export function notify(nb: number, action: number, masks: number): number {
	const inst = container_of(nb, storm_instance, 'nb');
	const world = load(inst + si.world);
	const pinst = load(inst + si.pinst);
	const p = load(load(masks + pcpu));
	const cb = load(load(masks + cbcpu));
	const changed = (p !== load(inst + si.told_p) ? 2 : 0)
		| (cb !== load(inst + si.told_cb) ? 1 : 0);
	const id = load(inst + si.id);
	const text = `instance ${id}: notified action ${action} masks ${p.toString(16)}/${
		cb.toString(16)
	}, before ${load(inst + si.told_p).toString(16)}/${load(inst + si.told_cb).toString(16)}`;
	if (action !== changed)
		fail(world, `${text}: the action should be ${changed}`);
	if (masks !== load(pinst + pi.pd) + pdo.cpumask)
		fail(world, `${text}: these are not the masks the instance uses next`);
	if ((load_u8(pinst + pi.flags) & PADATA_RESET) === 0 || !mutex_is_locked(pinst + pi.lock))
		fail(world, `${text}: not RESET or not locked`);
	if (((p | cb) & ~load(cpu_online_mask)) !== 0)
		fail(world,
			`${text}: an offline CPU in a usable mask; online are ${
				load(cpu_online_mask).toString(16)
			}`);
	if ((p & ~load(load(pinst + pi.cpumask + pcpu))) !== 0
		|| (cb & ~load(load(pinst + pi.cpumask + cbcpu))) !== 0)
		fail(world, `${text}: a CPU that is not in the user's mask`);
	const err = padata_do_parallel(pinst, inst + si.probe, cb === 0 ? 0 : 31 - Math.clz32(cb));
	if (err >= 0)
		fail(world, `${text}: padata_do_parallel() from a notifier returned ${err}`);
	store(inst + si.told_p, p);
	store(inst + si.told_cb, cb);
	atomic_fetch_add(inst + si.notified, 1);
	return NOTIFY_OK;
}

/** Blocks that come and go. */
export function notify_other(): number {
	return NOTIFY_OK;
}

/** A timer's handler: finish some of the held objects, on a CPU with softirqs off. */
export function tick(timer: number): void {
	const world = container_of(timer, storm_world, 'timer');
	count(world, 'ticks');
	release(world, random_at(world + w.rng, 512), 1 + random_at(world + w.rng, 8));
	if (READ_ONCE(world + w.stop_completing) === 0)
		mod_timer(timer, jiffies() + 1 + random_at(world + w.rng, 5));
	else
		atomic_fetch_add(world + w.ticks_alive, -1);
}

/** The same as delayed work, with softirqs on. */
export function delayed(work: number): void {
	const world = container_of(work, storm_world, 'dwork');
	count(world, 'ticks');
	release(world, random_at(world + w.rng, 512), 1 + random_at(world + w.rng, 8));
	if (READ_ONCE(world + w.stop_completing) === 0)
		queue_delayed_work(system_wq(), work, random_at(world + w.rng, 6));
	else
		atomic_fetch_add(world + w.ticks_alive, -1);
}
