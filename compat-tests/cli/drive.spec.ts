// SPDX-License-Identifier: GPL-2.0-only
//
// padata drive: what `settle` and `quiet` wait for, and numbers that do not fit.
import { expect } from 'chai';
import { Driver } from '../../lib/cli/drive/driver.js';
import { during_late_reorder } from '../support/late-reorder.js';
import { use_machine } from '../support/machine.js';

const JOBS = new URL('../../lib/cli/drive/jobs.js', import.meta.url);

describe('cli/drive', () => {
	const t = use_machine({ nr_cpus: 2 });

	/** Play lines. @returns what the last one has answered */
	async function play(driver: Driver, lines: string[], ...commands: string[]): Promise<string> {
		for (const command of commands)
			await driver.run(command);
		return lines.at(-1)!;
	}

	// 1. CPU 1 takes the offer of CPU 0, which is in the middle of a batch.
	// 2. Its host does not let CPU 1 run, just when it has the lock of the parallel_data.
	// 3. CPU 0 finishes the batch, finds the lock taken, and its work item ends.
	// 4. Nothing is queued or running, nothing is offered, and four objects wait for CPU 1.
	for (const command of ['settle', 'quiet'])
		it(`${command} waits for a thread that reorders in another one's place`, async () => {
			const lines: string[] = [];
			const jobs = await t().machine.load_module(JOBS);
			const driver = new Driver(t().machine, jobs, (line) => lines.push(line), 1000);
			await play(driver, lines, 'alloc_possible', 'start');
			try {
				expect(
					await during_late_reorder(t(), driver.instance, 4, () =>
						play(driver, lines, 'submit 4 0 sync', command)),
				)
					.to.match(/^(settle => refcnt=0 timer=idle|quiet => refcnt=0)$/);
			} finally {
				await driver.finish();
			}
		});

	it('seq takes any number of 32 bits, and says which is none', async () => {
		const lines: string[] = [];
		const jobs = await t().machine.load_module(JOBS);
		const driver = new Driver(t().machine, jobs, (line) => lines.push(line), 1000);
		await play(driver, lines, 'alloc_possible', 'start');
		for (const n of ['0', '2147483648', '4294967295', '-1', '-2147483648'])
			expect(await play(driver, lines, `seq ${n}`)).to.equal(`seq ${n} => 0`);
		for (const n of ['4294967296', '-2147483649']) {
			const error = await driver.run(`seq ${n}`).then(() => null, (e: unknown) => e as Error);
			expect(error?.message).to.equal(`seq: ${n} is not a number of 32 bits`);
		}
		await play(driver, lines, 'seq 0');
		await driver.finish();
	});

	it('knows no names but its own, and no number that does not fit', async () => {
		const jobs = await t().machine.load_module(JOBS);
		const driver = new Driver(t().machine, jobs, () => undefined, 1000);
		await play(driver, [''], 'alloc_possible', 'start');
		for (const [line, message] of [
			['submit 1 0 constructor', 'submit: unknown mode "constructor"'],
			['submit 1 0', 'submit: unknown mode "undefined"'],
			['submit 9999999999 0 sync', 'submit: 9999999999 is not a number of 32 bits'],
			['notifier_register 0 0 toString', 'return value: "toString" is not an integer'],
			['notifier_register 0 0 __proto__', 'return value: "__proto__" is not an integer'],
			['store constructor "1"', 'attribute "constructor" is neither serial nor parallel'],
		]) {
			const error = await driver.run(line).then(() => null, (e: unknown) => e as Error);
			expect(error?.message, line).to.equal(message);
		}
		await driver.finish();
	});
});
