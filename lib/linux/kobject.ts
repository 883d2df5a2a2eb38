// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/kobject.h>, kobjects, ksets and their uevents. A uevent is a record of the kernel
// log instead of a netlink message. Two faults of 4.18 are not copied: kset_create_and_add() frees
// the name when it fails, and the "remove" event is sent before kobject_del() lets go of the parent
// and the kset that the event names.
import { atomic_fetch_add, load, store, store_ptr } from '../machine/memory.js';
import { call, kernel_function, store_function } from '../machine/function.js';
import { bss } from '../machine/layout.js';
import { container_of, fn_ptr, ptr, struct } from '../machine/struct.js';
import { BUG_ON, WARN } from './bug.js';
import { EEXIST, EINVAL, EIO, ENOENT, ENOMEM, errno_name } from './errno.js';
import { kref_get, kref_init, kref_put } from './kref.js';
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_head } from './list.js';
import { emit_record, KERN_INFO, pr_debug, pr_err, pr_warn } from './printk.js';
import { kfree, kzalloc } from './slab.js';
import { spin_lock, spin_lock_init, spin_unlock, spinlock_t } from './spinlock.js';
import { kstrdup, read_cstring } from './string.js';
import { attribute, call_back, kobj_type, kobject, sysfs_create_dir, sysfs_create_file, sysfs_init,
	sysfs_ops, sysfs_remove_dir } from './sysfs.js';

export { attribute, kobj_type, kobject, sysfs_ops };

export const kset = struct('kset', { list: list_head, list_lock: spinlock_t, kobj: kobject,
	uevent_ops: ptr });
/**
 * int filter(kset, kobj): 0 keeps the event back; const char *name(kset, kobj): the event's
 * SUBSYSTEM. uevent() is not called.
 */
export const kset_uevent_ops = struct('kset_uevent_ops', { filter: fn_ptr, name: fn_ptr,
	uevent: fn_ptr });
/**
 * An attribute with functions of its own, for the kobjects of kobject_create_and_add(): show(kobj,
 * kattr, buf), store(kobj, kattr, buf, count).
 */
export const kobj_attribute = struct('kobj_attribute', { attr: attribute, show: fn_ptr,
	store: fn_ptr });
const kobj_ = kobject.offset;
const kset_ = kset.offset;
const ktype_ = kobj_type.offset;

const STATE_INITIALIZED = 1;
const STATE_IN_SYSFS = 2;
const STATE_ADD_UEVENT_SENT = 4;
const STATE_REMOVE_UEVENT_SENT = 8;
const STATE_UEVENT_SUPPRESS = 16;

export const KOBJ_ADD = 0;
export const KOBJ_REMOVE = 1;
export const KOBJ_CHANGE = 2;
export const KOBJ_MOVE = 3;
export const KOBJ_ONLINE = 4;
export const KOBJ_OFFLINE = 5;
export const KOBJ_BIND = 6;
export const KOBJ_UNBIND = 7;
const actions: readonly string[] = ['add', 'remove', 'change', 'move', 'online', 'offline', 'bind',
	'unbind'];

const KSET_KTYPE = bss(kobj_type.size);
const DYNAMIC_KOBJ_KTYPE = bss(kobj_type.size);
const KOBJ_SYSFS_OPS = bss(sysfs_ops.size);
const KERNEL_KOBJ = bss(8);
/** [lock, number of the last uevent] */
const UEVENT = bss(128, 128);

const has = (kobj: number, state: number): boolean => (load(kobj + kobj_.state) & state) !== 0;
const set_state = (kobj: number, state: number): void => {
	store(kobj + kobj_.state, load(kobj + kobj_.state) | state);
};
const clear_state = (kobj: number, state: number): void => {
	store(kobj + kobj_.state, load(kobj + kobj_.state) & ~state);
};
const describe = (kobj: number): string =>
	`kobject: '${kobject_name(kobj)}' (${kobj.toString(16)})`;

/** A kobject's name; empty if it has none. */
export function kobject_name(kobj: number): string {
	return read_cstring(load(kobj + kobj_.name));
}

/** Name a kobject that is not in sysfs; a slash in the name becomes '!'. @returns 0 or -ENOMEM */
export function kobject_set_name(kobj: number, name: string): number {
	const copy = kstrdup(name.replaceAll('/', '!'));
	if (copy === 0)
		return -ENOMEM;
	kfree(load(kobj + kobj_.name));
	store_ptr(kobj + kobj_.name, copy);
	return 0;
}

function kobject_init_internal(kobj: number): void {
	kref_init(kobj + kobj_.kref);
	INIT_LIST_HEAD(kobj + kobj_.entry);
	clear_state(kobj, STATE_IN_SYSFS | STATE_ADD_UEVENT_SENT | STATE_REMOVE_UEVENT_SENT);
	set_state(kobj, STATE_INITIALIZED);
}

/**
 * Make zeroed memory a kobject with one reference, which is in no directory yet. From now on it is
 * freed by kobject_put().
 * @param ktype address of its kobj_type
 */
export function kobject_init(kobj: number, ktype: number): void {
	if (kobj === 0 || ktype === 0) {
		WARN(
			`kobject (${kobj.toString(16)}): ${
				kobj === 0
					? 'invalid kobject pointer!'
					: 'must have a ktype to be initialized properly!'
			}`,
		);
		return;
	}
	if (has(kobj, STATE_INITIALIZED))
		WARN(
			`kobject (${
				kobj.toString(16)
			}): tried to init an initialized object, something is seriously wrong.`,
		);
	kobject_init_internal(kobj);
	store_ptr(kobj + kobj_.ktype, ktype);
}

function kobj_kset_join(kobj: number): void {
	const set = load(kobj + kobj_.kset);
	kobject_get(set + kset_.kobj);
	spin_lock(set + kset_.list_lock);
	list_add_tail(kobj + kobj_.entry, set + kset_.list);
	spin_unlock(set + kset_.list_lock);
}

function kobj_kset_leave(kobj: number): void {
	const set = load(kobj + kobj_.kset);
	if (set === 0)
		return;
	spin_lock(set + kset_.list_lock);
	list_del_init(kobj + kobj_.entry);
	spin_unlock(set + kset_.list_lock);
	kobject_put(set + kset_.kobj);
}

/** The directory and the files of the type's default_attrs. */
function create_dir(kobj: number): number {
	const err = sysfs_create_dir(kobj);
	if (err !== 0)
		return err;
	const ktype = load(kobj + kobj_.ktype);
	const attrs = ktype === 0 ? 0 : load(ktype + ktype_.default_attrs);
	for (let at = attrs; at !== 0 && load(at) !== 0; at += ptr.size) {
		const error = sysfs_create_file(kobj, load(at));
		if (error !== 0) {
			sysfs_remove_dir(kobj);
			return error;
		}
	}
	return 0;
}

function kobject_add_internal(kobj: number): number {
	if (kobject_name(kobj) === '') {
		WARN(`kobject: (${kobj.toString(16)}): attempted to be registered with empty name!`);
		return -EINVAL;
	}
	let parent = kobject_get(load(kobj + kobj_.parent));
	const set = load(kobj + kobj_.kset);
	if (set !== 0) {
		if (parent === 0)
			parent = kobject_get(set + kset_.kobj);
		kobj_kset_join(kobj);
		store_ptr(kobj + kobj_.parent, parent);
	}
	const err = create_dir(kobj);
	if (err === 0) {
		set_state(kobj, STATE_IN_SYSFS);
		return 0;
	}
	kobj_kset_leave(kobj);
	store_ptr(kobj + kobj_.parent, 0);
	if (err === -EEXIST)
		WARN(
			`kobject_add_internal failed for ${
				kobject_name(kobj)
			} with -EEXIST, don't try to register things with the same name in the same directory.`,
		);
	else
		WARN(
			`kobject_add_internal failed for ${kobject_name(kobj)} (error: ${err} parent: ${
				parent === 0 ? "'none'" : kobject_name(parent)
			})`,
		);
	kobject_put(parent);
	return err;
}

/**
 * Put a kobject into sysfs: its directory and the files of its type. No uevent is sent.
 * @param parent whose directory it goes into; NULL: that of its kset, or /sys if it has none
 * @param name of the directory; without it the name given by kobject_set_name()
 * @returns 0; -EEXIST: the name is taken, or it is in sysfs already; -EINVAL: no name, or not
 * initialised; -ENOENT: the parent is not in sysfs; -ENOMEM. The caller still has its reference.
 */
export function kobject_add(kobj: number, parent: number, name?: string): number {
	if (kobj === 0)
		return -EINVAL;
	if (!has(kobj, STATE_INITIALIZED)) {
		WARN(
			`${
				describe(kobj)
			}: tried to add an uninitialized object, something is seriously wrong.`,
		);
		return -EINVAL;
	}
	if (has(kobj, STATE_IN_SYSFS)) {
		WARN(`${describe(kobj)}: is in sysfs already, it cannot be added again`);
		return -EEXIST;
	}
	if (name !== undefined && kobject_set_name(kobj, name) !== 0) {
		pr_err('kobject: can not set name properly!');
		return -ENOMEM;
	}
	store_ptr(kobj + kobj_.parent, parent);
	return kobject_add_internal(kobj);
}

/** Take a reference; NULL is ignored. @returns kobj */
export function kobject_get(kobj: number): number {
	if (kobj !== 0) {
		if (!has(kobj, STATE_INITIALIZED))
			WARN(`${describe(kobj)}: is not initialized, yet kobject_get() is being called.`);
		kref_get(kobj + kobj_.kref);
	}
	return kobj;
}

/**
 * Drop a reference; NULL is ignored. The last one takes the kobject out of sysfs and calls its
 * release(). May sleep then.
 */
export function kobject_put(kobj: number): void {
	if (kobj === 0)
		return;
	if (!has(kobj, STATE_INITIALIZED))
		WARN(`${describe(kobj)}: is not initialized, yet kobject_put() is being called.`);
	kref_put(kobj + kobj_.kref, kobject_release);
}

function kobject_release(ref: number): void {
	const kobj = container_of(ref, kobject, 'kref');
	const ktype = load(kobj + kobj_.ktype);
	const name = load(kobj + kobj_.name);
	const what = `release() of ${describe(kobj)}`;
	if (has(kobj, STATE_ADD_UEVENT_SENT) && !has(kobj, STATE_REMOVE_UEVENT_SENT))
		kobject_uevent(kobj, KOBJ_REMOVE);
	if (has(kobj, STATE_IN_SYSFS))
		kobject_del(kobj);
	try {
		if (ktype === 0 || load(ktype + ktype_.release) === 0)
			pr_debug(
				`${
					describe(kobj)
				}: does not have a release() function, it is broken and must be fixed.`,
			);
		else
			call_back(what, ktype + ktype_.release, 'p', kobj);
	} finally {
		kfree(name);
	}
}

/**
 * Take a kobject out of sysfs. Sleeps while a show() or store() of it runs. The caller's reference
 * stays.
 */
export function kobject_del(kobj: number): void {
	if (kobj === 0 || !has(kobj, STATE_IN_SYSFS))
		return;
	if (has(kobj, STATE_ADD_UEVENT_SENT) && !has(kobj, STATE_REMOVE_UEVENT_SENT))
		kobject_uevent(kobj, KOBJ_REMOVE);
	sysfs_remove_dir(kobj);
	clear_state(kobj, STATE_IN_SYSFS);
	kobj_kset_leave(kobj);
	const parent = load(kobj + kobj_.parent);
	store_ptr(kobj + kobj_.parent, 0);
	kobject_put(parent);
}

/** The path below /sys; empty if a kobject on the way has no name. */
function kobject_get_path(kobj: number): string {
	let path = '';
	for (let at = kobj; at !== 0; at = load(at + kobj_.parent)) {
		const name = kobject_name(at);
		if (name === '')
			return '';
		path = `/${name}${path}`;
	}
	return path;
}

/** Call an optional member of a kset's uevent_ops. @returns as call_back() */
function call_uevent_ops(set: number, op: 'filter' | 'name', kobj: number): number | undefined {
	const ops = load(set + kset_.uevent_ops);
	return ops === 0
		? undefined
		: call_back(`uevent_ops.${op}() for ${describe(kobj)}`, ops + kset_uevent_ops.offset[op],
			'pp', set, kobj);
}

/**
 * Tell the world about a kobject: a record of kind 'uevent' on the kernel log, of lines KEY=value.
 * @param action KOBJ_*
 * @returns 0, also if the kset keeps the event back; -EINVAL: neither it nor a parent is in a kset;
 *   -ENOENT: it has no name
 */
export function kobject_uevent(kobj: number, action: number): number {
	const action_name = actions[action];
	if (action_name === undefined)
		return -EINVAL;
	let top = kobj;
	while (load(top + kobj_.kset) === 0 && load(top + kobj_.parent) !== 0)
		top = load(top + kobj_.parent);
	const set = load(top + kobj_.kset);
	if (set === 0) {
		pr_debug(`${describe(kobj)}: kobject_uevent: attempted to send uevent without kset!`);
		return -EINVAL;
	}
	if (has(kobj, STATE_UEVENT_SUPPRESS) || call_uevent_ops(set, 'filter', kobj) === 0)
		return 0;
	const named = call_uevent_ops(set, 'name', kobj);
	const subsystem = named === undefined ? kobject_name(set + kset_.kobj) : read_cstring(named);
	if (subsystem === '')
		return 0;
	const path = kobject_get_path(kobj);
	if (path === '')
		return -ENOENT;
	if (action === KOBJ_ADD)
		set_state(kobj, STATE_ADD_UEVENT_SENT);
	else if (action === KOBJ_REMOVE)
		set_state(kobj, STATE_REMOVE_UEVENT_SENT);
	// The lock makes the order of the numbers that of the records.
	spin_lock(UEVENT);
	const seqnum = atomic_fetch_add(UEVENT + 4, 1) + 1;
	emit_record('uevent', KERN_INFO,
		`ACTION=${action_name}\nDEVPATH=${path}\nSUBSYSTEM=${subsystem}\nSEQNUM=${seqnum}`);
	spin_unlock(UEVENT);
	return 0;
}

/** Put a kset, whose kobject has a name, into sysfs. @returns as kobject_add() */
export function kset_register(set: number): number {
	if (set === 0)
		return -EINVAL;
	kobject_init_internal(set + kset_.kobj);
	INIT_LIST_HEAD(set + kset_.list);
	spin_lock_init(set + kset_.list_lock);
	const err = kobject_add_internal(set + kset_.kobj);
	if (err === 0)
		kobject_uevent(set + kset_.kobj, KOBJ_ADD);
	return err;
}

/** Take a kset out of sysfs and drop the reference of who registered it; NULL is ignored. */
export function kset_unregister(set: number): void {
	if (set === 0)
		return;
	kobject_del(set + kset_.kobj);
	kobject_put(set + kset_.kobj);
}

/**
 * A new kset in sysfs. It ends with kset_unregister().
 * @param uevent_ops address of a kset_uevent_ops, or NULL
 * @param parent_kobj whose directory it goes into; NULL: /sys
 * @returns its address, or NULL
 */
export function kset_create_and_add(name: string, uevent_ops: number, parent_kobj: number): number {
	const set = kzalloc(kset.size);
	if (set === 0)
		return 0;
	store_ptr(set + kset_.uevent_ops, uevent_ops);
	store_ptr(set + kset_.kobj + kobj_.parent, parent_kobj);
	store_ptr(set + kset_.kobj + kobj_.ktype, KSET_KTYPE);
	if (kobject_set_name(set + kset_.kobj, name) === 0 && kset_register(set) === 0)
		return set;
	kfree(load(set + kset_.kobj + kobj_.name));
	kfree(set);
	return 0;
}

function kset_release(kobj: number): void {
	kfree(container_of(kobj, kset, 'kobj'));
}

/**
 * A new kobject in sysfs, for a directory and nothing more; its files are kobj_attributes. It ends
 * with kobject_put().
 * @returns its address, or NULL
 */
export function kobject_create_and_add(name: string, parent: number): number {
	const kobj = kzalloc(kobject.size);
	if (kobj === 0)
		return 0;
	kobject_init(kobj, DYNAMIC_KOBJ_KTYPE);
	const err = kobject_add(kobj, parent, name);
	if (err === 0)
		return kobj;
	pr_warn(`kobject_create_and_add: kobject_add error: ${errno_name(err)}`);
	kobject_put(kobj);
	return 0;
}

function dynamic_kobj_release(kobj: number): void {
	kfree(kobj);
}

function kobj_attr_show(kobj: number, attr: number, buf: number): number {
	const slot = container_of(attr, kobj_attribute, 'attr') + kobj_attribute.offset.show;
	return load(slot) === 0 ? -EIO : call(slot, 'ppp', kobj, attr, buf);
}

function kobj_attr_store(kobj: number, attr: number, buf: number, count: number): number {
	const slot = container_of(attr, kobj_attribute, 'attr') + kobj_attribute.offset.store;
	return load(slot) === 0 ? -EIO : call(slot, 'pppn', kobj, attr, buf, count);
}

const functions = {
	kset_release: kernel_function(kset_release),
	dynamic_kobj_release: kernel_function(dynamic_kobj_release),
	kobj_attr_show: kernel_function(kobj_attr_show),
	kobj_attr_store: kernel_function(kobj_attr_store),
};

/** The kobject of /sys/kernel. */
export function kernel_kobj(): number {
	return load(KERNEL_KOBJ);
}

/** Make /sys and /sys/kernel. The booting thread calls it once. */
export function kobject_subsys_init(): void {
	store_function(KSET_KTYPE + ktype_.release, functions.kset_release);
	store_function(DYNAMIC_KOBJ_KTYPE + ktype_.release, functions.dynamic_kobj_release);
	store_function(KOBJ_SYSFS_OPS + sysfs_ops.offset.show, functions.kobj_attr_show);
	store_function(KOBJ_SYSFS_OPS + sysfs_ops.offset.store, functions.kobj_attr_store);
	store_ptr(KSET_KTYPE + ktype_.sysfs_ops, KOBJ_SYSFS_OPS);
	store_ptr(DYNAMIC_KOBJ_KTYPE + ktype_.sysfs_ops, KOBJ_SYSFS_OPS);
	BUG_ON(sysfs_init() !== 0, 'kobject.ts: kobject_subsys_init');
	store(KERNEL_KOBJ, kobject_create_and_add('kernel', 0));
	BUG_ON(load(KERNEL_KOBJ) === 0, 'kobject.ts: kobject_subsys_init');
}
