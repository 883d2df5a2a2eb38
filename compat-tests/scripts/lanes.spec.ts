// SPDX-License-Identifier: GPL-2.0-only
//
// Several mochas side by side (scripts/test/lanes.mjs): the output and the exit code are those of
// one.
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Children, Ended } from '../support/child.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('scripts: mochas side by side', () => {
	const children = new Children();
	let folder: string;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-lanes-'));
	});
	afterEach(() => {
		children.kill();
		rmSync(folder, { recursive: true });
	});

	/** Run these specs, each by a mocha of its own. */
	function run(...specs: string[]): Promise<Ended> {
		const lanes = specs.map((text, i) => {
			const file = join(folder, `${i}.spec.cjs`);
			writeFileSync(file, text);
			return [file];
		});
		const mocha = [join(root, 'node_modules/mocha/bin/mocha.js'), '--no-config'];
		return children.run(['--input-type=module', '-e', `
			import { run_lanes } from ${JSON.stringify(join(root, 'scripts/test/lanes.mjs'))};
			process.exitCode = await run_lanes(${JSON.stringify(mocha)}, ${JSON.stringify(lanes)});
		`]);
	}

	const GOOD = 'describe("good", () => { it("passes"); it("passes too", () => {}); });';
	const BAD =
		'describe("bad", () => { it("fails", () => { throw new Error("so it is"); }); it("passes", () => {}); });';

	it('print the suites one after the other, and the sum of the totals at the end', async () => {
		const { code, out, err } = await run(GOOD, GOOD.replaceAll('passes', 'goes'));
		expect({ code, err }).to.deep.equal({ code: 0, err: '' });
		expect(out).to.match(/good\n {4}- passes\n {4}\S passes too\n/).and.match(
			/good\n {4}- goes\n {4}\S goes too\n/,
		);
		expect(out).to.match(/\n {2}2 passing \(\d+s\)\n {2}2 pending\n\n$/);
	});

	it('print failures behind all suites, and exit with their number', async () => {
		const { code, out } = await run(BAD, BAD, GOOD);
		expect(code).to.equal(2);
		expect(out.match(/1\) bad\n +fails:\s+Error: so it is\n/g)).to.have.length(2);
		expect(out.indexOf('so it is')).to.be.greaterThan(out.indexOf('passes too'));
		expect(out).to.match(/\n {2}3 passing \(\d+s\)\n {2}1 pending\n {2}2 failing\n\n$/);
	});

	it('tell of a mocha that ends before its tests have run', async () => {
		const { code, out } = await run(GOOD,
			'describe("gone", () => { it("ends", () => process.exit(3)); });');
		expect(code).to.equal(3);
		expect(out).to.include('A mocha ended with exit code 3 before all of its tests had run.')
			.and.match(/\n {2}1 passing /);
	});
});
