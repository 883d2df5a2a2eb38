// SPDX-License-Identifier: GPL-2.0-only
//
// The table of the usable parallel CPUs, ascending, beside the mask of the same CPUs. In 4.18 each
// object steps through the mask (padata_index_to_cpu) and counts it (cpumask_weight): a loop over
// CPUs for each object. The table is made whenever the usable mask is, before or under the same
// lock, so nobody can see them differ. What 4.18 does without any CPU stands here too.
import { divide_error, name_caller_of } from '../../linux/bug.js';
import { cpumask_clear_cpu, cpumask_first, cpumask_next, nr_cpu_ids } from '../../linux/cpumask.js';
import { padata_cpumask, parallel_data } from '../../linux/padata.js';
import { load, store } from '../../machine/memory.js';
import { OFFLINE_DIVIDE_ERROR, quirk } from '../../quirks.js';

const pdo = parallel_data.offset;
const { pcpu, cbcpu } = padata_cpumask.offset;

/** Make the table for the usable parallel mask as it is now. */
export function make_cpu_table(pd: number): void {
	const usable = load(pd + pdo.cpumask + pcpu);
	let n = 0;
	for (let cpu = cpumask_first(usable); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, usable))
		store(pd + pdo.cpus + n++ * 4, cpu);
	store(pd + pdo.weight, n);
}

/** The bytes of the table behind a parallel_data. */
export const cpu_table_size = (): number => nr_cpu_ids * 4;

/** The cpu_index-th usable parallel CPU. */
export function cpu_in_table(pd: number, cpu_index: number): number {
	return load(pd + pdo.cpus + cpu_index * 4);
}

/** The number of usable parallel CPUs; nobody divides by 0, see divides_by_zero(). */
export function usable_weight(pd: number): number {
	return load(pd + pdo.weight);
}

/**
 * Has pd no CPU for an object? A change of the masks may be between lifting INVALID and publishing
 * the parallel_data with a CPU. 4.18 does not ask.
 */
export function has_no_cpu(pd: number): boolean {
	return load(pd + pdo.weight) === 0 && !quirk(OFFLINE_DIVIDE_ERROR);
}

/** 4.18 takes a number modulo the number of CPUs, also if there is none: an oops. */
export function divide_by_weight(pd: number): void {
	if (load(pd + pdo.weight) === 0)
		divide_error();
}
name_caller_of(divide_by_weight);

/**
 * A CPU that is on its way offline is not usable, although it is online still.
 * @param going -1: none
 */
export function exclude_going_cpu(pd: number, going: number): void {
	if (going < 0)
		return;
	cpumask_clear_cpu(going, load(pd + pdo.cpumask + pcpu));
	cpumask_clear_cpu(going, load(pd + pdo.cpumask + cbcpu));
}
