// SPDX-License-Identifier: GPL-2.0-only
//
// A machine that a worker has booted, when that worker ends: by itself, by process.exit(), or by
// terminate() of another thread, with and without a shutdown, with jobs that run, and with a C module.
// 1. The worker's thread joins the machine for C, which registers a destructor for its end.
// 2. The worker ends. Node.js closes the addon, which no other thread has loaded.
// 3. The thread ends and runs the destructor: it must still be there.
import { expect } from 'chai';
import { fileURLToPath } from 'node:url';
import { Workshop } from '../support/c.js';
import { Children } from '../support/child.js';
import type { End, State } from '../support/machine-in-worker.js';

const PROGRAM = fileURLToPath(new URL('../support/machine-in-worker.js', import.meta.url));
const MODULE = `
#include <linux/module.h>
static int __init in_worker_init(void) { return 0; }
static void __exit in_worker_exit(void) { }
module_init(in_worker_init);
module_exit(in_worker_exit);
MODULE_LICENSE("GPL");
`;
const CODES: Readonly<Record<End, number>> = { 'by itself': 0, 'process.exit()': 7, 'terminate()': 1 };

/** An instance that is in use keeps its thread, so such a worker does not end by itself. */
const ends_of = (state: State): End[] =>
	(['by itself', 'process.exit()', 'terminate()'] as const).filter((end) => state !== 'busy' || end !== 'by itself');

describe('machine: booted by a worker', () => {
	const children = new Children();
	const workshop = new Workshop();
	let module: string;

	before(() => { module = workshop.compile(workshop.write('in_worker.c', MODULE)); });
	after(() => workshop.remove());
	afterEach(() => children.kill());

	async function ends(state: State, end: End, workers: number, ...more: string[]): Promise<void> {
		const { code, signal, out, err } = await children.run([PROGRAM, state, end, String(workers), ...more]);
		const lines = Array.from({ length: workers }, (_, i) => `worker-${i} ${CODES[end]}`);
		expect({ code, signal, out: out.split('\n').filter((line) => line !== '').sort(), err })
			.to.deep.equal({ code: 0, signal: null, out: ['main 0', ...lines], err: '' });
	}

	for (const state of ['shut down', 'idle', 'busy', 'booting'] as const)
		for (const end of ends_of(state)) {
			it(`${state}: two workers end ${end === 'by itself' ? end : `by ${end}`}, then main boots one`,
				() => ends(state, end, 2));
			if (state !== 'booting')
				it(`${state}, with a C module: a worker ends ${end === 'by itself' ? end : `by ${end}`}, `
					+ 'and main can load the module', () => ends(state, end, 1, module));
		}

	it('ten at once', () => ends('shut down', 'by itself', 10));
});
