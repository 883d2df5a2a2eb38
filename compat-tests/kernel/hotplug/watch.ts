// SPDX-License-Identifier: GPL-2.0-only
//
// What the machine tells of its CPUs, waited for; and its threads' affinity, read from /proc.
import { readFileSync } from 'node:fs';
import { CpuEvent, Machine, parse_cpu_list } from '../../../lib/index.js';
import { now_us } from './load.jobs.js';

export type Seen = CpuEvent & { readonly at: number };

const LIMIT_MS = 15_000;

export class Watch {
	readonly seen: Seen[] = [];
	#wake: () => void = () => undefined;

	constructor(readonly machine: Machine) {
		machine.on('cpu', (event) => {
			this.seen.push({ ...event, at: now_us() });
			this.#wake();
		});
	}

	/**
	 * Wait until something holds, which is looked at after each event.
	 * @returns did it come to hold?
	 */
	async until(holds: () => boolean): Promise<boolean> {
		const end = performance.now() + LIMIT_MS;
		while (!holds()) {
			const left = end - performance.now();
			if (left <= 0)
				return false;
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, left);
				this.#wake = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
		return true;
	}

	/** The first event of the kind from number `since` on; it is waited for. */
	async event(what: string, cpu: number, since: number): Promise<Seen> {
		const find = (): Seen | undefined =>
			this.seen.slice(since).find((event) => event.what === what && event.cpu === cpu);
		await this.until(() => find() !== undefined);
		const event = find();
		if (event === undefined || !event.ok)
			throw new Error(
				`cpu ${cpu} ${what}: ${
					event === undefined
						? `not told within ${LIMIT_MS / 1000} s`
						: JSON.stringify(event)
				}`,
			);
		return event;
	}

	/**
	 * What is wrong with the affinity of the CPUs' threads: each must be on its own core, by what
	 * /proc says.
	 */
	misplaced(): string[] {
		return this.machine.cpus().cpus.filter(({ online }) => online).flatMap(({ cpu, tid }) => {
			const allowed = affinity(tid);
			return allowed.join() === String(cpu)
				? []
				: [`the thread of CPU ${cpu} may run on ${allowed.join()}`];
		});
	}

	/** The same, when it has come to be so. */
	async placed(): Promise<void> {
		if (!await this.until(() => this.misplaced().length === 0))
			throw new Error(this.misplaced().join('; '));
	}
}

function affinity(tid: number): number[] {
	try {
		return parse_cpu_list(
			/^Cpus_allowed_list:\s*(.*)$/m.exec(
				readFileSync(`/proc/self/task/${tid}/status`, 'utf8'),
			)?.[1] ?? '',
		);
	} catch {
		return [];
	}
}
