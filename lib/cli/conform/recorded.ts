// SPDX-License-Identifier: GPL-2.0-only
//
// The recorded scenarios (compat-tests/golden): what the real 4.18 code has answered, and what has
// to be answered where the document, or the safe thing in place of a crash, is the measure.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { command_of, is_report, Scenario } from './scenario.js';

const folder = new URL('../../../../compat-tests/golden/', import.meta.url);

export type Kind = 'traces' | 'crash';

export interface Recorded {
	readonly name: string;
	readonly kind: Kind;
	readonly subject: string;
	readonly shows: string;
	/** The quirks for which 4.18 answers otherwise than the document has it. */
	readonly quirks: readonly string[];
	/** Why the recorded trace is believed to be wrong. */
	readonly doubt: string | null;
	readonly scenario: Scenario;
}

/** Files of one scenario: the head's fields and the other lines. */
interface File {
	readonly head: ReadonlyMap<string, string>;
	readonly lines: readonly string[];
}

function read(kind: Kind, name: string): File {
	const lines = readFileSync(new URL(`${kind}/${name}`, folder), 'utf8').split('\n').slice(0, -1);
	const head = new Map(
		lines.map((line) => /^# (\w+): (.*)$/.exec(line)).filter((m) => m !== null).map((
			[, key, value],
		) => [key, value]),
	);
	return { head, lines: lines.filter((line) => !line.startsWith('#') && line !== '') };
}

/**
 * The player's lines, and of the kernel's report what every implementation can say: the kind of
 * crash.
 */
function crash_trace(lines: readonly string[]): string[] {
	const player = lines.filter((line) => !line.startsWith('> '));
	const report = player.findIndex(is_report);
	const event = player[report].replace(
		/^(KERNEL: (?:kernel BUG|divide error|\w+ corruption)|@@HANG).*$/,
		'$1*',
	);
	return [...player.slice(0, report), event];
}

function recorded_scenario(kind: Kind, name: string): Recorded {
	const scn = read(kind, `${name}.scn`);
	const v418 = read(kind, `${name}.expected`).lines;
	const own = existsSync(new URL(`${kind}/${name}.document`, folder))
		? read(kind, `${name}.document`)
		: null;
	if (own === null && kind === 'crash')
		throw new Error(
			`compat-tests/golden/crash/${name}.document is missing: a crash is not what a document asks for`,
		);
	return {
		name: kind === 'crash' ? `crash/${name}` : name,
		kind,
		subject: scn.head.get('subject') ?? '',
		shows: scn.head.get('shows') ?? '',
		doubt: scn.head.get('doubt') ?? null,
		quirks: own?.head.get('quirks')?.split(', ') ?? [],
		scenario: {
			name: kind === 'crash' ? `crash/${name}` : name,
			cpus: Number(scn.head.get('cpus')),
			commands: scn.lines,
			expected: { 'document': own?.lines ?? v418,
				'4.18': kind === 'crash' ? crash_trace(v418) : v418 },
			patterns: kind === 'crash',
		},
	};
}

export function recorded(kind: Kind): Recorded[] {
	return readdirSync(new URL(`${kind}/`, folder)).filter((file) => file.endsWith('.scn')).map((
		file,
	) => file.slice(0, -4)).sort()
		.map((name) => recorded_scenario(kind, name));
}

/** Do all commands of a trace occur in the scenario, in its order? */
export function answers(scenario: Scenario, trace: readonly string[]): boolean {
	// `trace` prints only its name.
	const asked = scenario.commands.map((command) => command.replace(/^trace .*/, 'trace'));
	return trace.map(command_of).filter((command) => command !== null).every((command, i) =>
		command === asked[i]
	);
}
