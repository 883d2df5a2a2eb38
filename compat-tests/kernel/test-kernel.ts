// SPDX-License-Identifier: GPL-2.0-only
//
// npm run test:kernel [-- NAME... --show --json]: the scenarios on a running kernel and on the
// port, compared.
import { parseArgs } from 'node:util';
import { boot_for, play } from '../../lib/cli/drive/command.js';
import { cpu_online, cpu_up } from '../../lib/index.js';
import { run_program } from './commands.js';
import { differences, differing, scenarios, unexpected } from './compare.js';
import { prepare } from './kit.js';
import { KernelStage } from './stage.js';

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		/** Print both traces. */
		show: { type: 'boolean', default: false },
		/** Print the differences as the list has them. */
		json: { type: 'boolean', default: false },
	},
});

async function main(): Promise<number> {
	const chosen = scenarios().filter(({ name }) =>
		positionals.length === 0 || positionals.includes(name)
	);
	const { scenarios: listed } = differences();
	const kit = await prepare();
	const stage = new KernelStage(kit);
	const machine = await boot_for(4, 'none', (text) => process.stderr.write(`${text}\n`));
	const count = { passed: 0, failed: 0 };
	const all: Record<string, unknown> = {};
	const begun = performance.now();
	process.stdout.write(`Linux ${kit.release} against the port\n`);
	try {
		for (const scenario of chosen) {
			const port: string[] = [];
			await play(machine, scenario.lines, (line) => port.push(line));
			for (let cpu = 0; cpu < 4; cpu++)
				if (!cpu_online(cpu))
					cpu_up(cpu);
			const { lines: kernel, complaint } = await stage.play(scenario.lines);
			const found = differing(scenario, port, kernel);
			const wrong = unexpected(found, listed[scenario.name] ?? []);
			if (complaint !== null)
				wrong.push('the kernel complains:', ...complaint.split('\n').map((line) =>
					`  ${line}`
				));
			if (found.length > 0)
				all[scenario.name] = found.map((each) => ({ ...each,
					reason: listed[scenario.name]?.find(({ at }) => at === each.at)?.reason ?? '' })
				);
			const verdict = wrong.length > 0
				? 'FAILED'
				: found.length > 0
				? `differs as listed (${found.length})`
				: 'same';
			count[wrong.length > 0 ? 'failed' : 'passed']++;
			process.stdout.write(`  ${scenario.name.padEnd(24)} ${verdict}\n${
				wrong.map((line) => `      ${line}\n`).join('')
			}`);
			if (values.show)
				process.stdout.write([...port.map((line) =>
					`    port:   ${line}`
				), ...kernel.map((line) =>
					`    kernel: ${line}`
				), ''].join('\n'));
		}
	} finally {
		await stage.end();
		await machine.shutdown();
	}
	for (const name of Object.keys(listed))
		if (positionals.length === 0 && !chosen.some((scenario) => scenario.name === name)) {
			process.stdout.write(
				`  ${
					name.padEnd(24)
				} FAILED\n      differences are listed, but there is no such scenario\n`,
			);
			count.failed++;
		}
	if (values.json)
		process.stdout.write(`${JSON.stringify(all, null, '\t')}\n`);
	const boots = stage.boots.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(', ');
	process.stdout.write(
		`boot ${boots}; all ${
			((performance.now() - begun) / 1000).toFixed(1)
		} s\n${count.passed} passed, ${count.failed} failed\n`,
	);
	return count.failed > 0 || count.passed === 0 ? 1 : 0;
}

await run_program('test:kernel', main);
