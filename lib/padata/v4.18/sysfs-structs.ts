// SPDX-License-Identifier: GPL-2.0-only
//
// The static structs of the sysfs interface (L888, L955 to L1000), which C initialises where it
// declares them. Here they lie in the machine's memory, and the booting thread fills them in once.
import { attribute, kobj_type, sysfs_ops } from '../../linux/kobject.js';
import { write_cstring } from '../../linux/string.js';
import { store_function } from '../../machine/function.js';
import { bss } from '../../machine/layout.js';
import { store, store_ptr } from '../../machine/memory.js';
import { fn_ptr, struct } from '../../machine/struct.js';

/** L888 */
export const padata_sysfs_entry = struct('padata_sysfs_entry', { attr: attribute, show: fn_ptr,
	store: fn_ptr });
const entry = padata_sysfs_entry.offset;

const padata_sysfs_ops = bss(sysfs_ops.size);
export const padata_attr_type = bss(kobj_type.size);
/** Both 0644 (L955). */
const ATTR_NAMES = ['serial_cpumask', 'parallel_cpumask'] as const;
const padata_attrs = bss(padata_sysfs_entry.size * ATTR_NAMES.length);
const padata_attr_names = bss(32 * ATTR_NAMES.length);
const padata_default_attrs = bss(8 * (ATTR_NAMES.length + 1));

/** Numbers of the functions that the structs point to. */
export interface SysfsFunctions {
	readonly show_cpumask: number;
	readonly store_cpumask: number;
	readonly padata_sysfs_show: number;
	readonly padata_sysfs_store: number;
	readonly padata_sysfs_release: number;
}

/** Fill in the static structs. */
export function init_sysfs_structs(functions: SysfsFunctions): void {
	ATTR_NAMES.forEach((name, i) => {
		const at = padata_attrs + i * padata_sysfs_entry.size;
		write_cstring(padata_attr_names + i * 32, name);
		store_ptr(at + entry.attr + attribute.offset.name, padata_attr_names + i * 32);
		store(at + entry.attr + attribute.offset.mode, 0o644);
		store_function(at + entry.show, functions.show_cpumask);
		store_function(at + entry.store, functions.store_cpumask);
		store_ptr(padata_default_attrs + i * 8, at + entry.attr);
	});
	store_function(padata_sysfs_ops + sysfs_ops.offset.show, functions.padata_sysfs_show);
	store_function(padata_sysfs_ops + sysfs_ops.offset.store, functions.padata_sysfs_store);
	store_function(padata_attr_type + kobj_type.offset.release, functions.padata_sysfs_release);
	store_ptr(padata_attr_type + kobj_type.offset.sysfs_ops, padata_sysfs_ops);
	store_ptr(padata_attr_type + kobj_type.offset.default_attrs, padata_default_attrs);
}
