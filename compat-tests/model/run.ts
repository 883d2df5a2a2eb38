// SPDX-License-Identifier: GPL-2.0-only
//
// npm run model -- --runs N --seed S --cpus C --quirks none|v4.18 --length L: random scripts, model
// against port.
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Mode, Port, scenario } from './check.js';
import { script, sketches } from './scripts.js';

export interface RunOptions {
	readonly nrCpus: number;
	readonly mode: Mode;
	readonly runs: number;
	readonly seed: number;
	readonly length: number;
	readonly path?: string;
}
export interface Report {
	readonly runs: number;
	readonly commands: ReadonlyMap<string, number>;
	readonly failure: string | null;
}

/** @returns failure: the smallest script found on which they disagree, as text */
export async function run({ nrCpus, mode, runs, seed, length, path }: RunOptions): Promise<Report> {
	const port = new Port(nrCpus, mode);
	const commands = new Map<string, number>();
	const v418 = mode === 'v4.18';
	try {
		const details = await fc.check(
			fc.asyncProperty(sketches(nrCpus, length), async (sketch) => {
				const it = script(sketch, nrCpus, v418);
				for (const line of it.lines)
					commands.set(line.split(' ')[0], (commands.get(line.split(' ')[0]) ?? 0) + 1);
				for (const line of it.trace)
					if (line.includes('=> blocked'))
						commands.set('(blocked)', (commands.get('(blocked)') ?? 0) + 1);
				const wrong = await port.check(it);
				if (wrong !== null)
					throw new Error(wrong);
			}),
			{ numRuns: runs, seed, endOnFailure: false, ...path === undefined ? {} : { path } },
		);
		if (!details.failed)
			return { runs: details.numRuns, commands, failure: null };
		const smallest = script(details.counterexample![0], nrCpus, v418);
		return { runs: details.numRuns, commands,
			failure:
				`seed ${seed}, path ${
					details.counterexamplePath ?? ''
				}, after ${details.numRuns} scripts and ${details.numShrinks} smaller ones:\n`
				+ `${(details.errorInstance as Error).message}\n\n${
					scenario(smallest, nrCpus, mode)
				}` };
	} finally {
		await port.close();
	}
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: { runs: { type: 'string' }, seed: { type: 'string' }, cpus: { type: 'string' },
			quirks: { type: 'string' }, length: { type: 'string' }, path: { type: 'string' } },
	});
	const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
	const modes: readonly Mode[] = values.quirks === undefined
		? ['none', 'v4.18']
		: [values.quirks as Mode];
	for (const mode of modes) {
		const nr_cpus = Number(values.cpus ?? 4);
		console.log(`model: seed ${seed}, ${nr_cpus} CPUs, quirks ${mode}`);
		const begin = performance.now();
		const { runs, commands, failure } = await run({ nrCpus: nr_cpus, mode,
			runs: Number(values.runs ?? 1000), seed, length: Number(values.length ?? 30),
			...values.path === undefined ? {} : { path: values.path } });
		const seconds = (performance.now() - begin) / 1000;
		console.log(
			`${runs} scripts in ${seconds.toFixed(1)} s: ${
				[...commands].sort(([, a], [, b]) => b - a).map(([name, n]) => `${name} ${n}`).join(
					', ',
				)
			}`,
		);
		if (failure !== null) {
			console.log(`FAILURE: ${failure}`);
			// Threads of a machine that has crashed would keep the process.
			process.exit(1);
		}
	}
}

if (process.argv[1] === fileURLToPath(import.meta.url))
	await main();
