// SPDX-License-Identifier: GPL-2.0-only
//
// Is the model right? It has to answer the recorded scenarios as the real 4.18 code did, byte by
// byte, and to have no answer where that code crashed.
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Undefined } from './model.js';
import { Player } from './player.js';

const folder = new URL('../../../compat-tests/golden/', import.meta.url);
const names = (kind: string): string[] =>
	readdirSync(new URL(kind, folder)).filter((name) => name.endsWith('.scn')).map((name) =>
		name.slice(0, -4)
	).sort();
const lines = (path: string): string[] =>
	readFileSync(new URL(path, folder), 'utf8').split('\n').slice(0, -1);

function player_for(scenario: readonly string[]): Player {
	return new Player(
		Number(
			scenario.map((line) => /^# cpus: (\d+)$/.exec(line)?.[1]).find((n) => n !== undefined),
		),
		true,
	);
}

describe('the model and the recorded 4.18 code', () => {
	for (const name of names('traces'))
		it(name, () => {
			const scenario = lines(`traces/${name}.scn`);
			const player = player_for(scenario);
			expect(scenario.flatMap((line) => player.run(line))).to.deep.equal(
				lines(`traces/${name}.expected`).filter((line) => !line.startsWith('#')),
			);
		});
	for (const name of names('crash'))
		it(`${name}: no answer where the code crashed`, () => {
			const scenario = lines(`crash/${name}.scn`);
			const player = player_for(scenario);
			expect(() => scenario.forEach((line) => player.run(line))).to.throw(Undefined);
		});
});
