// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/sysfs.h>, on a small kernfs. The tree of directories and attributes lies in
// shared memory. Nobody can mount it: sysfs_read() and the others are what a process does with
// open(), read(), write() and readdir() on a path below /sys.
//
// kernfs_mutex protects the tree. show() and store() run without it; each run counts in its node's
// `active`. Removing a node makes that negative, so that no run can begin, and waits for those that
// have: when kobject_del() returns, the kobject may be freed.
//
// struct kobject and struct kobj_type stand here, and kobject.ts exports them too: it is built upon
// this file.
import { atomic_cmpxchg, atomic_fetch_add, load, READ_ONCE, store,
	store_ptr } from '../machine/memory.js';
import { call, is_null, Kinds } from '../machine/function.js';
import { bss } from '../machine/layout.js';
import { on_detach } from '../machine/thread.js';
import { fn_ptr, int, ptr, struct, u16, unsigned_int } from '../machine/struct.js';
import { atomic_t } from './atomic.js';
import { misuse, Oops, oops_in_callback, WARN_ON } from './bug.js';
import { IS_ERR } from './err.js';
import { EACCES, EEXIST, EINVAL, EIO, EISDIR, ENODEV, ENOENT, ENOMEM, ENOTDIR } from './errno.js';
import { kref } from './kref.js';
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty, list_head,
	list_next } from './list.js';
import { mutex, mutex_init, mutex_lock, mutex_unlock } from './mutex.js';
import { PAGE_SIZE } from './page_alloc.js';
import { preempt_only_count, restore_preempt_count, softirq_count } from './preempt.js';
import { rcu_read_depth } from './rcupdate.js';
import { pr_warn } from './printk.js';
import { __GFP_ZERO, GFP_KERNEL, kfree, kmalloc, kmem_cache_alloc, kmem_cache_create,
	kmem_cache_free, kzalloc } from './slab.js';
import { kstrdup, read_cstring, read_text, text_bytes, write_cstring } from './string.js';
import { wait_event, wake_up } from './wait.js';

/** A file: `name` is a C string that lives as long as the file, `mode` the permission bits. */
export const attribute = struct('attribute', { name: ptr, mode: u16 });
/** ssize_t show(kobj, attr, buf), ssize_t store(kobj, attr, buf, count) */
export const sysfs_ops = struct('sysfs_ops', { show: fn_ptr, store: fn_ptr });
/** default_attrs: array of pointers to attributes, with a NULL behind the last one. */
export const kobj_type = struct('kobj_type', {
	release: fn_ptr,
	sysfs_ops: ptr,
	default_attrs: ptr,
	child_ns_type: fn_ptr,
	namespace: fn_ptr,
});
/** state: the bit fields state_initialized to uevent_suppress, from bit 0 up. */
export const kobject = struct('kobject', {
	name: ptr,
	entry: list_head,
	parent: ptr,
	kset: ptr,
	ktype: ptr,
	sd: ptr,
	kref,
	state: unsigned_int,
});
const attr_ = attribute.offset;
const kobj_ = kobject.offset;

/** priv: the kobject of a directory, the attribute of a file. mode: S_IFDIR in a directory's. */
const kernfs_node = struct('kernfs_node', {
	count: atomic_t,
	active: atomic_t,
	parent: ptr,
	name: ptr,
	siblings: list_head,
	children: list_head,
	priv: ptr,
	mode: int,
});
const node = kernfs_node.offset;

const S_IFDIR = 0o040000;
const S_IALLUGO = 0o7777;
const S_IRUGO = 0o444;
const S_IWUGO = 0o222;
/** What a node's `active` is when it is being removed and nothing runs on it. */
const KN_DEACTIVATED_BIAS = -0x40000000;

const KERNFS_MUTEX = bss(mutex.size, 128);
const SYSFS_ROOT = bss(8);
const KERNFS_NODE_CACHE = bss(8);
/**
 * Another number whenever a node has come or gone, or what a file shows has changed: to sleep on.
 */
export const kernfs_event = bss(4);

/** The nodes whose show() or store() are on this thread's stack. */
const running: number[] = [];
on_detach(() => {
	running.length = 0;
});

/** Make the empty tree. The booting thread calls it once. @returns 0 or -ENOMEM */
export function sysfs_init(): number {
	mutex_init(KERNFS_MUTEX);
	store(KERNFS_NODE_CACHE, kmem_cache_create(kernfs_node.size));
	const root = kernfs_new_node('', S_IFDIR | 0o755, 0);
	store(SYSFS_ROOT, root);
	return root === 0 ? -ENOMEM : 0;
}

function locked<T>(fn: () => T): T {
	mutex_lock(KERNFS_MUTEX);
	try {
		return fn();
	} finally {
		mutex_unlock(KERNFS_MUTEX);
	}
}

const is_dir = (kn: number): boolean => (load(kn + node.mode) & S_IFDIR) !== 0;
const kernfs_active = (kn: number): boolean => READ_ONCE(kn + node.active) >= 0;

function kernfs_new_node(name: string, mode: number, priv: number): number {
	const kn = kmem_cache_alloc(load(KERNFS_NODE_CACHE), GFP_KERNEL | __GFP_ZERO);
	if (kn === 0)
		return 0;
	const copy = kstrdup(name);
	if (copy === 0) {
		kmem_cache_free(load(KERNFS_NODE_CACHE), kn);
		return 0;
	}
	store(kn + node.count, 1);
	store(kn + node.name, copy);
	INIT_LIST_HEAD(kn + node.siblings);
	INIT_LIST_HEAD(kn + node.children);
	store(kn + node.priv, priv);
	store(kn + node.mode, mode);
	return kn;
}

function kernfs_notify(): void {
	atomic_fetch_add(kernfs_event, 1);
	wake_up(kernfs_event);
}

function kernfs_get(kn: number): void {
	atomic_fetch_add(kn + node.count, 1);
}

function kernfs_put(kn: number): void {
	if (atomic_fetch_add(kn + node.count, -1) !== 1)
		return;
	kfree(load(kn + node.name));
	kmem_cache_free(load(KERNFS_NODE_CACHE), kn);
}

/** A run of show() or store() begins. @returns false if the node is being removed */
function kernfs_get_active(kn: number): boolean {
	for (;;) {
		const active = READ_ONCE(kn + node.active);
		if (active < 0)
			return false;
		if (atomic_cmpxchg(kn + node.active, active, active + 1) === active)
			return true;
	}
}

function kernfs_put_active(kn: number): void {
	if (atomic_fetch_add(kn + node.active, -1) < 0)
		wake_up(kn + node.active);
}

/** The node in `siblings` of a list entry. */
const sibling = (entry: number): number => entry - node.siblings;

/** With kernfs_mutex held: the child of that name, also one that is being removed; or NULL. */
function kernfs_find(dir: number, name: string): number {
	const head = dir + node.children;
	for (let entry = list_next(head); entry !== head; entry = list_next(entry))
		if (read_cstring(load(sibling(entry) + node.name)) === name)
			return sibling(entry);
	return 0;
}

/** With kernfs_mutex held: the path below /sys of a node that is in the tree. */
function kernfs_path(kn: number): string {
	const parent = load(kn + node.parent);
	return parent === 0 ? '' : `${kernfs_path(parent)}/${read_cstring(load(kn + node.name))}`;
}

/**
 * Make a node in a directory.
 * @returns its address, -EEXIST, -ENOENT (the directory is being removed) or -ENOMEM
 */
function kernfs_create(dir: number, name: string, mode: number, priv: number): number {
	const kn = kernfs_new_node(name, mode, priv);
	if (kn === 0)
		return -ENOMEM;
	const err = locked(() => {
		if (!kernfs_active(dir))
			return -ENOENT;
		if (kernfs_find(dir, name) !== 0) {
			pr_warn(`sysfs: cannot create duplicate filename '${kernfs_path(dir)}/${name}'`);
			return -EEXIST;
		}
		store(kn + node.parent, dir);
		list_add_tail(kn + node.siblings, dir + node.children);
		return 0;
	});
	if (err === 0) {
		kernfs_notify();
		return kn;
	}
	kernfs_put(kn);
	return err;
}

/** With kernfs_mutex held: from now on nothing begins in the subtree. */
function kernfs_deactivate(kn: number): void {
	if (kernfs_active(kn))
		atomic_fetch_add(kn + node.active, KN_DEACTIVATED_BIAS);
	const head = kn + node.children;
	for (let entry = list_next(head); entry !== head; entry = list_next(entry))
		kernfs_deactivate(sibling(entry));
}

/** With kernfs_mutex held, which is dropped meanwhile: wait until nothing runs on the node. */
function kernfs_drain(kn: number): void {
	const mine = running.filter((other) => other === kn).length;
	if (mine > 0)
		misuse(
			`kernfs_drain: attribute ${
				read_cstring(load(kn + node.name))
			} is removed by its own show() or store()`,
		);
	if (READ_ONCE(kn + node.active) === KN_DEACTIVATED_BIAS + mine)
		return;
	mutex_unlock(KERNFS_MUTEX);
	try {
		wait_event(kn + node.active, (active) => active === KN_DEACTIVATED_BIAS + mine);
	} finally {
		mutex_lock(KERNFS_MUTEX);
	}
}

/**
 * Remove a node and what is below it, and wait for what runs there. The caller has a reference. A
 * node stays in the tree until it is drained, so that whoever removes it at the same time finds it
 * there and waits too.
 */
function kernfs_remove(kn: number): void {
	locked(() => {
		kernfs_deactivate(kn);
		for (let pos = 0; pos !== kn;) {
			pos = kn;
			while (!list_empty(pos + node.children))
				pos = sibling(list_next(pos + node.children));
			// Another remover may take it out of the tree while it is drained.
			kernfs_get(pos);
			kernfs_drain(pos);
			if (!list_empty(pos + node.siblings)) {
				list_del_init(pos + node.siblings);
				kernfs_put(pos);
			}
			kernfs_put(pos);
		}
	});
	kernfs_notify();
}

/**
 * The directory of a kobject, below its parent's or /sys. @returns 0, -EEXIST, -ENOENT or -ENOMEM
 */
export function sysfs_create_dir(kobj: number): number {
	const parent = load(kobj + kobj_.parent);
	const dir = parent === 0 ? load(SYSFS_ROOT) : load(parent + kobj_.sd);
	if (dir === 0)
		return -ENOENT;
	const kn = kernfs_create(dir, read_cstring(load(kobj + kobj_.name)), S_IFDIR | 0o755, kobj);
	if (IS_ERR(kn))
		return kn;
	// The kobject's own reference: its directory may be removed together with the parent's.
	kernfs_get(kn);
	store_ptr(kobj + kobj_.sd, kn);
	return 0;
}

/** Remove the directory of a kobject. Sleeps while a show() or store() of the kobject runs. */
export function sysfs_remove_dir(kobj: number): void {
	const kn = load(kobj + kobj_.sd);
	store_ptr(kobj + kobj_.sd, 0);
	if (kn === 0)
		return;
	kernfs_remove(kn);
	kernfs_put(kn);
}

/** Of a kobject that has one: its directory, or a group's in that; or NULL. */
function group_dir(kobj: number, group: string | undefined): number {
	const dir = load(kobj + kobj_.sd);
	return group === undefined ? dir : locked(() => kernfs_find(dir, group));
}

/** A directory for a group of attributes, in a kobject's. @returns as sysfs_create_file() */
export function sysfs_create_group_dir(kobj: number, name: string): number {
	if (WARN_ON(kobj === 0 || load(kobj + kobj_.sd) === 0,
		'sysfs_create_group: no kobject in sysfs'))
		return -EINVAL;
	const kn = kernfs_create(load(kobj + kobj_.sd), name, S_IFDIR | 0o755, kobj);
	return IS_ERR(kn) ? kn : 0;
}

/** Remove such a directory with its files. Sleeps while a show() or store() of one runs. */
export function sysfs_remove_group_dir(kobj: number, name: string): void {
	if (load(kobj + kobj_.sd) !== 0)
		remove_child(load(kobj + kobj_.sd), name);
}

/**
 * Make a file in a kobject's directory.
 * @param group the directory of a group in it
 * @returns 0, -EEXIST, -ENOENT, -ENOMEM; -EINVAL if the kobject has no directory
 */
export function sysfs_create_file(kobj: number, attr: number, group?: string): number {
	if (WARN_ON(kobj === 0 || attr === 0 || load(kobj + kobj_.sd) === 0,
		'sysfs_create_file: no kobject in sysfs, or no attribute'))
		return -EINVAL;
	// The mode is an u16 behind the pointer, so at the lower half of a word.
	const mode = load(attr + attr_.mode) & S_IALLUGO;
	const dir = group_dir(kobj, group);
	if (dir === 0)
		return -ENOENT;
	const kn = kernfs_create(dir, read_cstring(load(attr + attr_.name)), mode, attr);
	return IS_ERR(kn) ? kn : 0;
}

/**
 * Remove a file from a kobject's directory, if it is there. Sleeps while its show() or store()
 * runs.
 */
export function sysfs_remove_file(kobj: number, attr: number): void {
	if (load(kobj + kobj_.sd) !== 0)
		remove_child(load(kobj + kobj_.sd), read_cstring(load(attr + attr_.name)));
}

function remove_child(dir: number, name: string): void {
	const kn = locked(() => {
		const found = kernfs_find(dir, name);
		if (found !== 0)
			kernfs_get(found);
		return found;
	});
	if (kn === 0)
		return;
	kernfs_remove(kn);
	kernfs_put(kn);
}

/**
 * What files of a kobject show has changed, or may have: whoever watches sysfs reads them again.
 * Does not sleep. A kobject that is not in sysfs is passed over.
 */
export function sysfs_changed(kobj: number): void {
	if (load(kobj + kobj_.sd) !== 0)
		kernfs_notify();
}

/** The node at a path, with a reference; -ENOENT or -ENOTDIR. */
function kernfs_walk(path: string): number {
	const names = path.split('/').filter((name) => name !== '');
	if (!path.startsWith('/') || names.shift() !== 'sys' || load(SYSFS_ROOT) === 0)
		return -ENOENT;
	return locked(() => {
		let kn = load(SYSFS_ROOT);
		for (const name of names) {
			if (!is_dir(kn))
				return -ENOTDIR;
			kn = kernfs_find(kn, name);
			if (kn === 0 || !kernfs_active(kn))
				return -ENOENT;
		}
		if (path.endsWith('/') && !is_dir(kn))
			return -ENOTDIR;
		kernfs_get(kn);
		return kn;
	});
}

/**
 * Run `op` on the file at a path, which is not removed meanwhile.
 * @param wanted mode bits, one of which it must have
 */
function with_file<T>(path: string, wanted: number, op: (kobj: number, attr: number) => T):
	| T
	| number
{
	const kn = kernfs_walk(path);
	if (IS_ERR(kn))
		return kn;
	try {
		if (is_dir(kn))
			return -EISDIR;
		if ((load(kn + node.mode) & wanted) === 0)
			return -EACCES;
		if (!kernfs_get_active(kn))
			return -ENODEV;
		running.push(kn);
		try {
			return op(load(load(kn + node.parent) + node.priv), load(kn + node.priv));
		} finally {
			running.pop();
			kernfs_put_active(kn);
		}
	} finally {
		kernfs_put(kn);
	}
}

/** Call show() or store(): what it returned; -EIO if there is none, or it threw. */
function call_ops(op: 'show' | 'store', kobj: number, attr: number, ...args: number[]): number {
	const ktype = load(kobj + kobj_.ktype);
	const ops = ktype === 0 ? 0 : load(ktype + kobj_type.offset.sysfs_ops);
	if (ops === 0)
		return -EIO;
	// Both may be gone when the callback returns.
	const what = `${op}() of attribute ${read_cstring(load(attr + attr_.name))} of kobject ${
		read_cstring(load(kobj + kobj_.name))
	}`;
	return call_back(what, ops + sysfs_ops.offset[op], op === 'show' ? 'ppp' : 'pppn', kobj, attr,
		...args) ?? -EIO;
}

/**
 * An attribute's show(), without a file: what it returned; -EIO if there is none, or it threw.
 * Sleeps if it does.
 */
export function sysfs_show(kobj: number, attr: number, buf: number): number {
	return call_ops('show', kobj, attr, buf);
}

/** An attribute's store(), as sysfs_show(). */
export function sysfs_store(kobj: number, attr: number, buf: number, count: number): number {
	return call_ops('store', kobj, attr, buf, count);
}

/**
 * Call a callback of the user, and set right what it leaves behind.
 * @returns its value as an int; undefined if it is NULL, or if it threw, which has been reported
 * @throws Oops if it ran into one
 */
export function call_back(what: string, slot: number, kinds: Kinds, ...args: number[]):
	| number
	| undefined
{
	if (is_null(slot))
		return undefined;
	const softirq = softirq_count();
	const rcu = rcu_read_depth();
	const preempt = preempt_only_count();
	let value: number | undefined;
	try {
		value = call(slot, kinds, ...args) | 0;
	} catch (error) {
		if (error instanceof Oops)
			throw error;
		oops_in_callback(what, error);
	}
	if (restore_preempt_count(softirq, preempt, rcu))
		misuse(`${what}: it leaked a lock or left softirqs disabled`);
	return value;
}

/**
 * Read a file, from its beginning to its end. Sleeps if its show() does.
 * @param path e.g. /sys/kernel/pcrypt/pencrypt/serial_cpumask
 * @returns its text, or a negative errno: -ENOENT, -ENOTDIR, -EISDIR, -EACCES (the mode allows
 * nobody to read it), -EIO (it has no show(), or that threw), -ENODEV (it is being removed),
 * -ENOMEM, or what show() returned
 */
export function sysfs_read(path: string): string | number {
	return with_file(path, S_IRUGO, (kobj, attr) => {
		const buf = kzalloc(PAGE_SIZE);
		if (buf === 0)
			return -ENOMEM;
		try {
			const count = call_ops('show', kobj, attr, buf);
			if (count < 0)
				return count;
			if (count >= PAGE_SIZE)
				pr_warn(`fill_read_buffer: show() of ${path} returned bad count`);
			return read_text(buf, Math.min(count, PAGE_SIZE - 1));
		} finally {
			kfree(buf);
		}
	});
}

/**
 * One write() to a file, which takes at most PAGE_SIZE bytes. Sleeps if its store() does.
 * @returns the number of bytes that store() took, or a negative errno: as sysfs_read(), or what
 *   store() returned
 */
export function sysfs_write(path: string, text: string | Uint8Array): number {
	return with_file(path, S_IWUGO, (kobj, attr) => {
		const bytes = text_bytes(text).subarray(0, PAGE_SIZE);
		if (bytes.length === 0)
			return 0;
		const buf = kmalloc(bytes.length + 1);
		if (buf === 0)
			return -ENOMEM;
		try {
			write_cstring(buf, bytes);
			return call_ops('store', kobj, attr, buf, bytes.length);
		} finally {
			kfree(buf);
			kernfs_notify();
		}
	});
}

/**
 * With kernfs_mutex held: what is in a directory and not being removed, in the order of creation.
 */
function* kernfs_children(dir: number): Generator<number, void, undefined> {
	const head = dir + node.children;
	for (let entry = list_next(head); entry !== head; entry = list_next(entry))
		if (kernfs_active(sibling(entry)))
			yield sibling(entry);
}

export interface SysfsEntry {
	readonly name: string;
	readonly directory: boolean;
}

/** @returns what is in a directory, in the order of creation; -ENOENT or -ENOTDIR */
export function sysfs_readdir(path: string): SysfsEntry[] | number {
	const kn = kernfs_walk(path);
	if (IS_ERR(kn))
		return kn;
	try {
		if (!is_dir(kn))
			return -ENOTDIR;
		return locked(() =>
			[...kernfs_children(kn)].map((child) => ({ name: read_cstring(load(child + node.name)),
				directory: is_dir(child) })
			)
		);
	} finally {
		kernfs_put(kn);
	}
}

/** @returns the names in a directory in the order of their creation; -ENOENT or -ENOTDIR */
export function sysfs_list(path: string): string[] | number {
	const entries = sysfs_readdir(path);
	return typeof entries === 'number' ? entries : entries.map(({ name }) => name);
}

/**
 * The paths of all directories that have a file of that name in them. Sleeps for as long as the
 * tree is being changed.
 */
export function sysfs_find(file: string): string[] {
	const found: string[] = [];
	const search = (dir: number, path: string): void => {
		for (const child of kernfs_children(dir)) {
			const name = read_cstring(load(child + node.name));
			if (is_dir(child))
				search(child, `${path}/${name}`);
			else if (name === file)
				found.push(path);
		}
	};
	locked(() => search(load(SYSFS_ROOT), '/sys'));
	return found;
}

/** @returns the permission bits of a file or directory; -ENOENT or -ENOTDIR */
export function sysfs_mode(path: string): number {
	const kn = kernfs_walk(path);
	if (IS_ERR(kn))
		return kn;
	const mode = load(kn + node.mode) & S_IALLUGO;
	kernfs_put(kn);
	return mode;
}
