// SPDX-License-Identifier: GPL-2.0-only
//
// A strict reader of KTAP version 1 (the kernel's Documentation/dev-tools/ktap.rst), stricter than the kernel's parsers: any line
// that a parser might overlook or take for something else is an error.

export interface KtapTest { readonly name: string; readonly ok: boolean; readonly directive: string | null; readonly reason: string; readonly tests: readonly KtapTest[] }

const DIRECTIVES = ['SKIP', 'TODO', 'XFAIL', 'TIMEOUT', 'ERROR'];
const RESULT = /^(ok|not ok) ([0-9]+) ([^#]*?)(?: # ([A-Z]+)(?: (.*))?)?$/;

export function parse_ktap(text: string): KtapTest[] {
	if (!text.endsWith('\n'))
		throw new Error('the last line does not end');
	const lines = text.slice(0, -1).split('\n');
	let at = 0;

	const fail = (what: string): never => {
		throw new Error(`line ${at + 1}, ${what}: ${JSON.stringify(lines[at])}`);
	};

	/** The present line without its indentation; null if it belongs to a test further out. */
	function line(level: number): string | null {
		if (at >= lines.length)
			return null;
		const indent = /^ */.exec(lines[at])![0].length;
		if (lines[at].trim() === '' || /[^\x20-\x7e\u00a0-\uffff]/.test(lines[at]))
			fail('neither empty lines nor control characters');
		if (indent % 2 !== 0)
			fail('two blanks for each level');
		return indent / 2 < level ? null : lines[at].slice(2 * level);
	}

	/** A version line, the name, the plan, then as many results as planned. */
	function level_of(level: number): { name: string | null; tests: KtapTest[] } {
		if (line(level) !== 'KTAP version 1')
			fail('a version line begins each level');
		at++;
		let name: string | null = null;
		if (level > 0) {
			name = /^# Subtest: (.+)$/.exec(line(level) ?? '')?.[1] ?? fail('the name of the subtest');
			at++;
		}
		const plan = Number(/^1\.\.([1-9][0-9]*)$/.exec(line(level) ?? '')?.[1] ?? fail('a plan'));
		at++;
		const tests: KtapTest[] = [];
		while (tests.length < plan)
			tests.push(result_of(level, tests.length + 1));
		return { name, tests };
	}

	function result_of(level: number, number: number): KtapTest {
		let inner: { name: string | null; tests: KtapTest[] } | null = null;
		if (line(level)?.startsWith('  KTAP') === true)
			inner = level_of(level + 1);
		while (line(level)?.startsWith('# ') === true)
			at++;
		const m = RESULT.exec(line(level) ?? '') ?? fail('a result');
		const [, verdict, n, name, directive, reason] = m;
		if (Number(n) !== number)
			fail(`result ${number}`);
		if (name === '' || name !== name.trim() || name.startsWith('-'))
			fail('a name');
		if (directive !== undefined && !DIRECTIVES.includes(directive))
			fail('a directive');
		if (inner !== null && inner.name !== name)
			fail(`the result of the subtests ${inner.name}`);
		if (inner !== null && inner.tests.every(({ ok }) => ok) !== (verdict === 'ok'))
			fail('a result that agrees with those of its subtests');
		at++;
		return { name, ok: verdict === 'ok', directive: directive ?? null, reason: reason ?? '', tests: inner?.tests ?? [] };
	}

	const { tests } = level_of(0);
	if (at !== lines.length)
		fail('nothing more');
	return tests;
}
