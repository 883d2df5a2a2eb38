// SPDX-License-Identifier: GPL-2.0-only

/** Wall time and CPU time of the whole process, all its threads. */
export class Stopwatch {
	readonly #cpu = process.cpuUsage();
	readonly #start = performance.now();

	/** Microseconds for each of n jobs. */
	per_job(n: number): { us: number; cpu_us: number } {
		const us = (performance.now() - this.#start) * 1000 / n;
		const { user, system } = process.cpuUsage(this.#cpu);
		return { us, cpu_us: (user + system) / n };
	}
}
