// SPDX-License-Identifier: GPL-2.0-only
//
// Every header under include/ as all that a C client includes.
import { expect } from 'chai';
import { compile_all, compilers, headers, use_sources } from './compile.js';

describe('headers: include/', function() {
	// A compiler has to read each of them.
	this.timeout(300_000);
	const source = use_sources();

	it('compile alone, and twice', async () => {
		const files = headers.map((name) =>
			source(`alone ${name}`, [`#include <${name}>`, `#include <${name}>`,
				'extern int nothing;'])
		);
		for (const cc of compilers)
			expect(await compile_all(cc, [], files)).to.equal('');
	});
});
