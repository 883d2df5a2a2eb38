// SPDX-License-Identifier: GPL-2.0-only
//
// npm run bench: this port and its peers side by side. docs/performance.md is made of what it
// prints.
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { bench_esp } from './esp.js';
import { write_document } from './document.js';
import { describe_machine } from './machine.js';
import { plan, Planned } from './plan.js';
import { report } from './report.js';
import { run } from './runner.js';
import type { Results } from './spec.js';

interface Options {
	readonly json?: boolean;
	readonly only?: readonly string[];
	readonly peers: readonly string[] | boolean;
	readonly runs: number;
	readonly quick?: boolean;
	readonly from?: string;
	readonly save?: string;
	readonly doc?: string;
	readonly old?: string;
}

const list = (text: string): string[] =>
	text.split(',').map((word) => word.trim()).filter((word) => word !== '');

function positive(text: string): number {
	const n = Number(text);
	if (!Number.isInteger(n) || n < 1)
		throw new RangeError(`"${text}" is not a positive number`);
	return n;
}

const program = new Command('bench')
	.description(
		'measure this port and its peers: each run a process of its own, the rows in turns; medians, min-max, ratios',
	)
	.option('--json', 'print {"machine", "rows"} as JSON')
	.option('--only <names>',
		'only these works (aes, latency, ...) or work/impl, separated by commas; esp by itself',
		list)
	.addOption(
		new Option('--peers [names]', 'only these peers besides padata and the loop').argParser(
			list,
		).default(true, 'all'),
	)
	.option('--no-peers', 'only padata and the loop')
	.addOption(new Option('--runs <n>', 'runs of each row').argParser(positive).default(5))
	.option('--quick', 'a fifth of the jobs: a first look')
	.option('--save <file>', 'write the JSON to a file')
	.option('--from <file>', 'measure nothing: take the JSON from a file')
	.option('--doc <file>', 'put the results into this document, and the plots beside it')
	.option('--old <dir>', 'with --only esp: a checkout of an older version, which is set up')
	.helpOption('--help')
	.showHelpAfterError();

/** loop in C is what its C peers are compared to, so it is no peer. */
const is_ours = (impl: string): boolean => impl.startsWith('padata') || impl.startsWith('loop');

function wanted({ work, impl }: Planned, { only, peers }: Options): boolean {
	if (only !== undefined && !only.includes(work) && !only.includes(`${work}/${impl}`))
		return false;
	return is_ours(impl)
		|| (typeof peers === 'boolean'
			? peers
			: peers.some((peer) => impl === peer || impl.startsWith(`${peer}-`)));
}

function progress(what: string): void {
	process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${what}` : `${what}\n`);
}

function check_names(what: string, names: readonly string[], known: Iterable<string>): void {
	const all = new Set(known);
	for (const name of names)
		if (!all.has(name))
			throw new RangeError(
				`${what}: there is no "${name}"; there are ${[...all].join(', ')}`,
			);
}

async function measure(options: Options): Promise<Results> {
	const everything = plan();
	check_names('--only', (options.only ?? []).map((name) => name.split('/')[0]),
		everything.map(({ work }) => work));
	if (typeof options.peers !== 'boolean')
		check_names('--peers', options.peers,
			everything.map(({ impl }) => impl).filter((impl) => !is_ours(impl)));
	const chosen = everything.filter((spec) => wanted(spec, options));
	const { rows, failures } = await run(chosen, { runs: options.runs,
		quick: options.quick === true, progress });
	if (process.stderr.isTTY)
		progress('');
	for (const failure of failures) {
		process.stderr.write(`failed: ${failure}\n`);
		process.exitCode = 1;
	}
	return { machine: describe_machine(), rows };
}

async function main(): Promise<void> {
	const options = program.parse().opts<Options>();
	if (options.only?.join() === 'esp') {
		process.stdout.write(
			bench_esp({ runs: options.runs, quick: options.quick === true,
				...options.old === undefined ? {} : { old: options.old } }),
		);
		return;
	}
	const results = options.from !== undefined
		? JSON.parse(readFileSync(options.from, 'utf8')) as Results
		: await measure(options);
	if (options.save !== undefined)
		writeFileSync(options.save, `${JSON.stringify(results)}\n`);
	if (options.doc !== undefined)
		write_document(options.doc, results);
	process.stdout.write(options.json === true ? `${JSON.stringify(results)}\n` : report(results));
}

try {
	await main();
} catch (error) {
	process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
}
