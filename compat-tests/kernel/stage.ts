// SPDX-License-Identifier: GPL-2.0-only
//
// Scenarios on running kernels: a guest for each number of CPUs, booted when it is first needed,
// and anew after a crash.
import { readFileSync } from 'node:fs';
import { cpus_of } from '../../lib/cli/drive/command.js';
import { EXIT } from '../../lib/cli/exit-codes.js';
import { crash_line, Guest } from './guest.js';
import type { Kit } from './kit.js';

export interface Played {
	readonly lines: readonly string[];
	/** What a driver exits with. */
	readonly code: number;
	/** The console, if the kernel has complained. */
	readonly complaint: string | null;
}

/** MiB: what is in it is small. */
const MEMORY = 160;

export class KernelStage {
	#guest: Guest | null = null;
	#cpus = 0;
	/** Milliseconds from start to readiness, of each boot. */
	readonly boots: number[] = [];

	constructor(readonly kit: Kit) {}

	async #guest_for(cpus: number): Promise<Guest> {
		if (this.#guest !== null && this.#cpus === cpus)
			return this.#guest;
		await this.end();
		const begun = performance.now();
		const guest = new Guest(this.kit, {
			cpus,
			memory: MEMORY,
			mode: 'driver',
			files: [{ path: 'padata_driver.ko', data: readFileSync(this.kit.module) }],
		});
		if ((await guest.ask(null))?.join() !== 'ready') {
			const console = guest.console();
			await guest.end();
			throw new Error(`the guest does not boot:\n${console}`);
		}
		this.boots.push(performance.now() - begun);
		[this.#guest, this.#cpus] = [guest, cpus];
		return guest;
	}

	/** @param emit gets the lines as they come */
	async play(scenario: readonly string[],
		emit: (line: string) => void = () => undefined): Promise<Played>
	{
		const cpus = scenario.map(cpus_of).find((n) => n !== undefined) ?? 4;
		const guest = await this.#guest_for(cpus);
		const before = guest.console().length;
		const lines: string[] = [];
		const add = (line: string): void => {
			lines.push(line);
			emit(line);
		};
		for (const command of [
			...scenario.map((line) => line.replace(/\r$/, '')).filter((line) =>
				line.trim() !== '' && !line.startsWith('#')
			),
			'!end',
		]) {
			const answer = await guest.ask(command);
			answer?.forEach(add);
			const odd = crash_line(guest.console().slice(before));
			// After a hang its objects are in the way; after a complaint nothing it says can be
			// relied on.
			if (answer === null || answer.some((line) => line.startsWith('@@'))
				|| odd !== undefined)
			{
				const console = guest.console().slice(before);
				if (answer === null)
					add(guest.hung
						? `@@HANG: ${command} does not return`
						: `KERNEL: ${odd ?? 'the machine is gone'}`);
				await this.end();
				return { lines,
					code: answer === null || odd === undefined ? EXIT.crashed : EXIT.failed,
					complaint: console };
			}
		}
		return { lines, code: 0, complaint: null };
	}

	async end(): Promise<void> {
		await this.#guest?.end();
		this.#guest = null;
	}
}
