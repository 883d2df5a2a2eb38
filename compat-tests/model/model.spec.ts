// SPDX-License-Identifier: GPL-2.0-only
//
// Model against port, with random scripts. SEED=n makes the same scripts again; npm run model makes
// any number of them. found/ has the scripts on which the two have once disagreed.
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { expect_no_threads, seed_of } from '../support/machine.js';
import { Mode, Port } from './check.js';
import { Player } from './player.js';
import { run } from './run.js';
import { script, sketches } from './scripts.js';

const RUNS = 1000;
const CPUS = 4;
const MODES: readonly Mode[] = ['none', 'v4.18'];
const found = new URL('../../../compat-tests/model/found/', import.meta.url);

describe('random scripts, model against port', () => {
	for (const mode of MODES)
		it(`${RUNS} of them, quirks ${mode}`, async function() {
			this.timeout(240_000);
			this.slow(60_000);
			const { runs, commands, failure } = await run({ nrCpus: CPUS, mode, runs: RUNS,
				seed: seed_of(`model, quirks ${mode}`), length: 30 });
			expect(failure).to.equal(null);
			expect(runs).to.equal(RUNS);
			// Have they been about everything?
			for (const name of ['submit', 'release', 'stop', 'set_cpumask', 'set_cpumasks',
				'add_cpu', 'remove_cpu', 'cpu', 'notifier_register', 'fail', 'store', 'free',
				...mode === 'none' ? ['(blocked)'] : []])
				expect(commands.get(name) ?? 0, name).to.be.greaterThan(RUNS / 20);
			expect_no_threads();
		});
});

describe('the model by itself', () => {
	// What the document says without exceptions, looked for in the model's traces: an error that
	// model and port share is one still.
	it('without quirks: order of submission on each callback CPU, INVALID if and only if a usable mask is empty', function() {
		this.timeout(60_000);
		fc.assert(fc.property(sketches(CPUS, 40), (sketch) => {
			const { trace } = script([...sketch, 'state'], CPUS, false);
			for (const line of trace.filter((text) => text.startsWith('| serial '))) {
				const ids = line.split(': ')[1].split(' ').map(Number);
				expect(ids, line).to.deep.equal(ids.toSorted((a, b) => a - b));
			}
			for (const line of trace.filter((text) => text.startsWith('state => flags='))) {
				const [, flags, p, cb] = /flags=(\S+) .* usable=(\w+)\/(\w+)/.exec(line)!;
				expect(flags.includes('INVALID'), line).to.equal(p === '0' || cb === '0');
			}
		}), { seed: seed_of('model'), numRuns: 1000 });
	});
});

describe('scripts on which model and port have disagreed', () => {
	for (const file of readdirSync(found).filter((name) => name.endsWith('.scn')).sort()) {
		const lines = readFileSync(new URL(file, found), 'utf8').split('\n').slice(0, -1);
		const head = (name: string): string =>
			lines.find((line) => line.startsWith(`# ${name}: `))!.slice(name.length + 4);
		it(`${file}: ${head('shows')}`, async function() {
			this.timeout(60_000);
			const mode = head('quirks') as Mode;
			const player = new Player(Number(head('cpus')), mode === 'v4.18');
			const port = new Port(player.nr_cpus, mode);
			try {
				expect(
					await port.check({ lines, trace: lines.flatMap((line) => player.run(line)) }),
				).to.equal(null);
			} finally {
				await port.close();
			}
		});
	}
});
