// SPDX-License-Identifier: GPL-2.0-only
//
// Runs mocha several times side by side, each on its own share of the spec files. Many specs wait
// most of the time, for a process or a time-out, and leave the cores idle; another mocha can use
// them. The shares are fixed, so a spec always runs after the same others.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { root } from '../setup/common.mjs';
import { test_root } from './tree.mjs';

/** The line that lane-reporter.cjs prints behind each suite. */
const END_OF_SUITE = '\x1e\n';

/**
 * Specs of the modules as they are compiled: of the build, the package and the sources, and those
 * that change a copy of a module. Folders and files of compat-tests.
 */
const OF_MODULES = ['docs', 'layout', 'package', 'scripts', 'support', 'c/driver', 'cli/cc',
	'conform/command', 'linux/guards', 'machine/bundle', 'machine/native'];

/**
 * Folders of compat-tests for each lane. One more lane takes all folders that are not listed. They
 * are chosen such that the lanes take the same time.
 */
const LANES = [
	['golden', 'document', 'esp'],
	['machine', 'cli'],
	['c', 'conform'],
];

/**
 * @param specs paths of compiled spec files
 * @returns the files of each lane; all but those of the modules lie in the tree for tests
 */
export function lanes_of(specs) {
	const modules = [];
	const lanes = Array.from({ length: LANES.length + 1 }, () => []);
	for (const spec of specs) {
		const name = relative(join(root, 'dist/compat-tests'), spec);
		const [folder] = name.split('/');
		if (OF_MODULES.includes(folder) || OF_MODULES.includes(name.replace(/\.spec\.js$/, '')))
			modules.push(spec);
		// Of a folder that is not listed this is -1, the last lane.
		else
			lanes.at(LANES.findIndex((folders) => folders.includes(folder))).push(
				join(test_root, relative(root, spec)),
			);
	}
	return [modules, ...lanes].filter((lane) => lane.length > 0);
}

/** Run mocha with these arguments for node. @returns what it leaves to be told at the end */
async function run_lane(args, cwd, totals_file, running) {
	const child = spawn(process.execPath, [...args, '--reporter',
		join(root, 'scripts/test/lane-reporter.cjs'), '--reporter-option', `totals=${totals_file}`],
		{ cwd, stdio: ['inherit', 'pipe', 'inherit'] });
	running.add(child);
	let text = '';
	child.stdout.setEncoding('utf8').on('data', (chunk) => {
		text += chunk;
		const end = text.lastIndexOf(END_OF_SUITE);
		if (end < 0)
			return;
		process.stdout.write(text.slice(0, end).replaceAll(END_OF_SUITE, ''));
		text = text.slice(end + END_OF_SUITE.length);
	});
	const status = await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
	});
	running.delete(child);
	let totals;
	try {
		totals = JSON.parse(readFileSync(totals_file, 'utf8'));
	} catch {
		totals = { passes: 0, pending: 0, failures: 0 };
		text += `\n  A mocha ended with exit code ${status} before all of its tests had run.\n`;
	}
	return { status, totals, text };
}

/**
 * Run each share of the specs by a mocha of its own, and print the totals in mocha's form.
 * @param args arguments for node: its options, mocha, mocha's options
 * @param lanes the spec files of each share
 * @returns the exit code: the number of failures as mocha has it, or that of a mocha which has
 *   crashed
 */
export async function run_lanes(args, lanes) {
	const begin = performance.now();
	const folder = mkdtempSync(join(tmpdir(), 'padata-test-'));
	const running = new Set();
	// A terminal sends its signals to all of them; any other sender knows only this process.
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
		process.on(signal, () => running.forEach((child) => child.kill(signal)));
	try {
		const ends = await Promise.all(
			lanes.map((lane, i) => {
				const cwd = lane[0].startsWith(join(test_root, '/')) ? test_root : root;
				return run_lane([...args, ...lane], cwd, join(folder, `${i}`), running);
			}),
		);
		return report(ends, (performance.now() - begin) / 1000);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

function report(ends, seconds) {
	const sum = { passes: 0, pending: 0, failures: 0 };
	for (const { totals, text } of ends) {
		process.stdout.write(text);
		for (const name of Object.keys(sum))
			sum[name] += totals[name];
	}
	process.stdout.write(`\n  ${sum.passes} passing (${Math.round(seconds)}s)\n`);
	for (const [name, n] of [['pending', sum.pending], ['failing', sum.failures]])
		if (n > 0)
			process.stdout.write(`  ${n} ${name}\n`);
	process.stdout.write('\n');
	const crashed = ends.find(({ status, totals }) => status !== 0 && totals.failures === 0);
	return crashed?.status ?? Math.min(sum.failures, 255);
}
