// SPDX-License-Identifier: GPL-2.0-only
//
// `padata cpus`: the CPUs as the machine sees them, and each CPU's thread with the core it is
// pinned to, read back from the kernel; of a running process the masks of its instances as well.
import { EXIT, exit_of_error } from './exit-codes.js';
import { JsonOutput, LineOutput, ScreenOutput } from './cpus/output.js';
import { CpusSource, open_source } from './cpus/source.js';
import { cpu_lines, mask_lines } from './cpus/text.js';
import { watch_cpus } from './cpus/watch.js';

export interface CpusOptions {
	readonly json?: boolean;
	readonly watch?: boolean;
	readonly pid?: string;
}

async function print_once(source: CpusSource, { json, pid }: CpusOptions): Promise<void> {
	const state = await source.look();
	const { quota, online } = state.cpus;
	if (json !== true && quota !== null && quota < online.length)
		process.stderr.write(
			`padata: the cgroup's quota is less than the ${online.length} CPUs online: they will wait for time now and then\n`,
		);
	// A machine that has just been booted has no instances.
	const lines = json === true
		? [JSON.stringify(pid === undefined ? state.cpus : state, null, '\t')]
		: [...cpu_lines(state.cpus), ...mask_lines(state)];
	process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** @returns the exit code */
export async function cpus_command(options: CpusOptions): Promise<number> {
	let source: CpusSource | null = null;
	try {
		source = await open_source(options.pid);
		if (options.watch === true)
			return await watch_cpus(source, new (options.json === true
				? JsonOutput
				: process.stdout.isTTY
				? ScreenOutput
				: LineOutput)(process.stdout));
		await print_once(source, options);
		return EXIT.done;
	} catch (error) {
		const code = exit_of_error(error);
		if (code === null)
			throw error;
		process.stderr.write(`padata cpus: ${(error as Error).message}\n`);
		return code;
	} finally {
		await source?.close();
	}
}
