// SPDX-License-Identifier: GPL-2.0-only
//
// What a machine tells of its CPUs: machine.on('cpu', event). What the host does comes through
// follow.ts, on the booting thread. What is done by hand (cpu_up(), cpu_down(), a write to
// cpuN/online) may be done by any thread, which notes it in a ring here.
import { atomic_load, load, store, WRITE_ONCE } from '../memory.js';
import { bss } from '../layout.js';

/**
 * Who wanted it. By hand: `api`, cpu_up() or cpu_down(), also from C; `sysfs`, cpuN/online of the
 * machine's own sysfs. The host: `uevent`, the kernel's message; `cgroup`, a change of the cpuset;
 * `reread`, something that a look at /sys or /proc has found. Nobody: `died`, the CPU's thread has
 * ended without having been told to.
 */
export type CpuEventOrigin = 'api' | 'sysfs' | 'uevent' | 'cgroup' | 'reread' | 'died';

export interface CpuEvent {
	readonly source: CpuEventOrigin;
	/** -1 if it concerns all. */
	readonly cpu: number;
	/**
	 * online, offline: the CPU has become it (ok), or should have (not ok). allowed: the CPUs that
	 * the process may use have changed. pinned: a thread that could not be on its core, or was
	 * taken off it, is on it again (ok), or cannot be put there (not ok).
	 */
	readonly what: 'online' | 'offline' | 'allowed' | 'pinned';
	readonly ok: boolean;
	/** A negative errno, if it is not ok. */
	readonly error?: number;
	/** With the source `died`: the exit code of the thread, as Node.js tells it. */
	readonly exit_code?: number;
	/**
	 * With the source `died`: the error that nobody has caught, or why Node.js has ended the
	 * thread; absent after process.exit() and terminate().
	 */
	readonly cause?: Error;
	/** With `allowed`: which CPUs, ascending. */
	readonly allowed?: readonly number[];
	/** Milliseconds from the host's message (or the look that found it) until this was done. */
	readonly ms?: number;
}

const ORIGINS: readonly CpuEventOrigin[] = ['api', 'sysfs'];
/** So many are kept for a booting thread that is busy. */
const ENTRIES = 256;
/** [how many there were, then of each: cpu, is it about coming online?, error, origin] */
const RING = bss(16 + ENTRIES * 16, 128);

/**
 * Note what has been done by hand. The caller holds the hotplug lock for writing, and tells the
 * booting thread.
 */
export function note_cpu_event(cpu: number, online: boolean, error: number,
	origin: CpuEventOrigin): void
{
	const seq = load(RING);
	const at = RING + 16 + seq % ENTRIES * 16;
	store(at, cpu);
	store(at + 4, online ? 1 : 0);
	store(at + 8, error);
	store(at + 12, ORIGINS.indexOf(origin));
	WRITE_ONCE(RING, seq + 1);
}

/** How many events have been noted. */
export function cpu_events_noted(): number {
	return atomic_load(RING);
}

/** The events from number `since` on that are still in the ring. */
export function noted_cpu_events(since: number): CpuEvent[] {
	const end = atomic_load(RING);
	const events: CpuEvent[] = [];
	for (let seq = Math.max(since, end - ENTRIES); seq < end; seq++) {
		const at = RING + 16 + seq % ENTRIES * 16;
		const error = load(at + 8);
		events.push({ source: ORIGINS[load(at + 12)], cpu: load(at),
			what: load(at + 4) !== 0 ? 'online' : 'offline', ok: error === 0,
			...error === 0 ? {} : { error } });
	}
	return events;
}
