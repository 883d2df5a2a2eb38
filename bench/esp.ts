// SPDX-License-Identifier: GPL-2.0-only
//
// npm run bench -- --only esp: the main job, `padata esp`, as whole processes. Each run also times
// the plain loop on one thread (--compare), so a ratio is of two figures of the same process. With
// --old DIR an older build of this project takes turns with this one.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ipv4, pcap, TestRecord } from '../compat-tests/esp/builders.js';
import type { EspResult } from '../lib/cli/esp/command.js';
import { root } from './root.js';
import { median } from './stats.js';

interface Work {
	readonly name: string;
	readonly input: string;
	readonly output: string;
	/** How often this build reads the capture, and how often an older one, which takes longer. */
	readonly repeat: number;
	readonly repeat_old: number;
}

export interface EspBenchOptions {
	readonly runs: number;
	readonly quick: boolean;
	readonly old?: string;
}

function run_esp(checkout: string, { input, output }: Work, repeat: number,
	...options: string[]): EspResult
{
	const { status, stdout, stderr } = spawnSync(process.execPath, [
		join(checkout, 'dist/bundle/cli/padata.js'),
		'esp',
		input,
		output,
		'--repeat',
		String(repeat),
		'--json',
		...options,
	], { encoding: 'utf8' });
	if (status !== 0)
		throw new Error(`padata esp of ${checkout}: exit code ${status}\n${stderr}`);
	return JSON.parse(stdout) as EspResult;
}

/** Bytes/s of `openssl speed` on two processes, with an IV and a tag for each packet, or null. */
function openssl_speed(length: number): number | null {
	const { status, stdout } = spawnSync('openssl', ['speed', '-mr', '-elapsed', '-seconds', '2',
		'-multi', '2', '-bytes', String(length), '-aead', '-evp', 'aes-128-gcm'], {
		encoding: 'utf8',
	});
	const rate = /^\+F:\d+:[^:]+:([\d.]+)/m.exec(stdout);
	return status === 0 && rate !== null ? Number(rate[1]) : null;
}

const rate = (n: number): string => Math.round(n).toLocaleString('en');
const spread = (ratios: readonly number[]): string =>
	`${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}-${
		Math.max(...ratios).toFixed(2)
	})`;

function measure(work: Work, { runs, quick, old }: EspBenchOptions): string[] {
	const [mine, olds]: [EspResult[], EspResult[]] = [[], []];
	const part = quick ? 5 : 1;
	for (let i = 0; i < runs; i++) {
		process.stderr.write(`${work.name}: run ${i + 1} of ${runs}\n`);
		mine.push(run_esp(root, work, Math.ceil(work.repeat / part), '--compare'));
		if (old !== undefined)
			olds.push(run_esp(old, work, Math.ceil(work.repeat_old / part)));
	}
	const packets = (results: readonly EspResult[]): number =>
		median(results.map(({ packetsPerSecond }) => packetsPerSecond));
	const lines = [
		`${work.name}: ${rate(packets(mine))} packets/s, ${
			rate(median(mine.map(({ mbitPerSecond }) => mbitPerSecond)))
		} Mbit/s`,
		`  times the plain loop on one thread: ${spread(mine.map((r) => r.timesPlain!))}`,
	];
	if (old !== undefined)
		lines.push(
			`  times the old build (${rate(packets(olds))}): ${
				spread(mine.map((r, i) => r.packetsPerSecond / olds[i].packetsPerSecond))
			}`,
		);
	return lines;
}

/** Measure the main job. @returns what is to be printed */
export function bench_esp(options: EspBenchOptions): string {
	const folder = mkdtempSync(join(tmpdir(), 'padata-bench-esp-'));
	try {
		const example = join(root, 'examples/loopback.pcapng');
		const large = join(folder, 'large.pcap');
		const packet: TestRecord = { sec: 1_700_000_000, data: ipv4(new Uint8Array(1400)) };
		writeFileSync(large, pcap(Array<TestRecord>(10_000).fill(packet), { linktype: 101 }));
		const file = join(folder, 'out.pcap');
		const works: Work[] = [
			{ name: 'example, to /dev/null', input: example, output: '/dev/null', repeat: 1500,
				repeat_old: 100 },
			{ name: 'example, to a file', input: example, output: file, repeat: 800,
				repeat_old: 100 },
			{ name: '1420 bytes, to /dev/null', input: large, output: '/dev/null', repeat: 300,
				repeat_old: 30 },
		];
		const lines = works.flatMap((work) => measure(work, options));
		const openssl = openssl_speed(1420);
		lines.push(openssl === null
			? 'openssl speed: there is no openssl that tells'
			: `openssl speed -multi 2, 1420 bytes, IV and tag each: ${
				rate(openssl * 8 / 1e6)
			} Mbit/s`);
		return `${lines.join('\n')}\n`;
	} finally {
		rmSync(folder, { recursive: true });
	}
}
