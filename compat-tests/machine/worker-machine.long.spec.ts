// SPDX-License-Identifier: GPL-2.0-only
//
// A machine that a worker has booted, when that worker ends: after a shutdown, several without C,
// and many at once.
import { ends_of, in_words, worker_machines } from './worker-machine.js';

describe('machine: booted by a worker', () => {
	const { ends, ends_with_c } = worker_machines();

	for (const state of ['shut down', 'idle', 'busy'] as const)
		for (const end of ends_of(state))
			it(`${state}: two workers end ${in_words(end)}, then main boots one`, () =>
				ends(state, end, 2));
	for (const end of ends_of('shut down'))
		it(`shut down, with a C module: a worker ends ${in_words(end)}, and main can load the module`, () =>
			ends_with_c('shut down', end));

	it('ten at once', () => ends('shut down', 'by itself', 10));
});
