// SPDX-License-Identifier: GPL-2.0-only
//
// Clients under the sanitizers: a client that is right gives no report, and a
// planted data race is found. The quick part finds a planted use after free.
import { expect } from 'chai';
import { Workshop } from '../support/c.js';
import { run_sanitized } from './sanitized.js';

describe('c: clients under the sanitizers', function() {
	// A process with a sanitizer's library takes seconds to start.
	this.timeout(120_000);
	const workshop = new Workshop();
	after(() => workshop.remove());

	for (const client of ['crypt-like'])
		it(`AddressSanitizer has nothing to say of ${client}.c`, () => {
			const { status, out } = run_sanitized(workshop, client, 'address');
			expect(out).to.not.include('AddressSanitizer');
			expect(status).to.equal(0);
		});

	it('ThreadSanitizer finds a counter that all CPUs count in, with file and line', () => {
		const { status, out } = run_sanitized(workshop, 'race', 'thread');
		expect(out).to.match(/ThreadSanitizer: data race[^]*#0 race_parallel \S*race\.c:\d+/);
		expect(status).to.equal(66);
	});

	for (const client of ['race-locked', 'crypt-like', 'locks'])
		it(`ThreadSanitizer has nothing to say of ${client}.c`, () => {
			const { status, out } = run_sanitized(workshop, client, 'thread');
			expect(out).to.not.include('ThreadSanitizer');
			expect(status).to.equal(0);
		});
});
