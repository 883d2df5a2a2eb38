// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: drivers/base/cpu.c, and of drivers/base/core.c what concerns a CPU:
// /sys/devices/system/cpu with the masks as lists, and cpuN/online, by which a CPU is taken offline
// and brought back. Each CPU has that file; on x86 CPU 0 has none.
import { kernel_function, store_function } from '../machine/function.js';
import { bss } from '../machine/layout.js';
import { load_u8, store, store_ptr } from '../machine/memory.js';
import { ptr } from '../machine/struct.js';
import { cpu_device_switch } from './cpu.js';
import { cpu_online, cpu_online_mask, cpu_possible_mask, cpu_present_mask, cpumask_andnot,
	cpumask_cpus, cpumask_pr_list, free_cpumask_var, zalloc_cpumask_var } from './cpumask.js';
import { EINVAL, ENOMEM } from './errno.js';
import { attribute, kobj_type, kobject, kobject_add, kobject_create_and_add, kobject_init,
	kobject_name, KOBJ_OFFLINE, KOBJ_ONLINE, kobject_uevent, kset, sysfs_ops } from './kobject.js';
import { INIT_LIST_HEAD } from './list.js';
import { kzalloc } from './slab.js';
import { spin_lock_init } from './spinlock.js';
import { write_cstring } from './string.js';

/** Bytes that a CPU's directory takes, all in all, for whoever lays out the memory. */
export const CPU_DEVICE_BYTES = 1024;

/** The files: of the directory of all, then of each CPU's. */
const FILES = ['online', 'offline', 'possible', 'present', 'online'] as const;
const NAMES = bss(FILES.length * 16);
const ATTRIBUTES = bss(FILES.length * attribute.size);
/** Two arrays of pointers to them, each with a NULL behind. */
const DEFAULT_ATTRS = bss((FILES.length + 2) * ptr.size);
const CPU_ONLINE = FILES.length - 1;

const SYSFS_OPS = bss(sysfs_ops.size);
const ROOT_KTYPE = bss(kobj_type.size);
const CPU_KTYPE = bss(kobj_type.size);
/** /sys/devices/system/cpu: the subsystem, whose name is in the uevents. */
const CPU_SUBSYS = bss(kset.size);
const CPU_KOBJ = CPU_SUBSYS + kset.offset.kobj;

const attribute_at = (i: number): number => ATTRIBUTES + i * attribute.size;

function print_list(buf: number, mask: number): number {
	return write_cstring(buf, `${cpumask_pr_list(mask)}\n`);
}

const show = kernel_function(function cpu_show(kobj: number, attr: number, buf: number): number {
	switch ((attr - ATTRIBUTES) / attribute.size) {
		case 0:
			return print_list(buf, cpu_online_mask);
		case 1: {
			const offline = zalloc_cpumask_var();
			if (offline === 0)
				return -ENOMEM;
			cpumask_andnot(offline, cpu_possible_mask, cpu_online_mask);
			const length = print_list(buf, offline);
			free_cpumask_var(offline);
			return length;
		}
		case 2:
			return print_list(buf, cpu_possible_mask);
		case 3:
			return print_list(buf, cpu_present_mask);
		default:
			return write_cstring(buf, cpu_online(cpu_of(kobj)) ? '1\n' : '0\n');
	}
});

const cpu_of = (kobj: number): number => Number(kobject_name(kobj).slice('cpu'.length));

/**
 * online_store(): what strtobool() takes. As there a switch to what it is already is no error, and
 * no event.
 */
const set_online = kernel_function(
	function online_store(kobj: number, attr: number, buf: number, count: number): number {
		const online = attr === attribute_at(CPU_ONLINE) ? strtobool(buf) : null;
		if (online === null)
			return -EINVAL;
		const cpu = cpu_of(kobj);
		if (cpu_online(cpu) === online)
			return count;
		const err = cpu_device_switch(cpu, online);
		if (err < 0)
			return err;
		kobject_uevent(kobj, online ? KOBJ_ONLINE : KOBJ_OFFLINE);
		return count;
	},
);

function strtobool(buf: number): boolean | null {
	const text = String.fromCharCode(load_u8(buf), load_u8(buf + 1)).toLowerCase();
	if (/^[y1]|^on/.test(text))
		return true;
	return /^[n0]|^of/.test(text) ? false : null;
}

/**
 * Make the directories. The booting thread calls it once, when the possible CPUs are known.
 * @returns 0 or -ENOMEM
 */
export function cpu_dev_init(): number {
	FILES.forEach((name, i) => {
		const at = attribute_at(i);
		write_cstring(NAMES + i * 16, name);
		store_ptr(at + attribute.offset.name, NAMES + i * 16);
		store(at + attribute.offset.mode, i === CPU_ONLINE ? 0o644 : 0o444);
		store_ptr(DEFAULT_ATTRS + (i < CPU_ONLINE ? i : i + 1) * ptr.size, at);
	});
	store_function(SYSFS_OPS + sysfs_ops.offset.show, show);
	store_function(SYSFS_OPS + sysfs_ops.offset.store, set_online);
	[ROOT_KTYPE, CPU_KTYPE].forEach((ktype, i) => {
		store_ptr(ktype + kobj_type.offset.sysfs_ops, SYSFS_OPS);
		store_ptr(ktype + kobj_type.offset.default_attrs,
			DEFAULT_ATTRS + i * (CPU_ONLINE + 1) * ptr.size);
	});

	const devices = kobject_create_and_add('devices', 0);
	const system = devices === 0 ? 0 : kobject_create_and_add('system', devices);
	if (system === 0)
		return -ENOMEM;
	// Not kset_register(), which would tell of it.
	INIT_LIST_HEAD(CPU_SUBSYS + kset.offset.list);
	spin_lock_init(CPU_SUBSYS + kset.offset.list_lock);
	kobject_init(CPU_KOBJ, ROOT_KTYPE);
	const cpus = cpumask_cpus(cpu_possible_mask);
	const kobjs = kzalloc(kobject.size * cpus.length);
	if (kobject_add(CPU_KOBJ, system, 'cpu') !== 0 || kobjs === 0)
		return -ENOMEM;
	for (const [i, cpu] of cpus.entries()) {
		const kobj = kobjs + i * kobject.size;
		kobject_init(kobj, CPU_KTYPE);
		store_ptr(kobj + kobject.offset.kset, CPU_SUBSYS);
		if (kobject_add(kobj, 0, `cpu${cpu}`) !== 0)
			return -ENOMEM;
	}
	return 0;
}
