// SPDX-License-Identifier: GPL-2.0-only
//
// `padata esp` goes on with another callback CPU.
import { expect } from 'chai';
import type { EspResult } from '../../lib/cli/esp/command.js';
import { Children } from '../support/child.js';
import { changed, example, packets } from './esp-runs.js';

describe('padata esp, while somebody changes the masks', function() {
	this.timeout(60_000);
	const children = new Children();
	afterEach(() => children.kill());

	it('takes another callback CPU when its own is not in the serial mask any more', async () => {
		const { code, out, err } = await changed(children, 'serial_cpumask',
			'(2 ** last).toString(16)');
		expect(err).to.equal('true\n');
		expect(code).to.equal(0);
		const result = JSON.parse(out) as EspResult;
		expect(result).to.include({ orderHeld: true, packets: 80 * packets(example).length });
	});
});
