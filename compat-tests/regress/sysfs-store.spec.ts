// SPDX-License-Identifier: GPL-2.0-only
//
// An attribute's store() is called if it has a show().
//
// 1. An attribute can only be read: it has no store(). Somebody writes to it. 2. The wrapper tests
// the other pointer, and calls NULL. (And an attribute that can only be written cannot.)
//
// Upstream: 6.14, "padata: fix sysfs store callback check". Seen: a jump to NULL; -EIO.
import { expect } from 'chai';
import { attribute, EIO, kobject, load, padata_instance, store_function } from '../../lib/index.js';
import { kobj_type, sysfs_ops } from '../../lib/linux/kobject.js';
import { call } from '../../lib/machine/function.js';
import { Instance } from '../padata/instance.js';
import { SHOWN } from './regress.jobs.js';
import { regress_machine } from './support.js';

describe('regress: sysfs store', () => {
	const t = regress_machine();

	for (const [name, has_show, has_store] of [['read-only', true, false], ['write-only', false,
		true], ['both', true, true]] as const)
		it(name, () => {
			const i = new Instance(t());
			const kobj = i.at + padata_instance.offset.kobj;
			const ops = load(load(kobj + kobject.offset.ktype) + kobj_type.offset.sysfs_ops);
			// struct padata_sysfs_entry: the attribute, show, store.
			const entry = t().alloc(attribute.size + 16);
			if (has_show)
				store_function(entry + attribute.size, t().fn['show']);
			if (has_store)
				store_function(entry + attribute.size + 8, t().fn['store_attribute']);
			const buf = t().alloc(64);
			expect(call(ops + sysfs_ops.offset.show, 'ppp', kobj, entry, buf)).to.equal(
				has_show ? SHOWN : -EIO,
			);
			expect(call(ops + sysfs_ops.offset.store, 'pppn', kobj, entry, buf, 3)).to.equal(
				has_store ? 3 : -EIO,
			);
		});
});
