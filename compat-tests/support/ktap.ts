// SPDX-License-Identifier: GPL-2.0-only
//
// A strict reader of KTAP version 1 (the kernel's Documentation/dev-tools/ktap.rst), stricter than
// the kernel's parsers: any line that a parser might overlook or take for something else is an
// error.

export interface KtapTest {
	readonly name: string;
	readonly ok: boolean;
	readonly directive: string | null;
	readonly reason: string;
	readonly tests: readonly KtapTest[];
}

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
			name = /^# Subtest: (.+)$/.exec(line(level) ?? '')?.[1]
				?? fail('the name of the subtest');
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
		return { name, ok: verdict === 'ok', directive: directive ?? null, reason: reason ?? '',
			tests: inner?.tests ?? [] };
	}

	const { tests } = level_of(0);
	if (at !== lines.length)
		fail('nothing more');
	return tests;
}

/** What a test is to the kernel's parser: crash is a result that is missing. */
export interface KernelReading {
	readonly name: string;
	readonly status: 'pass' | 'fail' | 'skip' | 'crash';
	readonly tests: readonly KernelReading[];
}

const START = /KTAP version ([0-9]+)$/;
const END = /List of all partitions:|Kernel panic - not syncing: VFS:|reboot: System halted/;
const VERSION = /^\s*KTAP version ([0-9]+)$/;
const HEADER = /^\s*# Subtest: (.*)$/;
const PLAN = /^\s*1\.\.([0-9]+)/;
const ANY_RESULT = /^\s*(ok|not ok) ([0-9]+) (?:- )?([^#]*?)(?: # .*)?$/;
const SKIPPED = /^\s*(?:ok|not ok) ([0-9]+) (?:- )?(.*) # SKIP ?(.*)$/;

/**
 * As the kernel's own parser reads it (tools/testing/kunit), which is lenient: it finds the
 * beginning by itself, takes no notice of indentation, and what it does not know is diagnostics. So
 * it is another question whether it has seen what was meant. (That parser needs no plan; here its
 * absence is an error.)
 */
export function read_as_kernel(
	text: string,
): { readonly tests: readonly KernelReading[]; readonly errors: readonly string[] } {
	const all = text.split('\n').map((line) => line.trimEnd());
	const start = all.findIndex((line) => START.test(line));
	const errors: string[] = [];
	if (start < 0)
		return { tests: [], errors: ['no KTAP output'] };
	const prefix = all[start].indexOf('KTAP version');
	const end = all.findIndex((line, i) => i > start && END.test(line));
	const lines = all.slice(start, end < 0 ? undefined : end).map((line) => line.slice(prefix))
		.filter((line, i, { length }) => line !== '' || i < length - 1);
	let at = 0;

	const next = (): string => lines[at] ?? '';
	const result_name = (): string | undefined => ANY_RESULT.exec(next())?.[3];

	/** Lines that say nothing to it. */
	function diagnostics(): void {
		while (at < lines.length
			&& ![ANY_RESULT, SKIPPED, HEADER, VERSION].some((kind) => kind.test(lines[at])))
			at++;
	}

	function taken(kind: RegExp): string | undefined {
		const m = kind.exec(next());
		if (m !== null)
			at++;
		return m?.[1];
	}

	function test(number: number, outermost: boolean): KernelReading {
		diagnostics();
		const version = taken(VERSION);
		if (version !== undefined && version !== '1' || outermost && version === undefined)
			errors.push(`version ${version ?? 'missing'}`);
		const header = outermost ? undefined : taken(HEADER);
		const tests: KernelReading[] = [];
		if (outermost || version !== undefined || header !== undefined) {
			const plan = taken(PLAN);
			if (plan === undefined)
				errors.push(`${header ?? 'the whole'}: no plan`);
			for (let n = 1; plan === undefined || n <= Number(plan); n++) {
				diagnostics();
				if (at >= lines.length || header !== undefined && result_name() === header) {
					if (plan === undefined)
						break;
					errors.push(`${header ?? 'the whole'}: test ${n} of ${plan} is missing`);
					tests.push({ name: '', status: 'crash', tests: [] });
				} else {
					tests.push(test(n, false));
				}
			}
		}
		if (outermost)
			return { name: '', status: 'pass', tests };
		diagnostics();
		const m = ANY_RESULT.exec(next()) ?? SKIPPED.exec(next());
		if (m === null || header !== undefined && result_name() !== header) {
			errors.push(`${header ?? `test ${number}`}: no result`);
			return { name: header ?? '', status: 'crash', tests };
		}
		const skipped = SKIPPED.exec(next());
		at++;
		if (Number(skipped?.[1] ?? m[2]) !== number)
			errors.push(`test ${number} has the number ${m[2]}`);
		const said = skipped !== null ? 'skip' : m[1] === 'ok' ? 'pass' : 'fail';
		return { name: skipped?.[2] ?? m[3],
			status: tests.some(({ status }) => status === 'crash') ? 'crash' : said, tests };
	}

	const { tests } = test(0, true);
	return { tests, errors };
}
