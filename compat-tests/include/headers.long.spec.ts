// SPDX-License-Identifier: GPL-2.0-only
//
// Every header of include/linux as all that a C client includes.
import { expect } from 'chai';
import { compile_alone, headers, of_linux, use_sources } from './compile.js';

describe('headers: include/linux', function () {
	// A compiler has to read each of them.
	this.timeout(300_000);
	const source = use_sources();

	it('compile alone, and twice', async () => {
		expect(await compile_alone(source, headers.filter(of_linux))).to.equal('');
	});
});
