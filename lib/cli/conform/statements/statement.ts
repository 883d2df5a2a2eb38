// SPDX-License-Identifier: GPL-2.0-only
//
// A statement of the document: our wording of it, its place, and the scenarios that show whether it
// holds.
import type { Quirk } from '../../../index.js';
import { type Scenario, scenario } from '../scenario.js';

/**
 * Lines (patterns) that a recorded trace of compat-tests/golden has, in this order: what 4.18 does
 * is not hearsay.
 */
export type Evidence = readonly [trace: string, ...lines: string[]];

export interface Statement {
	/**
	 * Paragraph and sentence of the document's prose, with a letter where a sentence says several
	 * things: 7.2b.
	 */
	readonly id: string;
	/** Further sentences that say nothing else. */
	readonly also?: readonly string[];
	readonly says: string;
	/** What 4.18 does instead; left out where it does what the document says. */
	readonly v418?: string;
	readonly recorded?: readonly Evidence[];
	/** Where to read it in kernel/padata.c of 4.18, if no trace shows it. */
	readonly code?: string;
	/** The quirks that make the port do what 4.18 does. */
	readonly quirks?: readonly Quirk[];
	/** How a vague sentence is read here, or what all do beyond it. */
	readonly note?: string;
	readonly scenarios: readonly Scenario[];
	/** Why nothing can be tested: advice, history. */
	readonly remark?: string;
}

export interface Section {
	readonly title: string;
	readonly statements: readonly Statement[];
}

type Rest = Omit<Statement, 'id' | 'says' | 'scenarios'> & { readonly cpus?: number };

/** @param texts the scenarios, one or more, as scenario.ts reads them */
export function statement(id: string, says: string, texts: readonly string[],
	{ cpus, ...rest }: Rest = {}): Statement
{
	return { id, says,
		scenarios: texts.map((text, i) =>
			scenario(texts.length === 1 ? id : `${id}/${i + 1}`, text, cpus)
		), ...rest };
}
