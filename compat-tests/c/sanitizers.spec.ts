// SPDX-License-Identifier: GPL-2.0-only
//
// Clients under the sanitizers: what is planted is found, with file and line.
import { expect } from 'chai';
import { Workshop } from '../support/c.js';
import { line_of, run_sanitized } from './sanitized.js';

describe('c: clients under the sanitizers', function() {
	// A process with a sanitizer's library takes seconds to start.
	this.timeout(120_000);
	const workshop = new Workshop();
	after(() => workshop.remove());

	it('AddressSanitizer finds a use after kfree(), with file and line', () => {
		const { status, out } = run_sanitized(workshop, 'use-after-free', 'address');
		expect(out).to.match(
			new RegExp(
				`AddressSanitizer: use-after-poison[^]*#0 \\S+ in look_at \\S*use-after-free\\.c:${
					line_of('use-after-free', 'return READ_ONCE(job->nr)')
				}\\b`,
			),
		);
		expect(status).to.not.equal(0);
	});
});
