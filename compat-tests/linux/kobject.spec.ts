// SPDX-License-Identifier: GPL-2.0-only
//
// Kobjects, their uevents and their files: what exists when, who is called with what, and the
// errors.
import { expect } from 'chai';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { Oops } from '../../lib/linux/bug.js';
import { EACCES, EEXIST, EINVAL, EIO, EISDIR, ENOENT, ENOMEM,
	ENOTDIR } from '../../lib/linux/errno.js';
import { FAIL_KMALLOC, FAIL_KMEM_CACHE, FAIL_KZALLOC,
	failslab } from '../../lib/linux/fault-inject.js';
import { kernel_kobj, KOBJ_ADD, kobj_attribute, KOBJ_CHANGE, KOBJ_REMOVE, kobject_add,
	kobject_create_and_add, kobject_del, kobject_get, kobject_init, kobject_name, kobject_put,
	kobject_set_name, kobject_subsys_init, kobject_uevent, kset, kset_create_and_add,
	kset_uevent_ops, kset_unregister } from '../../lib/linux/kobject.js';
import { kref_read } from '../../lib/linux/kref.js';
import { list_empty } from '../../lib/linux/list.js';
import { PAGE_SIZE } from '../../lib/linux/page_alloc.js';
import { local_bh_disable, preempt_count } from '../../lib/linux/preempt.js';
import { kfree, kzalloc, slab_objects } from '../../lib/linux/slab.js';
import { kstrdup, read_cstring, strlen, write_cstring } from '../../lib/linux/string.js';
import { attribute, kobj_type, kobject, sysfs_create_file, sysfs_list, sysfs_mode, sysfs_ops,
	sysfs_read, sysfs_remove_file, sysfs_write } from '../../lib/linux/sysfs.js';
import { KernelFunction, store_function } from '../../lib/machine/function.js';
import { bytes_at, fill, load, load_u8, store } from '../../lib/machine/memory.js';
import { bare_machine, bare_shutdown, LogReader, test_function } from '../support/bare.js';
import type { Removal } from './kobject.worker.js';

type Show = (kobj: number, attr: number, buf: number) => unknown;
type Store = (kobj: number, attr: number, buf: number, count: number) => unknown;

let log: LogReader;

/** A kobj_type: its functions, and the names and modes of its attributes. */
interface Type {
	readonly show?: Show | null;
	readonly store?: Store | null;
	readonly release?: KernelFunction | null;
	readonly attrs?: Readonly<Record<string, number>>;
}

const set_fn = (slot: number, fn: KernelFunction | null): void => {
	store_function(slot, fn === null ? 0 : test_function(fn));
};

function make_attr(name: string, mode: number): number {
	const attr = kzalloc(attribute.size);
	store(attr + attribute.offset.name, kstrdup(name));
	store(attr + attribute.offset.mode, mode);
	return attr;
}

function make_ktype({ show = null, store: store_fn = null, release = (kobj: number) => {
	kfree(kobj);
}, attrs = {} }: Type = {}): number {
	const ktype = kzalloc(kobj_type.size);
	const ops = kzalloc(sysfs_ops.size);
	const list = kzalloc(8 * (Object.keys(attrs).length + 1));
	Object.entries(attrs).forEach(([name, mode], i) => {
		store(list + 8 * i, make_attr(name, mode));
	});
	set_fn(ktype + kobj_type.offset.release, release);
	set_fn(ops + sysfs_ops.offset.show, show);
	set_fn(ops + sysfs_ops.offset.store, store_fn);
	store(ktype + kobj_type.offset.sysfs_ops, ops);
	store(ktype + kobj_type.offset.default_attrs, list);
	return ktype;
}

function make_kobject(type: Type | number = {}): number {
	const kobj = kzalloc(kobject.size);
	kobject_init(kobj, typeof type === 'number' ? type : make_ktype(type));
	return kobj;
}

const references = (kobj: number): number => kref_read(kobj + kobject.offset.kref);
const set_kset = (kobj: number, set: number): void => {
	store(kobj + kobject.offset.kset, set);
};
const kset_kobj = (set: number): number => set + kset.offset.kobj;
const name_of = (attr: number): string => read_cstring(load(attr + attribute.offset.name));

describe('kobject', () => {
	beforeEach(() => {
		bare_machine();
		kobject_subsys_init();
		log = new LogReader();
	});

	afterEach(() => {
		expect(preempt_count()).to.equal(0);
		bare_shutdown();
	});

	it('has the C layouts', () => {
		expect(kobject.offset).to.deep.equal({ name: 0, entry: 8, parent: 24, kset: 32, ktype: 40,
			sd: 48, kref: 56, state: 60 });
		expect(kobject.size).to.equal(64);
		expect(kset.offset).to.deep.equal({ list: 0, list_lock: 16, kobj: 24, uevent_ops: 88 });
		expect(kset.size).to.equal(96);
		expect(kobj_type.offset).to.deep.equal({ release: 0, sysfs_ops: 8, default_attrs: 16,
			child_ns_type: 24, namespace: 32 });
		expect(attribute.offset).to.deep.equal({ name: 0, mode: 8 });
		expect(attribute.size).to.equal(16);
		expect(sysfs_ops.offset).to.deep.equal({ show: 0, store: 8 });
		expect(kobj_attribute.offset).to.deep.equal({ attr: 0, show: 16, store: 24 });
	});

	it('there is /sys/kernel', () => {
		expect(sysfs_list('/sys')).to.deep.equal(['kernel']);
		expect(sysfs_list('/sys/kernel')).to.deep.equal([]);
		expect(kobject_name(kernel_kobj())).to.equal('kernel');
		expect(sysfs_mode('/sys/kernel')).to.equal(0o755);
	});

	describe('life', () => {
		it('kobject_init: one reference, in no directory', () => {
			const kobj = make_kobject();
			expect(references(kobj)).to.equal(1);
			expect(load(kobj + kobject.offset.state)).to.equal(1);
			expect(load(kobj + kobject.offset.sd)).to.equal(0);
			expect(log.read()).to.deep.equal([]);
			kobject_init(kobj, load(kobj + kobject.offset.ktype));
			expect(log.read().join()).to.include('tried to init an initialized object');
			kobject_init(kobj, 0);
			expect(log.read().join()).to.include('must have a ktype');
		});

		it('kobject_add: the directory and the default files', () => {
			const kobj = make_kobject({ attrs: { b_file: 0o644, a_file: 0o400 } });
			expect(kobject_add(kobj, kernel_kobj(), 'dir')).to.equal(0);
			expect(sysfs_list('/sys/kernel')).to.deep.equal(['dir']);
			expect(sysfs_list('/sys/kernel/dir')).to.deep.equal(['b_file', 'a_file']);
			expect(['b_file', 'a_file'].map((name) => sysfs_mode(`/sys/kernel/dir/${name}`))).to
				.deep.equal([0o644, 0o400]);
			expect(references(kobj)).to.equal(1);
			expect(log.read()).to.deep.equal([]);
			kobject_put(kobj);
		});

		it('the parent: what is given, else the kset, else /sys', () => {
			const set = kset_create_and_add('set', 0, 0);
			const [in_kernel, in_set, in_root] = [make_kobject(), make_kobject(), make_kobject()];
			set_kset(in_kernel, set);
			set_kset(in_set, set);
			expect(kobject_add(in_kernel, kernel_kobj(), 'a')).to.equal(0);
			expect(kobject_add(in_set, 0, 'b')).to.equal(0);
			expect(kobject_add(in_root, 0, 'c')).to.equal(0);
			expect([sysfs_list('/sys/kernel'), sysfs_list('/sys/set'), sysfs_list('/sys')]).to.deep
				.equal([['a'], ['b'], ['kernel', 'set', 'c']]);
			expect(load(in_set + kobject.offset.parent)).to.equal(kset_kobj(set));
			expect(references(kset_kobj(set))).to.equal(1 + 1 + 2);
			[in_kernel, in_set, in_root].forEach(kobject_put);
			expect(references(kset_kobj(set))).to.equal(1);
			expect(list_empty(set)).to.equal(true);
			kset_unregister(set);
			expect(sysfs_list('/sys')).to.deep.equal(['kernel']);
		});

		it('the last kobject_put takes it out of sysfs, then calls release', () => {
			const seen: unknown[] = [];
			const kobj = make_kobject({
				attrs: { file: 0o444 },
				release: (k: number) => {
					seen.push(k, kobject_name(k), sysfs_list('/sys/kernel'),
						load(k + kobject.offset.parent));
				},
			});
			const parent_references = references(kernel_kobj());
			kobject_add(kobj, kernel_kobj(), 'dir');
			expect(references(kernel_kobj())).to.equal(parent_references + 1);
			expect(kobject_get(kobj)).to.equal(kobj);
			kobject_put(kobj);
			expect(seen).to.deep.equal([]);
			expect(sysfs_list('/sys/kernel')).to.deep.equal(['dir']);
			kobject_put(kobj);
			expect(seen).to.deep.equal([kobj, 'dir', [], 0]);
			expect(references(kernel_kobj())).to.equal(parent_references);
			expect(kobject_get(0)).to.equal(0);
			kobject_put(0);
			kobject_del(0);
		});

		it('kobject_del keeps the reference; it can be added again', () => {
			let released = 0;
			const set = kset_create_and_add('set', 0, 0);
			const kobj = make_kobject({ attrs: { file: 0o444 }, release: () => {
				released++;
			} });
			set_kset(kobj, set);
			kobject_add(kobj, kernel_kobj(), 'dir');
			kobject_del(kobj);
			kobject_del(kobj);
			expect([released, references(kobj), references(kset_kobj(set)),
				sysfs_list('/sys/kernel/dir')]).to.deep.equal([0, 1, 1, -ENOENT]);
			expect(kobject_add(kobj, kernel_kobj())).to.equal(0);
			expect(sysfs_list('/sys/kernel/dir')).to.deep.equal(['file']);
			kobject_put(kobj);
			expect([released, sysfs_list('/sys/kernel')]).to.deep.equal([1, []]);
		});

		it('a parent lives as long as its children', () => {
			let released = 0;
			const parent = make_kobject({ release: () => {
				released++;
			} });
			const child = make_kobject();
			kobject_add(parent, 0, 'parent');
			kobject_add(child, parent, 'child');
			kobject_put(parent);
			expect([released, sysfs_list('/sys/parent')]).to.deep.equal([0, ['child']]);
			kobject_put(child);
			expect([released, sysfs_list('/sys')]).to.deep.equal([1, ['kernel']]);
		});

		it('a child outlives the directory of its parent', () => {
			const parent = make_kobject();
			const child = make_kobject({ attrs: { file: 0o444 } });
			kobject_add(parent, 0, 'parent');
			kobject_add(child, parent, 'child');
			kobject_del(parent);
			expect(sysfs_list('/sys')).to.deep.equal(['kernel']);
			const orphan = make_kobject();
			expect(kobject_add(orphan, parent, 'orphan')).to.equal(-ENOENT);
			expect(kobject_add(orphan, child, 'orphan')).to.equal(-ENOENT);
			[orphan, child, parent].forEach(kobject_put);
		});

		it('kset_unregister takes the kset out of sysfs, also if others have references', () => {
			const set = kset_create_and_add('set', 0, 0);
			kobject_get(kset_kobj(set));
			kset_unregister(set);
			expect([sysfs_list('/sys'), references(kset_kobj(set))]).to.deep.equal([['kernel'], 1]);
			const objects = slab_objects();
			kobject_put(kset_kobj(set));
			kset_unregister(0);
			expect(slab_objects()).to.equal(objects - 2);
		});

		it('gives back all its memory', () => {
			const objects = slab_objects();
			const types = [make_ktype({ attrs: { one: 0o444, two: 0o644 } }),
				make_ktype()] as const;
			const kept = slab_objects();
			for (let i = 0; i < 3; i++) {
				const set = kset_create_and_add('set', 0, kernel_kobj());
				const [a, b] = [make_kobject(types[0]), make_kobject(types[1])];
				set_kset(a, set);
				kobject_add(a, 0, 'a');
				kobject_add(b, a, 'b');
				expect(kobject_add(b, a, 'c')).to.equal(-EEXIST);
				expect(kset_create_and_add('set', 0, kernel_kobj())).to.equal(0);
				expect(kobject_create_and_add('a', kset_kobj(set))).to.equal(0);
				sysfs_read('/sys/kernel/set/a/one');
				sysfs_write('/sys/kernel/set/a/two', 'text');
				kobject_uevent(a, KOBJ_ADD);
				[b, a].forEach(kobject_put);
				kset_unregister(set);
			}
			expect(slab_objects()).to.equal(kept).and.be.greaterThan(objects);
			expect(log.read('oops').concat(log.read('misuse'))).to.deep.equal([]);
		});

		it('a release that throws is reported', () => {
			const kobj = make_kobject({ release: () => {
				throw new Error('no good');
			} });
			kobject_add(kobj, 0, 'dir');
			const objects = slab_objects();
			kobject_put(kobj);
			expect(log.read('oops').join()).to.include("release() of kobject: 'dir'").and.include(
				'no good',
			);
			// Its name and its node with a name are freed all the same.
			expect(slab_objects()).to.equal(objects - 3);
		});

		it('without a release says so', () => {
			const kobj = make_kobject({ release: null });
			kobject_put(kobj);
			expect(log.read().join()).to.include('does not have a release() function');
		});
	});

	describe('errors of kobject_add', () => {
		it('-EEXIST and a message for a name that is taken; nothing has changed', () => {
			const set = kset_create_and_add('set', 0, 0);
			const first = make_kobject({ attrs: { file: 0o444 } });
			set_kset(first, set);
			kobject_add(first, 0, 'twice');
			let released = 0;
			const second = make_kobject({ attrs: { other: 0o444 }, release: () => {
				released++;
			} });
			set_kset(second, set);
			const before = references(kset_kobj(set));
			expect(kobject_add(second, 0, 'twice')).to.equal(-EEXIST);
			const text = log.read().join('\n');
			expect(text).to.include("sysfs: cannot create duplicate filename '/set/twice'");
			expect(text).to.include(
				"failed for twice with -EEXIST, don't try to register things with the same name in the same directory.",
			);
			expect(sysfs_list('/sys/set')).to.deep.equal(['twice']);
			expect(sysfs_list('/sys/set/twice')).to.deep.equal(['file']);
			expect([references(kset_kobj(set)), references(second), released]).to.deep.equal([
				before,
				1,
				0,
			]);
			expect(kobject_add(second, 0, 'once')).to.equal(0);
			kobject_put(second);
			expect(released).to.equal(1);
		});

		it('-EINVAL for an empty name, no name, an uninitialised kobject and NULL', () => {
			const kobj = make_kobject();
			expect(kobject_add(kobj, 0, '')).to.equal(-EINVAL);
			expect(log.read().join()).to.include('attempted to be registered with empty name!');
			const unnamed = make_kobject();
			expect(kobject_add(unnamed, 0)).to.equal(-EINVAL);
			expect(log.read().join()).to.include('attempted to be registered with empty name!');
			const raw = kzalloc(kobject.size);
			expect(kobject_add(raw, 0, 'raw')).to.equal(-EINVAL);
			expect(log.read().join()).to.include('tried to add an uninitialized object');
			expect(kobject_add(0, 0, 'null')).to.equal(-EINVAL);
			kobject_get(raw);
			expect(log.read().join()).to.include(
				'is not initialized, yet kobject_get() is being called.',
			);
			kobject_put(raw);
			expect(log.read().join()).to.include(
				'is not initialized, yet kobject_put() is being called.',
			);
			expect(sysfs_list('/sys')).to.deep.equal(['kernel']);
			expect([references(kobj), references(unnamed)]).to.deep.equal([1, 1]);
		});

		it('-EEXIST if it is in sysfs already, and it stays there', () => {
			const kobj = make_kobject({ attrs: { file: 0o444 } });
			kobject_add(kobj, 0, 'dir');
			expect(kobject_add(kobj, kernel_kobj(), 'elsewhere')).to.equal(-EEXIST);
			expect(log.read().join()).to.include('is in sysfs already');
			expect([sysfs_list('/sys'), sysfs_list('/sys/kernel')]).to.deep.equal([['kernel',
				'dir'], []]);
			kobject_put(kobj);
			expect(sysfs_list('/sys')).to.deep.equal(['kernel']);
		});

		it('-ENOENT if the parent is not in sysfs', () => {
			const kobj = make_kobject();
			expect(kobject_add(kobj, make_kobject(), 'dir')).to.equal(-ENOENT);
			expect(references(kobj)).to.equal(1);
		});

		it('-EEXIST for a type with two files of one name: no directory is left', () => {
			const list = kzalloc(24);
			const attr = make_attr('same', 0o444);
			store(list, attr);
			store(list + 8, attr);
			const ktype = make_ktype();
			store(ktype + kobj_type.offset.default_attrs, list);
			const kobj = make_kobject(ktype);
			expect(kobject_add(kobj, 0, 'dir')).to.equal(-EEXIST);
			expect(sysfs_list('/sys')).to.deep.equal(['kernel']);
			expect(references(kobj)).to.equal(1);
			kobject_put(kobj);
		});

		it('-ENOMEM wherever an allocation fails, and nothing is left over', () => {
			const ktype = make_ktype({ attrs: { one: 0o444, two: 0o644 } });
			const set = kset_create_and_add('set', 0, 0);
			const objects = slab_objects();
			let failures = 0;
			for (let nth = 1;; nth++) {
				const kobj = make_kobject(ktype);
				set_kset(kobj, set);
				failslab({ probability: 100, interval: nth, times: 1,
					filter: FAIL_KMALLOC | FAIL_KMEM_CACHE });
				const err = kobject_add(kobj, 0, 'dir');
				failslab({});
				if (err === 0) {
					kobject_put(kobj);
					break;
				}
				failures++;
				expect(err).to.equal(-ENOMEM);
				expect(sysfs_list('/sys/set')).to.deep.equal([]);
				expect([references(kobj), references(kset_kobj(set))]).to.deep.equal([1, 1]);
				kobject_put(kobj);
				expect(slab_objects()).to.equal(objects);
			}
			// The kobject's name; a node and its name for the directory and for each file.
			expect(failures).to.equal(1 + 3 * 2);
			for (const filter of [FAIL_KZALLOC, FAIL_KMALLOC, FAIL_KMEM_CACHE]) {
				failslab({ probability: 100, times: 1, filter });
				expect([kset_create_and_add('other', 0, 0), slab_objects()]).to.deep.equal([0,
					objects]);
				failslab({ probability: 100, times: 1, filter });
				expect([kobject_create_and_add('other', 0), slab_objects()]).to.deep.equal([0,
					objects]);
			}
			failslab({});
		});
	});

	it('names: a slash becomes an exclamation mark, a new name replaces the old one', () => {
		const kobj = make_kobject();
		const objects = slab_objects();
		expect(kobject_name(kobj)).to.equal('');
		expect(kobject_set_name(kobj, 'one')).to.equal(0);
		expect(kobject_set_name(kobj, 'b/lk/é')).to.equal(0);
		expect(kobject_name(kobj)).to.equal('b!lk!é');
		expect(slab_objects()).to.equal(objects + 1);
		expect(kobject_add(kobj, 0)).to.equal(0);
		expect(sysfs_list('/sys')).to.deep.equal(['kernel', 'b!lk!é']);
	});

	describe('uevents', () => {
		const events = (): string[] => log.read('uevent');

		it('say what happened to what, with a number', () => {
			const set = kset_create_and_add('pcrypt', 0, kernel_kobj());
			// No kset above it: as in the kernel there is no event for the kset itself.
			expect(events()).to.deep.equal([]);
			const kobj = make_kobject();
			set_kset(kobj, set);
			kobject_add(kobj, 0, 'pencrypt');
			expect(events()).to.deep.equal([]);
			expect(kobject_uevent(kobj, KOBJ_ADD)).to.equal(0);
			expect(kobject_uevent(kobj, KOBJ_CHANGE)).to.equal(0);
			kobject_put(kobj);
			kset_unregister(set);
			const text = (action: string, seqnum: number): string =>
				`ACTION=${action}\nDEVPATH=/kernel/pcrypt/pencrypt\nSUBSYSTEM=pcrypt\nSEQNUM=${seqnum}`;
			expect(events()).to.deep.equal([text('add', 1), text('change', 2), text('remove', 3)]);
		});

		it('"remove" is sent once: by the caller, by kobject_del, or by the last put; and only after "add"', () => {
			const set = kset_create_and_add('set', 0, 0);
			const run = (...steps: ((kobj: number) => void)[]): string[] => {
				const kobj = make_kobject();
				set_kset(kobj, set);
				kobject_add(kobj, 0, 'dir');
				for (const step of steps)
					step(kobj);
				kobject_put(kobj);
				return events().map((text) => text.split('\n').slice(0, 2).join(' '));
			};
			const send = (action: number) => (kobj: number): void => {
				kobject_uevent(kobj, action);
			};
			const [add, remove] = ['ACTION=add DEVPATH=/set/dir', 'ACTION=remove DEVPATH=/set/dir'];
			expect(run()).to.deep.equal([]);
			expect(run(send(KOBJ_CHANGE))).to.deep.equal(['ACTION=change DEVPATH=/set/dir']);
			expect(run(send(KOBJ_ADD))).to.deep.equal([add, remove]);
			expect(run(send(KOBJ_ADD), send(KOBJ_REMOVE))).to.deep.equal([add, remove]);
			expect(run(send(KOBJ_ADD), kobject_del)).to.deep.equal([add, remove]);
			expect(run(kobject_del)).to.deep.equal([]);
			// A kobject that never was in sysfs.
			const kobj = make_kobject();
			set_kset(kobj, set);
			kobject_set_name(kobj, 'lonely');
			kobject_uevent(kobj, KOBJ_ADD);
			kobject_put(kobj);
			expect(events().map((text) => text.split('\n')[0])).to.deep.equal(['ACTION=add',
				'ACTION=remove']);
		});

		it('a kobject in no kset has that of its parent; without one it is -EINVAL', () => {
			const set = kset_create_and_add('set', 0, 0);
			const [parent, child, lonely] = [make_kobject(), make_kobject(), make_kobject()];
			set_kset(parent, set);
			kobject_add(parent, 0, 'parent');
			kobject_add(child, parent, 'child');
			kobject_add(lonely, 0, 'lonely');
			expect(kobject_uevent(child, KOBJ_ADD)).to.equal(0);
			expect(events()[0]).to.include('DEVPATH=/set/parent/child\nSUBSYSTEM=set\n');
			expect(kobject_uevent(lonely, KOBJ_ADD)).to.equal(-EINVAL);
			expect(kobject_uevent(child, 8)).to.equal(-EINVAL);
			expect(kobject_uevent(child, -1)).to.equal(-EINVAL);
			kobject_put(lonely);
			expect(events()).to.deep.equal([]);
			const unnamed = make_kobject();
			set_kset(unnamed, set);
			expect(kobject_uevent(unnamed, KOBJ_ADD)).to.equal(-ENOENT);
		});

		it('can be suppressed, filtered and put under another subsystem', () => {
			const ops = kzalloc(kset_uevent_ops.size);
			const set = kset_create_and_add('set', ops, 0);
			const kobj = make_kobject();
			set_kset(kobj, set);
			kobject_add(kobj, 0, 'dir');
			let wanted = 0;
			const asked: number[][] = [];
			set_fn(ops + kset_uevent_ops.offset.filter, (...args: number[]) => {
				asked.push(args);
				return wanted;
			});
			expect([kobject_uevent(kobj, KOBJ_CHANGE), events()]).to.deep.equal([0, []]);
			expect(asked).to.deep.equal([[set, kobj]]);
			wanted = 1;
			expect(kobject_uevent(kobj, KOBJ_CHANGE)).to.equal(0);
			expect(events()[0]).to.include('SUBSYSTEM=set');
			const other = kstrdup('other');
			set_fn(ops + kset_uevent_ops.offset.name, () => other);
			kobject_uevent(kobj, KOBJ_CHANGE);
			expect(events()[0]).to.include('SUBSYSTEM=other');
			set_fn(ops + kset_uevent_ops.offset.name, () => 0);
			expect([kobject_uevent(kobj, KOBJ_CHANGE), events()]).to.deep.equal([0, []]);
			set_fn(ops + kset_uevent_ops.offset.name, null);
			store(kobj + kobject.offset.state, load(kobj + kobject.offset.state) | 16);
			expect([kobject_uevent(kobj, KOBJ_CHANGE), events()]).to.deep.equal([0, []]);
		});
	});
});

describe('sysfs', () => {
	/** The kobject /sys/kernel/dir. */
	let kobj: number;
	let show: Show;
	let store_: Store;
	const file = '/sys/kernel/dir/rw';

	beforeEach(() => {
		bare_machine();
		kobject_subsys_init();
		log = new LogReader();
		show = () => 0;
		store_ = (_kobj, _attr, _buf, count) => count;
		kobj = make_kobject({
			show: (k: number, attr: number, buf: number) => show(k, attr, buf),
			store: (k: number, attr: number, buf: number, count: number) =>
				store_(k, attr, buf, count),
			attrs: { rw: 0o644, ro: 0o444, wo: 0o200, none: 0, owner: 0o400 },
		});
		kobject_add(kobj, kernel_kobj(), 'dir');
	});

	afterEach(() => {
		expect(preempt_count()).to.equal(0);
		bare_shutdown();
	});

	it('read calls show with a page of zeroes, and gives as much of it as show says', () => {
		const args: [number, string][] = [];
		show = (k, attr, buf) => {
			args.push([k, name_of(attr)]);
			expect(bytes_at(buf, PAGE_SIZE).every((byte) => byte === 0)).to.equal(true);
			fill(buf, 0x61, PAGE_SIZE);
			return 5;
		};
		expect([sysfs_read(file), sysfs_read('/sys/kernel/dir/ro')]).to.deep.equal(['aaaaa',
			'aaaaa']);
		expect(args).to.deep.equal([[kobj, 'rw'], [kobj, 'ro']]);
		show = (_k, _attr, buf) => write_cstring(buf, 'hé\0!\n') + 2;
		expect(sysfs_read(file)).to.equal('hé\0!\n\0\0');
		show = () => undefined;
		expect(sysfs_read(file)).to.equal('');
	});

	it('read gives the error of show', () => {
		show = () => -EINVAL;
		expect(sysfs_read(file)).to.equal(-EINVAL);
	});

	it('read clips what is a page or more, with a message', () => {
		show = (_k, _attr, buf) => {
			fill(buf, 0x62, PAGE_SIZE);
			return PAGE_SIZE - 1;
		};
		expect(sysfs_read(file)).to.equal('b'.repeat(PAGE_SIZE - 1));
		expect(log.read()).to.deep.equal([]);
		for (const count of [PAGE_SIZE, 100000]) {
			show = (_k, _attr, buf) => {
				fill(buf, 0x62, PAGE_SIZE);
				return count;
			};
			expect(sysfs_read(file)).to.equal('b'.repeat(PAGE_SIZE - 1));
			expect(log.read().join()).to.include('returned bad count');
		}
	});

	it('write calls store with a copy that a NUL ends', () => {
		const args: unknown[] = [];
		store_ = (k, attr, buf, count) => {
			args.push(k, name_of(attr), Buffer.from(bytes_at(buf, count)).toString(),
				load_u8(buf + count));
			return count;
		};
		expect(sysfs_write(file, 'f\n')).to.equal(2);
		expect(args.splice(0)).to.deep.equal([kobj, 'rw', 'f\n', 0]);
		expect(sysfs_write('/sys/kernel/dir/wo', Uint8Array.of(0x33, 0, 0x66))).to.equal(3);
		expect(args.splice(0)).to.deep.equal([kobj, 'wo', '3\0f', 0]);
		expect(sysfs_write(file, 'é')).to.equal(2);
	});

	it('write gives what store returned', () => {
		for (const ret of [1, 0, -EINVAL]) {
			store_ = () => ret;
			expect(sysfs_write(file, 'text')).to.equal(ret);
		}
	});

	it('write takes a page at most', () => {
		let length = 0;
		store_ = (_k, _attr, buf, count) => {
			length = strlen(buf);
			return count;
		};
		expect(sysfs_write(file, 'x'.repeat(PAGE_SIZE))).to.equal(PAGE_SIZE);
		expect(sysfs_write(file, 'x'.repeat(PAGE_SIZE + 1))).to.equal(PAGE_SIZE);
		expect(length).to.equal(PAGE_SIZE);
	});

	it('an empty write does not reach store', () => {
		store_ = () => {
			throw new Error('reached');
		};
		expect(sysfs_write(file, '')).to.equal(0);
		expect(sysfs_write('/sys/kernel/dir/ro', '')).to.equal(-EACCES);
		expect(log.read()).to.deep.equal([]);
	});

	it('the mode says who may', () => {
		expect([sysfs_write('/sys/kernel/dir/ro', 'x'), sysfs_read('/sys/kernel/dir/wo')]).to.deep
			.equal([-EACCES, -EACCES]);
		expect([sysfs_write('/sys/kernel/dir/none', 'x'), sysfs_read('/sys/kernel/dir/none')]).to
			.deep.equal([-EACCES, -EACCES]);
		expect([sysfs_write('/sys/kernel/dir/wo', 'x'), sysfs_read('/sys/kernel/dir/owner')]).to
			.deep.equal([1, '']);
		expect(sysfs_mode('/sys/kernel/dir/none')).to.equal(0);
	});

	it('paths', () => {
		const cases: [string, string | number, number, string[] | number][] = [
			['/sys/kernel/dir', -EISDIR, -EISDIR, ['rw', 'ro', 'wo', 'none', 'owner']],
			['/sys/kernel/dir/', -EISDIR, -EISDIR, ['rw', 'ro', 'wo', 'none', 'owner']],
			['//sys//kernel/dir//rw', '', 1, -ENOTDIR],
			['/sys', -EISDIR, -EISDIR, ['kernel']],
			[`${file}/`, -ENOTDIR, -ENOTDIR, -ENOTDIR],
			[`${file}/x`, -ENOTDIR, -ENOTDIR, -ENOTDIR],
			['/sys/kernel/dir/r', -ENOENT, -ENOENT, -ENOENT],
			['/sys/kernel/no/rw', -ENOENT, -ENOENT, -ENOENT],
			['sys/kernel/dir/rw', -ENOENT, -ENOENT, -ENOENT],
			['/proc/kernel', -ENOENT, -ENOENT, -ENOENT],
			['/', -ENOENT, -ENOENT, -ENOENT],
			['', -ENOENT, -ENOENT, -ENOENT],
		];
		for (const [path, read, written, list] of cases)
			expect([sysfs_read(path), sysfs_write(path, 'x'), sysfs_list(path)], path).to.deep
				.equal([read, written, list]);
		expect(['/sys/no', `${file}/x`, file].map(sysfs_mode)).to.deep.equal([-ENOENT, -ENOTDIR,
			0o644]);
	});

	it('-EIO without show and store, and without sysfs_ops', () => {
		const bare = make_kobject({ attrs: { file: 0o666 } });
		kobject_add(bare, 0, 'bare');
		const both =
			(): unknown[] => [sysfs_read('/sys/bare/file'), sysfs_write('/sys/bare/file', 'x')];
		expect(both()).to.deep.equal([-EIO, -EIO]);
		store(load(bare + kobject.offset.ktype) + kobj_type.offset.sysfs_ops, 0);
		expect(both()).to.deep.equal([-EIO, -EIO]);
		expect(sysfs_write('/sys/bare/file', '')).to.equal(0);
		expect(log.read()).to.deep.equal([]);
	});

	it('-ENOMEM without memory for the buffer', () => {
		failslab({ probability: 100, times: -1, filter: FAIL_KMALLOC | FAIL_KZALLOC });
		expect([sysfs_read(file), sysfs_write(file, 'x')]).to.deep.equal([-ENOMEM, -ENOMEM]);
		failslab({});
	});

	it('a callback that throws is reported and is -EIO, with nothing left behind', () => {
		show = () => {
			local_bh_disable();
			throw new Error('show is broken');
		};
		store_ = () => {
			throw new Error('store is broken');
		};
		const objects = slab_objects();
		expect([sysfs_read(file), sysfs_write(file, 'x')]).to.deep.equal([-EIO, -EIO]);
		const reports = log.read('oops');
		expect(reports[0]).to.include('show() of attribute rw of kobject dir').and.include(
			'show is broken',
		);
		expect(reports[1]).to.include('store() of attribute rw of kobject dir').and.include(
			'store is broken',
		);
		expect(slab_objects()).to.equal(objects);
		// The removal does not wait for a run that has long ended.
		kobject_put(kobj);
		expect(sysfs_read(file)).to.equal(-ENOENT);
	});

	it('an Oops goes through, with nothing left behind', () => {
		show = store_ = () => {
			throw new Oops('kernel BUG at test!', []);
		};
		const objects = slab_objects();
		expect(() => sysfs_read(file)).to.throw(Oops);
		expect(() => sysfs_write(file, 'x')).to.throw(Oops);
		expect(slab_objects()).to.equal(objects);
		kobject_put(kobj);
		expect(sysfs_list('/sys/kernel')).to.deep.equal([]);
	});

	it('files can be made and removed', () => {
		const attr = make_attr('new', 0o444);
		expect(sysfs_create_file(kobj, attr)).to.equal(0);
		show = (_k, a, buf) => write_cstring(buf, name_of(a));
		expect(sysfs_read('/sys/kernel/dir/new')).to.equal('new');
		expect(sysfs_create_file(kobj, make_attr('new', 0o644))).to.equal(-EEXIST);
		expect(log.read().join()).to.include(
			"sysfs: cannot create duplicate filename '/kernel/dir/new'",
		);
		const objects = slab_objects();
		sysfs_remove_file(kobj, attr);
		expect(slab_objects()).to.equal(objects - 2);
		sysfs_remove_file(kobj, attr);
		expect(sysfs_read('/sys/kernel/dir/new')).to.equal(-ENOENT);
		// The node is made again out of memory that nobody has written to.
		sysfs_create_file(kobj, attr);
		sysfs_remove_file(kobj, attr);
		expect(log.read()).to.deep.equal([]);
		expect(sysfs_create_file(make_kobject(), attr)).to.equal(-EINVAL);
		expect(sysfs_create_file(kobj, 0)).to.equal(-EINVAL);
		sysfs_remove_file(make_kobject(), attr);
		// A type's own file too.
		sysfs_remove_file(kobj,
			load(load(load(kobj + kobject.offset.ktype) + kobj_type.offset.default_attrs)));
		expect(sysfs_list('/sys/kernel/dir')).to.deep.equal(['ro', 'wo', 'none', 'owner']);
	});

	it('a file is one whatever its mode says, and whatever lies behind the u16', () => {
		const attr = make_attr('new', 0o600);
		store(attr + attribute.offset.mode, 0xff0000 | 0o170600);
		sysfs_create_file(kobj, attr);
		expect(sysfs_mode('/sys/kernel/dir/new')).to.equal(0o600);
		expect(sysfs_read('/sys/kernel/dir/new')).to.equal('');
	});

	it('the files of a plain directory have functions of their own', () => {
		const dir = kobject_create_and_add('plain', kernel_kobj());
		const kattr = kzalloc(kobj_attribute.size);
		store(kattr, kstrdup('file'));
		store(kattr + attribute.offset.mode, 0o644);
		expect(sysfs_create_file(dir, kattr)).to.equal(0);
		expect([sysfs_read('/sys/kernel/plain/file'), sysfs_write('/sys/kernel/plain/file', 'x')])
			.to.deep.equal([-EIO, -EIO]);
		set_fn(kattr + kobj_attribute.offset.show,
			(k: number, a: number, buf: number) =>
				write_cstring(buf, `${k === dir} ${a === kattr}`));
		set_fn(kattr + kobj_attribute.offset.store,
			(_k: number, _a: number, buf: number) => strlen(buf));
		expect([sysfs_read('/sys/kernel/plain/file'),
			sysfs_write('/sys/kernel/plain/file', 'text')]).to.deep.equal(['true true', 4]);
		expect(log.read()).to.deep.equal([]);
		kobject_put(dir);
		expect(sysfs_list('/sys/kernel')).to.deep.equal(['dir']);
	});

	it('a store that removes its own kobject is reported, and does not hang', () => {
		store_ = (k, _attr, _buf, count) => {
			kobject_put(k);
			return count;
		};
		const objects = slab_objects();
		expect(sysfs_write(file, 'x')).to.equal(1);
		expect(log.read('misuse').join()).to.include(
			'attribute rw is removed by its own show() or store()',
		);
		expect(sysfs_list('/sys/kernel')).to.deep.equal([]);
		expect(slab_objects()).to.equal(objects - 2 - 6 * 2);
	});

	it('a show that has another file removed is no misuse', () => {
		show = () => {
			sysfs_remove_file(kobj, make_attr('ro', 0));
			return 0;
		};
		expect(sysfs_read(file)).to.equal('');
		expect(log.read()).to.deep.equal([]);
		expect(sysfs_list('/sys/kernel/dir')).to.deep.equal(['rw', 'wo', 'none', 'owner']);
	});

	for (const with_parent of [false, true])
		it(`a removal waits for a show() that runs on another thread${with_parent ? ', also the second one of two removals' : ''}`, async () => {
			const worker = new Worker(new URL('./kobject.worker.js', import.meta.url), {
				workerData: { role: 'boot', with_parent },
			});
			const exit = once(worker, 'exit');
			const [removal] = await once(worker, 'message') as [Removal];
			expect(removal).to.deep.equal({
				read: 'slow',
				put_waited: true,
				release_waited: true,
				parent_waited: with_parent ? true : null,
				left: [],
				leaked: 0,
				complaints: [],
			});
			expect(await exit).to.deep.equal([0]);
		});
});
