// SPDX-License-Identifier: GPL-2.0-only
//
// npm run test:hotplug [-- --toggles N --seed S]: the port in a guest whose real CPUs go and come.
import { parseArgs } from 'node:util';
import { run_program } from './commands.js';
import { crash_line, Guest } from './guest.js';
import { guest_files, PROGRAM } from './hotplug/files.js';
import { RESULT } from './hotplug/report.js';
import { prepare } from './kit.js';

const { values } = parseArgs({
	options: { toggles: { type: 'string', default: '200' }, seed: { type: 'string' },
		timeout: { type: 'string', default: '300' } },
});
const CPUS = 4;
/** MiB: Node.js is there twice, in the archive and unpacked. */
const MEMORY = 640;

async function main(): Promise<number> {
	const seed = Number(values.seed ?? Math.floor(Math.random() * 0xffffffff));
	const kit = await prepare();
	const begun = performance.now();
	const guest = new Guest(kit, { cpus: CPUS, memory: MEMORY, mode: 'program', program: PROGRAM,
		files: await guest_files({ seed, toggles: Number(values.toggles) }) });
	let late = false;
	const timer = setTimeout(() => {
		late = true;
		void guest.end();
	}, Number(values.timeout) * 1000);
	const count = { passed: 0, failed: 0 };
	const fail = (why: string): void => {
		count.failed++;
		process.stdout.write(`not ok - ${why}\n`);
	};
	process.stdout.write(`Linux ${kit.release}, ${CPUS} CPUs, Node.js ${process.version}\n`);
	let ended: string | null = null;
	const lines: string[] = [];
	for (let line; (line = await guest.line()) !== null;) {
		lines.push(line);
		const result = RESULT.exec(line);
		if (result !== null)
			count[result[1] === 'ok' ? 'passed' : 'failed']++;
		ended = /^init: the program has ended with (\d+)/.exec(line)?.[1] ?? ended;
		// The kernel tells of each thread that has lost its core.
		if (!/^\[ *\d/.test(line))
			process.stdout.write(`${line}\n`);
	}
	clearTimeout(timer);
	process.stderr.write(guest.console());
	await guest.end();
	if (late)
		fail(`no end after ${values.timeout} s; --seed ${seed}`);
	else if (ended !== '0' && count.failed === 0)
		fail(
			`the program has ended ${
				ended === null ? 'with the machine' : `with ${ended}`
			}; --seed ${seed}`,
		);
	const odd = crash_line(lines.join('\n'));
	if (odd !== undefined)
		fail(`the kernel complains: ${odd}`);
	if (count.failed > 0)
		process.stdout.write(`the console:\n${lines.map((line) => `  ${line}\n`).join('')}`);
	process.stdout.write(
		`all ${
			((performance.now() - begun) / 1000).toFixed(1)
		} s\n${count.passed} passed, ${count.failed} failed\n`,
	);
	return count.failed > 0 || count.passed === 0 ? 1 : 0;
}

await run_program('test:hotplug', main);
