// SPDX-License-Identifier: GPL-2.0-only
//
// The named places where the 4.18 code and its document part, or where the code crashes, hangs or
// loses the order. With a quirk on, the port does what 4.18 does; with it off (the default) what
// the document says, or the safe thing. Each is tested for at the one line of
// lib/padata/v4.18/padata.ts that it concerns.
import { load } from './machine/memory.js';
import { machine_field } from './machine/layout.js';
import { on_attach } from './machine/thread.js';

export interface QuirkInfo {
	/** What the document says; null where it is silent. */
	readonly document: string | null;
	readonly v418: string;
	readonly port: string;
	/**
	 * The upstream change that ended it: version, subject, CVE; null if the code went away instead.
	 */
	readonly upstream: string | null;
}

export const quirks = {
	start_when_invalid: {
		document: 'padata_start: -EINVAL if a cpumask has no active CPU, and the flag is not set',
		v418: 'padata_start sets INIT and returns -EINVAL',
		port: '-EINVAL, and the flag stays as it was',
		upstream: '5.9 "padata: remove start function" (the function is gone)',
	},
	implicit_start: {
		document: 'padata_start and padata_stop set and clear the flag',
		v418:
			'a usable mask, or a CPU of the masks coming online, starts an instance that was never started or was stopped; an unusable mask stops it',
		port:
			'only padata_start and padata_stop touch INIT; unusable masks make the instance INVALID, usable ones lift that',
		upstream: null,
	},
	stop_ignores_async: {
		document: 'padata_stop blocks until the instance is unused',
		v418:
			'BUG if the parallel() of an object has returned and its padata_do_serial is still to come; the same for mask changes and free',
		port: 'waits until every object has been serialised',
		upstream: '5.6 "padata: Remove broken queue flushing"',
	},
	free_without_wait: {
		document: 'padata_free waits while any remaining tasks are completed',
		v418: 'drops a reference; nothing is flushed if the instance is stopped already',
		port: 'the last reference waits for remaining tasks, then frees',
		upstream:
			'6.7 "padata: Fix refcnt handling in padata_free_shell()", CVE-2023-52854, for the race that is left',
	},
	remove_clears_both: {
		document: 'padata_remove_cpu removes one CPU from a certain cpumask',
		v418:
			'the CPU leaves both usable masks, after the notifier ran, even if it was in neither mask named; removing an offline CPU validates nothing',
		port:
			'only the masks named change; the usable masks are final before they are published and notified',
		upstream: '5.6 "padata: Remove unused padata_remove_cpu" (the function is gone)',
	},
	offline_unnotified: {
		document: 'the notifier tells of changes of the usable cpumasks',
		v418: 'not of a CPU that goes offline',
		port: 'it does, with the usable masks that hold from then on',
		upstream: '5.6 "padata: remove cpumask change notifier" (the notifier is gone)',
	},
	offline_divide_error: {
		document: null,
		v418:
			'the usable parallel mask can get empty (last CPU offline or removed, failed allocation) without INVALID; padata_do_parallel then divides by zero',
		port: 'the instance is INVALID and padata_do_parallel returns -EINVAL until a CPU is back',
		upstream: '5.6 "padata: validate cpumask without removed CPU during offline"',
	},
	positional_reorder: {
		document: 'tasks are completed in the order in which they were submitted',
		v418: 'objects of one CPU come out in the order in which they were completed',
		port: 'order of submission, always, by sequence number',
		upstream: '5.4 "padata: unbind parallel jobs from specific CPUs"',
	},
	reorder_timer: {
		document: 'serial() may be deferred for a while',
		v418:
			'a reorder that found the lock taken is made good by a timer up to 1 s later, if it was armed, or by a flush',
		port: 'at once: whoever held the lock looks again after the unlock',
		upstream:
			'5.4 "padata: Replace delayed timer with immediate workqueue in padata_reorder"; 5.3 "padata: use smp_mb in padata_reorder to avoid orphaned padata jobs"',
	},
	unflushed_reorder_work: {
		document: null,
		v418:
			'reorder_work, and a padata_do_serial that is still running, may use a parallel_data that has been freed',
		port: 'a parallel_data is freed when nothing can reach it any more',
		upstream:
			'6.14 "padata: avoid UAF for reorder_work", CVE-2025-21726; 6.14 "padata: fix UAF in padata_reorder", CVE-2025-21727; 6.17 "padata: Fix pd UAF once and for all", CVE-2025-38584',
	},
	hotplug_lock_order: {
		document: null,
		v418:
			"the instance's lock is taken before the hotplug lock, the hotplug callbacks take them the other way round: a deadlock",
		port: 'the hotplug lock first, everywhere',
		upstream: '5.6 "padata: always acquire cpu_hotplug_lock before pinst->lock"',
	},
	enomem_leaves_stopped: {
		document: null,
		v418:
			'-ENOMEM in a mask change leaves the instance stopped or INVALID, and user masks changed',
		port: 'nothing has changed',
		upstream: null,
	},
	notifier_reregister: {
		document: null,
		v418: 'registering a block twice drops the blocks behind it, or makes the chain endless',
		port: '-EEXIST, and the chain is as it was',
		upstream: '5.16 "notifier: Return an error when a callback has already been registered"',
	},
	unchecked_misuse: {
		document: null,
		v418:
			'nothing checks what the caller does: padata_do_serial twice corrupts lists, padata_stop from a notifier hangs',
		port: 'misuse is refused and reported on the kernel log',
		upstream: null,
	},
} as const satisfies Readonly<Record<string, QuirkInfo>>;

export type Quirk = keyof typeof quirks;

export const quirk_names = Object.keys(quirks) as readonly Quirk[];

/** What boot({ quirks }) and --quirks take. */
export type QuirkSelection = 'none' | 'v4.18' | readonly Quirk[];

/** @throws RangeError naming an unknown quirk */
export function quirk_mask(selection: QuirkSelection): number {
	if (selection === 'none')
		return 0;
	if (selection === 'v4.18')
		return (1 << quirk_names.length) - 1;
	if (!Array.isArray(selection))
		throw new RangeError(
			`quirks: "${String(selection)}" is not "none", "v4.18" or a list of quirks`,
		);
	let mask = 0;
	for (const name of selection as readonly string[]) {
		const bit = (quirk_names as readonly string[]).indexOf(name);
		if (bit < 0)
			throw new RangeError(
				`quirks: unknown quirk "${name}"; there are: ${quirk_names.join(', ')}`,
			);
		mask |= 1 << bit;
	}
	return mask;
}

let active = 0;
on_attach(() => {
	active = load(machine_field('quirks'));
});

const bit = (name: Quirk): number => 1 << quirk_names.indexOf(name);

export const START_WHEN_INVALID = bit('start_when_invalid');
export const IMPLICIT_START = bit('implicit_start');
export const STOP_IGNORES_ASYNC = bit('stop_ignores_async');
export const FREE_WITHOUT_WAIT = bit('free_without_wait');
export const REMOVE_CLEARS_BOTH = bit('remove_clears_both');
export const OFFLINE_UNNOTIFIED = bit('offline_unnotified');
export const OFFLINE_DIVIDE_ERROR = bit('offline_divide_error');
export const POSITIONAL_REORDER = bit('positional_reorder');
export const REORDER_TIMER = bit('reorder_timer');
export const UNFLUSHED_REORDER_WORK = bit('unflushed_reorder_work');
export const HOTPLUG_LOCK_ORDER = bit('hotplug_lock_order');
export const ENOMEM_LEAVES_STOPPED = bit('enomem_leaves_stopped');
export const NOTIFIER_REREGISTER = bit('notifier_reregister');
export const UNCHECKED_MISUSE = bit('unchecked_misuse');

/** Is the quirk on in this machine? */
export function quirk(which: number): boolean {
	return (active & which) !== 0;
}
