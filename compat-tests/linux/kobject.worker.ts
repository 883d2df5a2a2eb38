// SPDX-License-Identifier: GPL-2.0-only
//
// Threads for kobject.spec.ts: one reads an attribute while others take its kobject out of sysfs.
// The spec starts the first one, which boots a machine of its own and starts the others from this
// same file, so that all have loaded the same code.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { ENOENT } from '../../lib/linux/errno.js';
import { attribute, kernel_kobj, kobject, kobject_add, kobject_create_and_add, kobject_del,
	kobject_init, kobject_put, kobject_subsys_init, kobj_type,
	sysfs_ops } from '../../lib/linux/kobject.js';
import { dmesg } from '../../lib/linux/printk.js';
import { kfree, kzalloc, slab_objects } from '../../lib/linux/slab.js';
import { kstrdup, write_cstring } from '../../lib/linux/string.js';
import { sysfs_list, sysfs_mode, sysfs_read } from '../../lib/linux/sysfs.js';
import { kernel_function, store_function } from '../../lib/machine/function.js';
import { bss } from '../../lib/machine/layout.js';
import { atomic_load, atomic_store, store } from '../../lib/machine/memory.js';
import { relax } from '../../lib/machine/park.js';
import { attach_thread, detach_thread, MachineHandle } from '../../lib/machine/thread.js';
import { bare_machine, bare_shutdown } from '../support/bare.js';

/** What the spec gets. */
export interface Removal {
	/** What the reader read. */
	readonly read: string | number;
	/** Had show() ended when kobject_put() returned? */
	readonly put_waited: boolean;
	/** Had show() ended when release() was called? */
	readonly release_waited: boolean;
	/**
	 * Had show() ended when the removal of the parent's directory returned? null if that was not
	 * removed.
	 */
	readonly parent_waited: boolean | null;
	/** What is in /sys/kernel at the end. */
	readonly left: string[] | number;
	/** Objects that were not freed. */
	readonly leaked: number;
	/** What the kernel log says, of misused memory too. */
	readonly complaints: string[];
}

interface Start {
	readonly role: 'boot' | 'read' | 'remove parent';
	readonly with_parent?: boolean;
	readonly handle?: MachineHandle;
	readonly parent?: number;
}

/**
 * [show() has begun, show() has ended, it had when release() was called, it had when the parent was
 * gone]
 */
const SEEN = bss(16);
const SHOWING = SEEN;
const SHOWN = SEEN + 4;
const SHOWN_AT_RELEASE = SEEN + 8;
const SHOWN_AT_PARENT = SEEN + 12;
const PATH = '/sys/kernel/parent/child/slow';

function wait_until(condition: () => boolean): void {
	for (let turns = 0; !condition(); turns++)
		relax(turns);
}

const slow_show = kernel_function(
	function slow_show(_kobj: number, _attr: number, buf: number): number {
		atomic_store(SHOWING, 1);
		// From the moment on when the removal has begun the file cannot be found. Then we take our
		// time.
		wait_until(() => sysfs_mode(PATH) === -ENOENT);
		const end = performance.now() + 100;
		wait_until(() => performance.now() >= end);
		atomic_store(SHOWN, 1);
		return write_cstring(buf, 'slow');
	},
);

const child_release = kernel_function(function child_release(kobj: number): void {
	atomic_store(SHOWN_AT_RELEASE, atomic_load(SHOWN));
	kfree(kobj);
});

function slow_type(): number {
	const ktype = kzalloc(kobj_type.size);
	const ops = kzalloc(sysfs_ops.size);
	const attr = kzalloc(attribute.size);
	const attrs = kzalloc(16);
	store_function(ops + sysfs_ops.offset.show, slow_show);
	store(attr + attribute.offset.name, kstrdup('slow'));
	store(attr + attribute.offset.mode, 0o444);
	store(attrs, attr);
	store_function(ktype + kobj_type.offset.release, child_release);
	store(ktype + kobj_type.offset.sysfs_ops, ops);
	store(ktype + kobj_type.offset.default_attrs, attrs);
	return ktype;
}

async function start(data: Start): Promise<Worker> {
	const worker = new Worker(new URL(import.meta.url), { workerData: data });
	await once(worker, 'message');
	return worker;
}

async function boot(with_parent: boolean): Promise<Removal> {
	const handle = bare_machine();
	kobject_subsys_init();
	const ktype = slow_type();
	const objects = slab_objects();
	const parent = kobject_create_and_add('parent', kernel_kobj());
	const child = kzalloc(kobject.size);
	kobject_init(child, ktype);
	kobject_add(child, parent, 'child');
	const reader = await start({ role: 'read', handle });
	const read = once(reader, 'message');
	const others = [reader];
	if (with_parent)
		others.push(await start({ role: 'remove parent', handle, parent }));
	const ended = others.map((worker) => once(worker, 'exit'));

	wait_until(() => atomic_load(SHOWING) === 1);
	if (with_parent)
		// The other one has begun to remove the parent with all that is below it: we are the second
		// remover.
		wait_until(() => sysfs_mode(PATH) === -ENOENT);
	kobject_put(child);
	const put_waited = atomic_load(SHOWN) === 1;

	const [text] = await read as [string | number];
	await Promise.all(ended);
	kobject_put(parent);
	const removal = {
		read: text,
		put_waited,
		release_waited: atomic_load(SHOWN_AT_RELEASE) === 1,
		parent_waited: with_parent ? atomic_load(SHOWN_AT_PARENT) === 1 : null,
		left: sysfs_list('/sys/kernel'),
		leaked: slab_objects() - objects,
	};
	// Who has written to a freed object is found out when the allocator gives it out again.
	for (let i = 0; i < 200; i++)
		kobject_create_and_add(`dir${i}`, kernel_kobj());
	const complaints = dmesg().filter(({ kind }) => kind !== 'uevent').map(({ text: complaint }) =>
		complaint
	);
	bare_shutdown();
	return { ...removal, complaints };
}

if (!isMainThread && parentPort !== null && (workerData as Start | null)?.role !== undefined) {
	const data = workerData as Start;
	if (data.role === 'boot') {
		parentPort.postMessage(await boot(data.with_parent === true));
	} else {
		attach_thread(data.handle!, -1);
		parentPort.postMessage('attached');
		if (data.role === 'read') {
			parentPort.postMessage(sysfs_read(PATH));
		} else {
			wait_until(() => atomic_load(SHOWING) === 1);
			kobject_del(data.parent!);
			atomic_store(SHOWN_AT_PARENT, atomic_load(SHOWN));
		}
		detach_thread();
	}
}
