// SPDX-License-Identifier: GPL-2.0-only
//
// `padata conform` finds out drivers that are wrong (filter.ts): those that command.spec.ts leaves
// out.
import { Children } from '../support/child.js';
import { filter_test } from './filter.js';

describe('conform: the command', function() {
	// Each scenario is a process that boots a machine.
	this.timeout(60_000);
	const children = new Children();
	afterEach(() => children.kill());

	filter_test(children, 'drops a serial line', '22.3b', 'grep -v "^| serial"');
	filter_test(children, 'answers -EINVAL as 0', '3.2', 'sed "s/=> -EINVAL/=> 0/"');
	filter_test(children, 'changes the order', '1.1b', 'sed "s/: 0 1 2 3/: 0 2 1 3/"');
});
