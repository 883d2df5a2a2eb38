// SPDX-License-Identifier: GPL-2.0-only
//
// What the tests of a machine's socket need: a runtime directory of their own, and something in
// sysfs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attribute, kernel_kobj, kfree, kobj_attribute, kobject_add, kobject_create_and_add,
	kobject_del, kobject_put, padata_instance, store, store_function,
	sysfs_create_file } from '../../lib/index.js';
import { store_ptr } from '../../lib/machine/memory.js';
import { kstrdup } from '../../lib/linux/string.js';
import { TestMachine } from './machine.js';
import { test_file } from './sysfs.jobs.js';

/**
 * A runtime directory for the tests of a describe block. To be called before use_machine().
 * @returns its path
 */
export function use_runtime_directory(): () => string {
	let directory = '';
	const before_us = process.env['XDG_RUNTIME_DIR'];
	before(() => {
		directory = mkdtempSync(join(tmpdir(), 'padata-run-'));
		process.env['XDG_RUNTIME_DIR'] = directory;
	});
	after(() => {
		rmSync(directory, { recursive: true });
		if (before_us === undefined)
			delete process.env['XDG_RUNTIME_DIR'];
		else
			process.env['XDG_RUNTIME_DIR'] = before_us;
	});
	return () => directory;
}

/** Put an instance at /sys/kernel/NAME, until the end of the test. */
export function show_instance(t: TestMachine, pinst: number, name: string): void {
	const kobj = pinst + padata_instance.offset.kobj;
	if (kobject_add(kobj, kernel_kobj(), name) !== 0)
		throw new Error(`kobject_add ${name}`);
	t.at_end(() => kobject_del(kobj));
}

/**
 * Files in /sys/kernel/remote until the end of the test.
 * @param modes of each, by name
 * @returns their addresses
 */
export function make_files<Name extends string>(t: TestMachine,
	modes: Readonly<Record<Name, number>>): Record<Name, number>
{
	const dir = kobject_create_and_add('remote', kernel_kobj());
	const files = {} as Record<Name, number>;
	for (const [name, mode] of Object.entries(modes) as [Name, number][]) {
		const file = t.alloc(test_file.size);
		const text = kstrdup(name);
		store_ptr(file + attribute.offset.name, text);
		store(file + attribute.offset.mode, mode);
		store_function(file + kobj_attribute.offset.show, t.fn['show_page']);
		store_function(file + kobj_attribute.offset.store, t.fn['store_some']);
		store(file + test_file.offset.gate, 1);
		store(file + test_file.offset.most, 4096);
		if (sysfs_create_file(dir, file) !== 0)
			throw new Error(`sysfs_create_file ${name}`);
		t.at_end(() => kfree(text));
		files[name] = file;
	}
	t.at_end(() => kobject_put(dir));
	return files;
}
