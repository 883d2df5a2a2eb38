// SPDX-License-Identifier: GPL-2.0-only
//
// Where scenarios are played in this process: on the machine that the last one has left, as booting
// is what takes the time. An answer is kept: the page that shows all of them need not play what the
// tests have played.
import { expect } from 'chai';
import { boot_for, play } from '../../lib/cli/drive/command.js';
import type { Answer } from '../../lib/cli/conform/driver.js';
import { is_report, Scenario } from '../../lib/cli/conform/scenario.js';
import { cpu_online, cpu_up, Machine, slab_objects } from '../../lib/index.js';

let machine: Machine | null = null;
let booted = '';
const answers = new Map<string, Answer>();

/** Shut down the machine that is left. */
export async function leave_stage(): Promise<void> {
	await machine?.shutdown();
	machine = null;
}

async function machine_for(cpus: number, quirks: string, fresh: boolean): Promise<Machine> {
	const wanted = `${cpus} ${quirks}`;
	if (machine === null || booted !== wanted || fresh) {
		await leave_stage();
		machine = await boot_for(cpus, quirks, () => undefined);
		booted = wanted;
	}
	return machine;
}

async function play_on(m: Machine, scenario: Scenario): Promise<string[]> {
	const objects = slab_objects();
	const lines: string[] = [];
	if (await play(m, scenario.commands, (line) => lines.push(line))) {
		// A crashed kernel is of no more use.
		await leave_stage();
		return lines;
	}
	for (let cpu = 0; cpu < scenario.cpus; cpu++)
		if (!cpu_online(cpu))
			cpu_up(cpu);
	expect(slab_objects(), `objects that ${scenario.name} has left allocated`).to.equal(objects);
	return lines;
}

/** The port's answer. @param quirks as for `padata drive` */
export async function answer_of(scenario: Scenario, quirks: string): Promise<Answer> {
	const key = `${scenario.name} ${quirks}`;
	let answer = answers.get(key);
	if (answer === undefined) {
		// A recorded crash had a boot of its own.
		const fresh = quirks !== 'none' && scenario.expected['4.18'].some(is_report);
		answer = { lines: await play_on(await machine_for(scenario.cpus, quirks, fresh), scenario),
			problem: null, stderr: '' };
		answers.set(key, answer);
	}
	return answer;
}
