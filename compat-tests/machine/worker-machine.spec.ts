// SPDX-License-Identifier: GPL-2.0-only
//
// A machine that a worker has booted, when that worker ends: by itself, by process.exit(), or by
// terminate() of another thread, without a shutdown, with jobs that run, and with a C module. After
// a shutdown, and many at once: worker-machine.long.spec.ts.
import { ends_of, in_words, worker_machines } from './worker-machine.js';

describe('machine: booted by a worker', () => {
	const { ends, ends_with_c } = worker_machines();

	for (const end of ends_of('booting'))
		it(`booting: two workers end ${in_words(end)}, then main boots one`, () =>
			ends('booting', end, 2));
	for (const state of ['idle', 'busy'] as const)
		for (const end of ends_of(state))
			it(`${state}, with a C module: a worker ends ${in_words(end)}, and main can load the module`, () =>
				ends_with_c(state, end));
});
