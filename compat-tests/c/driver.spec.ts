// SPDX-License-Identifier: GPL-2.0-only
//
// The driver in C (driver.ts) with the scenarios for two CPUs, and as a program. With all others:
// driver.long.spec.ts.
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Children } from '../support/child.js';
import { driver_tests } from './driver.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('c: the driver of the conformance suite', function() {
	this.timeout(30_000);
	const children = new Children();
	afterEach(() => children.kill());

	const program = driver_tests(({ cpus }) => cpus === 2);

	describe('as a program', () => {
		it('is a driver for padata conform', async () => {
			const command = program().map((word) => `'${word}'`).join(' ');
			const { code, out } = await children.run([join(root, 'dist/bundle/cli/padata.js'),
				'conform', '7.3c', 'order-sync.smp2', 'crash/stop-held', '--driver', command,
				'--strict']);
			expect(code, out).to.equal(0);
			expect(out).to.contain('driver (measured by the document): 3 of 3 hold\n');
		});

		it('says what it does not understand, and ends with 2', () => {
			const [node, ...args] = program();
			const { status, stdout, stderr } = spawnSync(node, args, {
				input: '# cpus: 2\nenv\nfly\nalloc_possible\nsubmit 1 0 nowhere\nfree\n',
				encoding: 'utf8',
			});
			expect(stdout).to.equal(
				'env => nr_cpu_ids=2 possible=3 online=3\nfly => unsupported\nalloc_possible => instance\n',
			);
			expect([status, stderr]).to.deep.equal([2,
				'driver.mjs: "submit 1 0 nowhere": -EINVAL\n']);
		});
	});
});
