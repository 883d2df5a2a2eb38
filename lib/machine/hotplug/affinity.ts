// SPDX-License-Identifier: GPL-2.0-only
//
// The cores of the CPUs' threads. The Linux kernel moves a thread whose core has gone to others and
// does not move it back; older ones (before 6.2) let all threads of a cpuset have all of it again
// when it changes. So after each event this looks at every thread.

/** What it takes of the system. The numbers of threads are those of gettid(). */
export interface Affinity {
	/** The CPUs of a thread, ascending; or a negative errno. */
	readonly getAffinityOf: (tid: number) => number[] | number;
	/**
	 * @returns 0 or a negative errno; -EINVAL: none of the CPUs is there and allowed, which is to
	 *   be expected any time
	 */
	readonly setAffinityOf: (tid: number, cpus: readonly number[]) => number;
}

export interface PinnedThread {
	readonly cpu: number;
	readonly tid: number;
	/** The core it has been on, as far as is known; -1: none. */
	readonly core: number;
}

export interface Pinned {
	readonly cpu: number;
	/** The core it is on from now on; -1: none. */
	readonly core: number;
	/** 0, or the negative errno that is the reason for -1. */
	readonly error: number;
}

const ESRCH = 3;

const same = (a: readonly number[] | number, b: readonly number[]): boolean =>
	Array.isArray(a) && a.length === b.length && a.every((cpu, i) => cpu === b[i]);

/**
 * Put each thread on its core if that is to be had, and else let it run on all that are.
 * @param usable the host's CPUs that are online and allowed
 * @returns those for which something had to be done
 */
export function pin_threads(threads: readonly PinnedThread[], usable: readonly number[],
	{ getAffinityOf, setAffinityOf }: Affinity): Pinned[]
{
	const changed: Pinned[] = [];
	for (const { cpu, tid, core } of threads) {
		const own = usable.includes(cpu);
		const is = getAffinityOf(tid);
		// It has ended meanwhile.
		if (is === -ESRCH)
			continue;
		const wanted = own ? [cpu] : usable;
		if (same(is, wanted)) {
			if (core !== (own ? cpu : -1))
				changed.push({ cpu, core: own ? cpu : -1, error: 0 });
			continue;
		}
		const error = setAffinityOf(tid, wanted);
		if (error !== 0 && own)
			setAffinityOf(tid, usable);
		changed.push({ cpu, core: own && error === 0 ? cpu : -1, error });
	}
	return changed;
}
