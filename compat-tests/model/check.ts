// SPDX-License-Identifier: GPL-2.0-only
//
// Model against port: play a script on a simulated machine, compare its trace with the model's.
import { boot_for, play } from '../../lib/cli/drive/command.js';
import { cpu_online, cpu_up, failslab, Machine, slab_objects } from '../../lib/index.js';
import { Script } from './scripts.js';

/** More calls of serial() than any script makes. */
const SERIALS = 1 << 13;

/** A machine that has crashed gets so long to shut down. */
const PATIENCE_MS = 500;

export type Mode = 'none' | 'v4.18';

/** A machine for many scripts, a new one after a crash. */
export class Port {
	#machine: Machine | null = null;
	#log: string[] = [];

	constructor(readonly nr_cpus: number, readonly mode: Mode) {}

	/** @returns what is wrong, or null */
	async check({ lines, trace }: Script): Promise<string | null> {
		this.#machine ??= await boot_for(this.nr_cpus, this.mode, (text) => this.#log.push(text));
		this.#log = [];
		const objects = slab_objects();
		const out: string[] = [];
		if (await play(this.#machine, lines, (line) => out.push(line), SERIALS)) {
			await this.#abandon();
			return difference(trace, out) ?? 'it has crashed at the end';
		}
		failslab({});
		for (let cpu = 0; cpu < this.nr_cpus; cpu++)
			if (!cpu_online(cpu))
				cpu_up(cpu);
		const left = slab_objects() - objects;
		return difference(trace, out)
			?? (left === 0 ? null : `${left} objects were left allocated`);
	}

	/** After a crash locks may be held for ever; then threads are left that cannot end. */
	async #abandon(): Promise<void> {
		let patience: NodeJS.Timeout | undefined;
		const late = new Promise<void>((resolve) => {
			patience = setTimeout(resolve, PATIENCE_MS);
		});
		await Promise.race([this.close(), late]);
		clearTimeout(patience);
	}

	async close(): Promise<void> {
		const machine = this.#machine;
		this.#machine = null;
		await machine?.shutdown();
	}
}

/** The first line in which two traces differ. */
export function difference(model: readonly string[], port: readonly string[]): string | null {
	for (let i = 0; i < Math.max(model.length, port.length); i++)
		if (model[i] !== port[i])
			return `line ${i + 1} of the trace:\n  model: ${model[i] ?? '(nothing)'}\n  port:  ${
				port[i] ?? '(nothing)'
			}`;
	return null;
}

/** A script as a file that `padata drive --quirks MODE` plays. */
export function scenario({ lines }: Script, nr_cpus: number, mode: Mode): string {
	return `# subject: found by the model\n# cpus: ${nr_cpus}\n# quirks: ${mode}\n${
		lines.join('\n')
	}\n`;
}
