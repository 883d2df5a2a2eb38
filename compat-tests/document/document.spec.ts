// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel's document, statement by statement: by default the port does what the document says,
// with the quirks of 4.18 what 4.18 does.
import { expect } from 'chai';
import { judge } from '../../lib/cli/conform/judge.js';
import { sections } from '../../lib/cli/conform/statements/index.js';
import { answer_of, leave_stage } from '../support/stage.js';

for (const [against, quirks] of [['document', 'none'], ['4.18', 'v4.18']] as const)
	describe(
		against === 'document' ? 'the document' : "what 4.18 does with the document's statements",
		() => {
			after(leave_stage);
			for (const { title, statements } of sections)
				describe(title, () => {
					for (const { id, says, scenarios } of statements)
						for (const scenario of scenarios)
							it(`${scenario.name === id ? id : scenario.name}: ${says}`, async () => {
								const { verdict, reason, details } = judge(scenario, against,
									await answer_of(scenario, quirks));
								expect(verdict, [reason, ...details].join('\n')).to.equal('pass');
							});
				});
		},
	);
