// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/jiffies.h>. A jiffy is a millisecond (HZ 1000, as RHEL 8 on x86-64), counted from
// boot on the machine's monotonic clock; a plain number, so it does not wrap.
import { local_clock } from './printk.js';

export const HZ = 1000;

export function jiffies(): number {
	return Math.floor(local_clock() * HZ);
}

export function jiffies_to_msecs(j: number): number {
	return j * (1000 / HZ);
}

export function msecs_to_jiffies(ms: number): number {
	return Math.ceil(ms * (HZ / 1000));
}
