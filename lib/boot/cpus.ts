// SPDX-License-Identifier: GPL-2.0-only
//
// The report of CPUs: what Machine.cpus() returns and `padata cpus` prints.
import { cpu_online, cpu_online_mask, cpu_possible_mask, cpu_present_mask,
	cpumask_cpus } from '../linux/cpumask.js';
import { cpu_cgroups, cpu_quota } from '../machine/hotplug/cgroup.js';
import { load_native } from '../machine/native.js';
import { cpu_thread_status, CpuState } from '../machine/processor.js';
import { host_topology } from '../machine/topology.js';

/** A CPU as `padata cpus` shows it. */
export interface CpuInfo {
	readonly cpu: number;
	readonly online: boolean;
	/** Kernel thread id of its thread; 0 without the addon or without a thread. */
	readonly tid: number;
	/**
	 * The cores its thread may run on, read back from the kernel; null without the addon or without
	 * a thread.
	 */
	readonly affinity: readonly number[] | null;
}

/** The CPUs of a machine. Lists of numbers are ascending. */
export interface CpusInfo {
	readonly possible: readonly number[];
	readonly present: readonly number[];
	readonly online: readonly number[];
	/** Those of the host that this process may use. */
	readonly allowed: readonly number[];
	/**
	 * How many CPUs' time this process may have, by the quotas of its control groups (cpu.max, or
	 * cpu.cfs_quota_us), e.g. 1.5; null: there is no quota. With less than the online ones, the
	 * CPUs wait for each other's time.
	 */
	readonly quota: number | null;
	/** The present ones. */
	readonly cpus: readonly CpuInfo[];
}

/**
 * Describe the CPUs of this thread's machine. Any thread of the machine may call it.
 * @param booter id of the thread that has booted the machine, if that is another one
 */
export function describe_cpus(host_root: string, booter?: number): CpusInfo {
	const { native } = load_native();
	const present = cpumask_cpus(cpu_present_mask);
	return {
		possible: cpumask_cpus(cpu_possible_mask),
		present,
		online: cpumask_cpus(cpu_online_mask),
		allowed: host_topology(host_root, undefined, booter).allowed,
		quota: cpu_quota(cpu_cgroups(host_root)),
		cpus: present.map((cpu) => {
			const { tid, state } = cpu_thread_status(cpu);
			const affinity = native === null || state !== CpuState.running
				? null
				: native.getAffinityOf(tid);
			return { cpu, online: cpu_online(cpu), tid,
				affinity: Array.isArray(affinity) ? affinity : null };
		}),
	};
}
