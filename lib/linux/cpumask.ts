// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/cpumask.h>, with CPUMASK_OFFSTACK: a mask has as many bits as there are CPU numbers
// on this machine, a cpumask_var_t is a pointer to one, and every operation looks at nr_cpu_ids
// bits. The loop over a mask is
//
//	for (let cpu = cpumask_first(mask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, mask))
//
// The kernel does not check CPU numbers; here one that is out of range is in no mask and cannot be
// put into one.
import { load, READ_ONCE } from '../machine/memory.js';
import { bss, machine_field } from '../machine/layout.js';
import { on_attach } from '../machine/thread.js';
import { bitmap_and, bitmap_andnot, bitmap_copy, bitmap_empty, bitmap_equal, bitmap_fill,
	bitmap_intersects, bitmap_or, bitmap_parse, bitmap_parselist, bitmap_print, bitmap_print_list,
	bitmap_subset, bitmap_weight, bitmap_zero, BITS_TO_LONGS, clear_bit, find_first_bit,
	find_next_bit, set_bit } from './bitmap.js';
import { WARN_ONCE } from './bug.js';
import { FAIL_CPUMASK } from './fault-inject.js';
import { __GFP_ZERO, GFP_KERNEL, gfp_t, kfree, kmalloc_kind } from './slab.js';
import { text_bytes } from './string.js';

/** Most CPU numbers that a machine can have: what the masks below have room for. */
export const NR_CPUS = 8192;

/** CPU numbers of this machine are below this; the masks have so many bits. */
export let nr_cpu_ids = 0;

on_attach(() => {
	nr_cpu_ids = load(machine_field('nr_cpu_ids'));
});

/** CPUs that can ever be there. Fixed at boot. */
export const cpu_possible_mask = bss(NR_CPUS / 8, 128);
/** CPUs that are plugged in. */
export const cpu_present_mask = bss(NR_CPUS / 8, 128);
/** CPUs that run. */
export const cpu_online_mask = bss(NR_CPUS / 8, 128);
/** CPUs that new work may be given to: one that goes offline leaves this mask first. */
export const cpu_active_mask = bss(NR_CPUS / 8, 128);
/**
 * CPUs that run work items and timers: those that are online and whose thread has not died. Between
 * the death of its thread and its end as a CPU, which takes the hotplug lock, a CPU is online and
 * not in this mask. Not the kernel's, whose CPUs do not die.
 */
export const cpu_running_mask = bss(NR_CPUS / 8, 128);

/** Also false for what is no integer; then the unsigned 32-bit value is another number. */
function cpumask_check(cpu: number): boolean {
	return cpu >>> 0 === cpu && cpu < nr_cpu_ids;
}

/** Bytes of a mask: whole longs. */
export function cpumask_size(): number {
	return BITS_TO_LONGS(nr_cpu_ids) * 8;
}

export function cpumask_test_cpu(cpu: number, mask: number): boolean {
	return cpumask_check(cpu) && (READ_ONCE(mask + (cpu >> 5 << 2)) & 1 << (cpu & 31)) !== 0;
}

/** Atomic. */
export function cpumask_set_cpu(cpu: number, mask: number): void {
	if (cpumask_check(cpu))
		set_bit(cpu, mask);
	else
		WARN_ONCE(`cpumask_set_cpu: no CPU ${cpu}, nr_cpu_ids is ${nr_cpu_ids}`);
}

/** Atomic. */
export function cpumask_clear_cpu(cpu: number, mask: number): void {
	if (cpumask_check(cpu))
		clear_bit(cpu, mask);
	else
		WARN_ONCE(`cpumask_clear_cpu: no CPU ${cpu}, nr_cpu_ids is ${nr_cpu_ids}`);
}

/** The lowest CPU of a mask; nr_cpu_ids if it is empty. */
export function cpumask_first(mask: number): number {
	return find_first_bit(mask, nr_cpu_ids);
}

/** The next CPU above n, which may be -1; nr_cpu_ids if there is none. */
export function cpumask_next(n: number, mask: number): number {
	return find_next_bit(mask, nr_cpu_ids, n + 1);
}

export function cpumask_weight(mask: number): number {
	return bitmap_weight(mask, nr_cpu_ids);
}

/** dst = a & b. @returns is any CPU in dst? */
export function cpumask_and(dst: number, a: number, b: number): boolean {
	return bitmap_and(dst, a, b, nr_cpu_ids);
}

/** dst = a | b */
export function cpumask_or(dst: number, a: number, b: number): void {
	bitmap_or(dst, a, b, nr_cpu_ids);
}

/** dst = a & ~b. @returns is any CPU in dst? */
export function cpumask_andnot(dst: number, a: number, b: number): boolean {
	return bitmap_andnot(dst, a, b, nr_cpu_ids);
}

export function cpumask_copy(dst: number, src: number): void {
	bitmap_copy(dst, src, nr_cpu_ids);
}

export function cpumask_equal(a: number, b: number): boolean {
	return bitmap_equal(a, b, nr_cpu_ids);
}

export function cpumask_intersects(a: number, b: number): boolean {
	return bitmap_intersects(a, b, nr_cpu_ids);
}

/** Is every CPU of a in b? */
export function cpumask_subset(a: number, b: number): boolean {
	return bitmap_subset(a, b, nr_cpu_ids);
}

export function cpumask_empty(mask: number): boolean {
	return bitmap_empty(mask, nr_cpu_ids);
}

export function cpumask_clear(mask: number): void {
	bitmap_zero(mask, nr_cpu_ids);
}

export function cpumask_setall(mask: number): void {
	bitmap_fill(mask, nr_cpu_ids);
}

/** Allocate a mask; what it holds is undefined. @returns its address, or NULL */
export function alloc_cpumask_var(flags: gfp_t = GFP_KERNEL): number {
	return kmalloc_kind(cpumask_size(), flags, FAIL_CPUMASK);
}

/** Allocate an empty mask. @returns its address, or NULL */
export function zalloc_cpumask_var(flags: gfp_t = GFP_KERNEL): number {
	return alloc_cpumask_var(flags | __GFP_ZERO);
}

export function free_cpumask_var(mask: number): void {
	kfree(mask);
}

function first_line(text: string | Uint8Array): Uint8Array {
	const bytes = text_bytes(text);
	const newline = bytes.indexOf(0x0a);
	return newline < 0 ? bytes : bytes.subarray(0, newline);
}

/**
 * Read a mask of hex digits (bitmap_parse) from the text's first line.
 * @returns 0, -EINVAL or -EOVERFLOW
 */
export function cpumask_parse(text: string | Uint8Array, mask: number): number {
	return bitmap_parse(first_line(text), nr_cpu_ids, mask);
}

/**
 * Read a list such as 0-3,5 (bitmap_parselist) from the text's first line.
 * @returns 0, -EINVAL or -ERANGE
 */
export function cpulist_parse(text: string | Uint8Array, mask: number): number {
	return bitmap_parselist(first_line(text), nr_cpu_ids, mask);
}

/** cpumask_pr_args() printed with "%*pb": hex digits. */
export function cpumask_pr(mask: number): string {
	return bitmap_print(mask, nr_cpu_ids);
}

/** cpumask_pr_args() printed with "%*pbl": 0-3,5. */
export function cpumask_pr_list(mask: number): string {
	return bitmap_print_list(mask, nr_cpu_ids);
}

function assign_cpu(cpu: number, mask: number, value: boolean): void {
	if (value)
		cpumask_set_cpu(cpu, mask);
	else
		cpumask_clear_cpu(cpu, mask);
}

export function set_cpu_possible(cpu: number, possible: boolean): void {
	assign_cpu(cpu, cpu_possible_mask, possible);
}

export function set_cpu_present(cpu: number, present: boolean): void {
	assign_cpu(cpu, cpu_present_mask, present);
}

export function set_cpu_online(cpu: number, online: boolean): void {
	assign_cpu(cpu, cpu_running_mask, online);
	assign_cpu(cpu, cpu_online_mask, online);
}

export function set_cpu_active(cpu: number, active: boolean): void {
	assign_cpu(cpu, cpu_active_mask, active);
}

/** The thread of a CPU has died. The CPU is online until its hotplug states have been run. */
export function set_cpu_dead(cpu: number): void {
	assign_cpu(cpu, cpu_running_mask, false);
}

/** Have the threads of all CPUs died? */
export function no_cpu_runs(): boolean {
	return cpumask_first(cpu_running_mask) >= nr_cpu_ids;
}

/** Does the CPU run what is queued on it? */
export function cpu_running(cpu: number): boolean {
	return cpumask_test_cpu(cpu, cpu_running_mask);
}

export function cpu_possible(cpu: number): boolean {
	return cpumask_test_cpu(cpu, cpu_possible_mask);
}

export function cpu_present(cpu: number): boolean {
	return cpumask_test_cpu(cpu, cpu_present_mask);
}

export function cpu_online(cpu: number): boolean {
	return cpumask_test_cpu(cpu, cpu_online_mask);
}

export function cpu_active(cpu: number): boolean {
	return cpumask_test_cpu(cpu, cpu_active_mask);
}

export function num_possible_cpus(): number {
	return cpumask_weight(cpu_possible_mask);
}

export function num_present_cpus(): number {
	return cpumask_weight(cpu_present_mask);
}

export function num_online_cpus(): number {
	return cpumask_weight(cpu_online_mask);
}

/**
 * Make a mask of exactly these CPUs.
 * @throws RangeError naming the first one that this machine cannot have; the mask is left alone
 *   then
 */
export function cpumask_of_cpus(mask: number, cpus: Iterable<number>): void {
	const list = [...cpus];
	for (const cpu of list)
		if (!cpumask_check(cpu))
			throw new RangeError(
				`no CPU ${String(cpu)}: CPU numbers of this machine are 0 to ${nr_cpu_ids - 1}`,
			);
	cpumask_clear(mask);
	for (const cpu of list)
		set_bit(cpu, mask);
}

/** The CPUs of a mask, ascending. */
export function cpumask_cpus(mask: number): number[] {
	const cpus: number[] = [];
	for (let cpu = cpumask_first(mask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, mask))
		cpus.push(cpu);
	return cpus;
}
