// SPDX-License-Identifier: GPL-2.0-only
//
// Mocha's spec reporter for one of several mochas that run side by side (lanes.mjs). It marks the
// end of each top-level suite, so that the suites of two mochas do not mix in the output. It prints
// the failures at the end, but writes the totals to a file, as lanes.mjs adds them up.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

/** The line behind a suite. lanes.mjs has the same. */
const END_OF_SUITE = '\x1e\n';

module.exports = class LaneReporter extends reporters.Spec {
	#totals;

	constructor(runner, options) {
		super(runner, options);
		this.#totals = options.reporterOption.totals;
		runner.on(Runner.constants.EVENT_SUITE_END, (suite) => {
			if (suite.parent?.root)
				process.stdout.write(END_OF_SUITE);
		});
	}

	epilogue() {
		const { passes, pending, failures } = this.stats;
		writeFileSync(this.#totals, JSON.stringify({ passes, pending, failures }));
		if (failures > 0)
			reporters.Base.list(this.failures);
	}
};
