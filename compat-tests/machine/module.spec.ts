// SPDX-License-Identifier: GPL-2.0-only
//
// Loading of modules on all CPUs, and threads that join as guest threads.
import { expect } from 'chai';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { attach, load_module, work_on_cpu } from '../../lib/index.js';
import { jobs, use_machine, with_machine } from '../support/machine.js';

async function failure(loading: Promise<unknown>): Promise<Error> {
	try {
		await loading;
	} catch (error) {
		return error as Error;
	}
	throw new Error('it was loaded');
}

describe('machine: modules', () => {
	it('cannot be loaded without a machine', async () => {
		// Another spec of this process may have had one.
		expect((await failure(load_module(jobs('other')))).message).to.match(
			/^padata: load_module: (?:no machine is booted in this thread; call boot\(\) first|this thread's machine has been shut down)/,
		);
	});

	describe('on a machine', () => {
		const t = use_machine({ nr_cpus: 3 });

		it('have the same numbers on all CPUs', async () => {
			const first = await t().machine.load_module(jobs('work'));
			const second = await load_module(new URL(jobs('other')));
			expect(Object.keys(second).sort()).to.deep.equal(['default', 'triple']);
			const numbers = [...Object.values(first), ...Object.values(second)];
			expect(new Set(numbers).size).to.equal(numbers.length);
			for (let cpu = 0; cpu < 3; cpu++) {
				expect(work_on_cpu(cpu, second['triple'], 5)).to.equal(15 + cpu * 1000);
				expect(work_on_cpu(cpu, first['double'], 5)).to.equal(10 + cpu * 1000);
			}
			expect(Object.isFrozen(second)).to.equal(true);
			expect(await load_module(jobs('other')), 'once more').to.deep.equal(second);
		});

		it('have no names but those of their functions', async () => {
			// As users write it who want the names checked.
			const typed = await t().machine.load_module<typeof import('../support/other.jobs.js')>(
				jobs('other'),
			);
			const triple: number = typed.triple;
			expect(triple).to.be.a('number');
			// @ts-expect-error: it is no export
			expect(typed.quadruple).to.equal(undefined);
			const untyped = await load_module(jobs('other'));
			for (const name of ['constructor', '__proto__', 'toString', 'none'])
				expect(untyped[name], name).to.equal(undefined);
		});

		it('can be loaded at the same time', async () => {
			const [a, b, c] = await Promise.all([load_module(`${jobs('other')}?a`),
				load_module(`${jobs('other')}?b`), load_module(`${jobs('other')}?a`)]);
			expect(a).to.deep.equal(c);
			expect(a['triple']).to.not.equal(b['triple']);
			expect(work_on_cpu(2, b['triple'], 1)).to.equal(2003);
		});

		it('are refused by a relative URL, without functions, or where there are none', async () => {
			expect(await failure(load_module('./other.jobs.js'))).to.be.instanceOf(TypeError).with
				.property('message').that.matches(/"\.\/other\.jobs\.js" is not absolute/);
			expect((await failure(load_module(jobs('empty')))).message).to.match(
				/empty\.jobs\.js exports no function/,
			);
			expect((await failure(load_module(jobs('no-such')))).message).to.match(
				/Cannot find module/,
			);
		});

		it('that cannot be loaded on a CPU are an error, and no hindrance for others', async () => {
			for (let i = 0; i < 2; i++) {
				const error = await failure(load_module(jobs('broken')));
				expect(error.message).to.match(
					/broken\.jobs\.js cannot be loaded on CPU \d: this module does not like CPUs$/,
				);
				expect(error.cause).to.be.instanceOf(Error).with.property('stack').that.matches(
					/^Error: this module does not like CPUs\n +at .*broken\.jobs\./,
				);
			}
			const after = await load_module(`${jobs('other')}?after`);
			for (let cpu = 0; cpu < 3; cpu++)
				expect(work_on_cpu(cpu, after['triple'], 0)).to.equal(cpu * 1000);
		});
	});
});

describe('machine: guest threads', () => {
	it('join from a worker, work, and leave', () =>
		with_machine({ nr_cpus: 2, tasks: 3 }, async (t) => {
			await t.load(jobs('work'));
			const data = { handle: t.machine.handle, double: t.fn['double'], rounds: 20 };
			const start = (): Promise<[{ results: number[]; error: string }]> => {
				const worker = new Worker(new URL('../support/guest.worker.js', import.meta.url), {
					workerData: data,
				});
				const answer = once(worker, 'message') as Promise<
					[{ results: number[]; error: string }]
				>;
				return Promise.all([answer, once(worker, 'exit')]).then(([a]) => a);
			};
			// More often than there is room for guest threads at once.
			for (const [{ results, error }] of await Promise.all([start(), start()])) {
				expect(error).to.equal('');
				expect(results).to.deep.equal(
					Array.from({ length: 20 }, (_, i) => [-1, 1000 + 2 * i]).flat(),
				);
			}
			expect(() => attach(t.machine.handle)).to.throw(Error,
				'this thread is part of a machine already');
		}));

	it('are refused when there is no room, or of another build', () =>
		with_machine({ nr_cpus: 2, tasks: 1 }, async (t) => {
			await t.load(jobs('work'));
			for (const [handle, message] of [
				[t.machine.handle, 'padata: no thread slot left; raise the boot option "tasks"'],
				[{ ...t.machine.handle, image: 'other' },
					'padata: this thread has loaded another build of the kernel code than the machine it joins'],
			] as const) {
				const worker = new Worker(new URL('../support/guest.worker.js', import.meta.url), {
					workerData: { handle, double: t.fn['double'], rounds: 1 },
				});
				const exit = once(worker, 'exit');
				const [{ error }] = await once(worker, 'message') as [{ error: string }];
				expect(error).to.equal(message);
				await exit;
			}
		}));
});
