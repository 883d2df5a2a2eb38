// SPDX-License-Identifier: GPL-2.0-only
//
// After the clock has been stopped: was everything done, in order, with the plain loop's results?
import { expected_sum, fold, JobName, jobs } from './job.js';
import { loop_results, Slots } from './runner.js';

export class Check {
	readonly #name: JobName;
	readonly #table: Int32Array;
	readonly #slot: Slots;

	constructor(name: JobName) {
		this.#name = name;
		({ table: this.#table, slot: this.#slot } = loop_results(name));
	}

	/**
	 * The sum over the results of jobs first, first + step, ... below n as they came out, against
	 * the loop's.
	 */
	sum(found: number, n: number, first = 0, step = 1): void {
		const expected = expected_sum(this.#name, this.#table, n, first, step);
		if (found !== expected)
			throw new Error(
				`${this.#name}: the results of ${n} jobs or their order are wrong (sum ${found}, the loop's is ${expected})`,
			);
	}

	/** Inputs and outputs of all slots against the loop's. */
	slots(slot: Slots): void {
		const { in_flight, slot_bytes } = jobs[this.#name];
		for (let s = 0; slot_bytes > 0 && s < in_flight; s++)
			if (Buffer.compare(slot(s), this.#slot(s)) !== 0)
				throw new Error(`${this.#name}: slot ${s} does not hold what the loop makes of it`);
	}

	/**
	 * A fingerprint of the job's results; who measures the same job, in whatever language, must
	 * have the same.
	 */
	get digest(): number {
		return this.#table.reduce(fold, 0);
	}
}
