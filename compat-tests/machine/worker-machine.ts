// SPDX-License-Identifier: GPL-2.0-only
//
// Processes whose workers boot machines, and end in the way that is asked for.
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
const CODES: Readonly<Record<End, number>> = { 'by itself': 0, 'process.exit()': 7,
	'terminate()': 1 };

/** An instance that is in use keeps its thread, so such a worker does not end by itself. */
export const ends_of = (state: State): End[] =>
	(['by itself', 'process.exit()', 'terminate()'] as const).filter((end) =>
		state !== 'busy' || end !== 'by itself'
	);

/** How a worker ends, as words of a test's title. */
export const in_words = (end: End): string => end === 'by itself' ? end : `by ${end}`;

/**
 * Prepare a describe block's tests.
 * @returns what runs such a process and looks at how its threads have ended
 */
export function worker_machines(): {
	ends: (state: State, end: End, workers: number) => Promise<void>;
	ends_with_c: (state: State, end: End) => Promise<void>;
} {
	const children = new Children();
	const workshop = new Workshop();
	let module: string;

	before(() => {
		module = workshop.compile(workshop.write('in_worker.c', MODULE));
	});
	after(() => workshop.remove());
	afterEach(() => children.kill());

	async function ends(state: State, end: End, workers: number, ...more: string[]): Promise<void> {
		const { code, signal, out, err } = await children.run([PROGRAM, state, end, String(workers),
			...more]);
		const lines = Array.from({ length: workers }, (_, i) => `worker-${i} ${CODES[end]}`);
		expect({ code, signal, out: out.split('\n').filter((line) => line !== '').sort(), err })
			.to.deep.equal({ code: 0, signal: null, out: ['main 0', ...lines], err: '' });
	}

	return { ends, ends_with_c: (state, end) => ends(state, end, 1, module) };
}
