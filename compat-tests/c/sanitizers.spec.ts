// SPDX-License-Identifier: GPL-2.0-only
//
// Clients under the sanitizers, by the commands that a user gives: what is planted is found, with file and line, and a client that is
// right gives no report.
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Sanitizer } from '../../lib/cli/cc/flags.js';
import { source, Workshop } from '../support/c.js';

const command = fileURLToPath(new URL('../../../dist/bundle/cli/padata.js', import.meta.url));

describe('c: clients under the sanitizers', function () {
	// A process with a sanitizer's library takes seconds to start.
	this.timeout(120_000);
	const workshop = new Workshop();
	after(() => workshop.remove());

	/** Run a client until it says that it is finished. @returns what it printed, with what the sanitizer said */
	function run(client: string, sanitizer: Sanitizer): { status: number | null; out: string } {
		const so = workshop.compile(source(`clients/${client}.c`), { sanitizers: [sanitizer], name: client.replaceAll('-', '_') });
		const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'insmod', '--nr-cpus', '4', so], { encoding: 'utf8', timeout: 110_000 });
		return { status, out: stdout + stderr };
	}

	const line_of = (client: string, text: string): number => 1 + readFileSync(source(`clients/${client}.c`), 'utf8').split('\n').findIndex((line) => line.includes(text));

	it('AddressSanitizer finds a use after kfree(), with file and line', () => {
		const { status, out } = run('use-after-free', 'address');
		expect(out).to.match(new RegExp(`AddressSanitizer: use-after-poison[^]*#0 \\S+ in look_at \\S*use-after-free\\.c:${line_of('use-after-free', 'return READ_ONCE(job->nr)')}\\b`));
		expect(status).to.not.equal(0);
	});

	for (const client of ['crypt-like'])
		it(`AddressSanitizer has nothing to say of ${client}.c`, () => {
			const { status, out } = run(client, 'address');
			expect(out).to.not.include('AddressSanitizer');
			expect(status).to.equal(0);
		});

	it('ThreadSanitizer finds a counter that all CPUs count in, with file and line', () => {
		const { status, out } = run('race', 'thread');
		expect(out).to.match(/ThreadSanitizer: data race[^]*#0 race_parallel \S*race\.c:\d+/);
		expect(status).to.equal(66);
	});

	for (const client of ['race-locked', 'crypt-like', 'locks'])
		it(`ThreadSanitizer has nothing to say of ${client}.c`, () => {
			const { status, out } = run(client, 'thread');
			expect(out).to.not.include('ThreadSanitizer');
			expect(status).to.equal(0);
		});
});
