// SPDX-License-Identifier: GPL-2.0-only
//
// A scenario and what it has to answer, written down as one trace. The commands are those of the
// trace's result lines, so a scenario is written once. Where the document and 4.18 part, lines
// begin with `doc:` or `4.18:`; the others hold for both.

/** What answers are measured by. */
export type Against = 'document' | '4.18';

export interface Scenario {
	readonly name: string;
	/** Possible CPUs, all of them online at first. */
	readonly cpus: number;
	/** What a driver gets on its standard input. */
	readonly commands: readonly string[];
	readonly expected: Readonly<Record<Against, readonly string[]>>;
	/** Are expected lines patterns (`*`, `| ...`), or the trace to the letter? */
	readonly patterns: boolean;
}

/** The command that a line of a trace answers; null for events and bodies. */
export function command_of(line: string): string | null {
	if (line.startsWith('-- '))
		return `echo ${line.slice(3)}`;
	const end = line.indexOf(' => ');
	return end < 0 || /^[!|]/.test(line) ? null : line.slice(0, end);
}

/** Does the expected trace end in a crash or a hang? Nothing behind it is compared. */
export function is_report(line: string): boolean {
	return /^(?:KERNEL: |@@)/.test(line);
}

/** Read a scenario as the statements have it. */
export function scenario(name: string, text: string, cpus = 4): Scenario {
	const both: Record<Against, string[]> = { 'document': [], '4.18': [] };
	for (const line of text.split('\n').map((each) => each.trim()).filter((each) => each !== '')) {
		const only = /^(doc|4\.18): (.*)$/.exec(line);
		if (only?.[1] !== '4.18')
			both.document.push(only?.[2] ?? line);
		if (only?.[1] !== 'doc')
			both['4.18'].push(only?.[2] ?? line);
	}
	const crash = both['4.18'].findIndex(is_report);
	if (crash >= 0)
		both['4.18'].length = crash + 1;
	return {
		name,
		cpus,
		commands: both.document.map(command_of).filter((line) => line !== null),
		expected: both,
		patterns: true,
	};
}

/** Do the document and 4.18 part in it? */
export function parts(s: Scenario): boolean {
	return s.expected.document.join('\n') !== s.expected['4.18'].join('\n');
}

/** The lines for a driver's standard input. */
export function script(s: Scenario): string {
	return [`# ${s.name}`, `# cpus: ${s.cpus}`, ...s.commands, ''].join('\n');
}
