// SPDX-License-Identifier: GPL-2.0-only
//
// The port's trace and a kernel's, command by command, and what is known to differ. A difference
// that is not listed is a failure, and so is one that is listed and does not occur.
import { readdirSync, readFileSync } from 'node:fs';
import { command_of } from '../../lib/cli/conform/scenario.js';

const folder = new URL('../../../compat-tests/kernel/', import.meta.url);

/**
 * An upstream change after 4.18, or a quirk: there the port follows the document, and both kernels
 * part from it.
 */
export interface Reason {
	/**
	 * The version of Linux with the change, its commit as far as it is known, and the commit's
	 * subject.
	 */
	readonly since?: string;
	readonly commit?: string | null;
	readonly subject?: string;
	readonly quirk?: string;
	/** What that has to do with the difference. */
	readonly why: string;
}

export interface Listed {
	/** The command's number in the scenario, from 1. */
	readonly at: number;
	readonly command: string;
	readonly reason: string;
	/** What each answers: events, result, body. */
	readonly port: readonly string[];
	readonly kernel: readonly string[];
}

export interface Differences {
	readonly reasons: Readonly<Record<string, Reason>>;
	readonly scenarios: Readonly<Record<string, readonly Listed[]>>;
}

export interface KernelScenario {
	readonly name: string;
	readonly subject: string;
	/** Comments too: they say for how many CPUs it is. */
	readonly lines: readonly string[];
	readonly commands: readonly string[];
}

export function differences(): Differences {
	return JSON.parse(readFileSync(new URL('differences.json', folder), 'utf8')) as Differences;
}

export function scenarios(): KernelScenario[] {
	return readdirSync(new URL('scenarios/', folder)).filter((file) => file.endsWith('.scn')).sort()
		.map((file) => {
			const lines = readFileSync(new URL(`scenarios/${file}`, folder), 'utf8').split('\n')
				.slice(0, -1);
			return {
				name: file.slice(0, -4),
				subject: /^# subject: (.*)$/m.exec(lines.join('\n'))?.[1] ?? '',
				lines,
				commands: lines.filter((line) => !line.startsWith('#') && line !== ''),
			};
		});
}

/** A trace cut into what belongs to each command; what comes after the last one is one more. */
export function answers(trace: readonly string[]): string[][] {
	const groups: string[][] = [[]];
	let answered = false;
	for (const line of trace) {
		if (answered && !line.startsWith('| ')) {
			groups.push([]);
			answered = false;
		}
		groups.at(-1)!.push(line);
		answered ||= command_of(line) !== null;
	}
	return groups;
}

/** All differences of two traces of a scenario. */
export function differing(scenario: KernelScenario, port: readonly string[],
	kernel: readonly string[]): Omit<Listed, 'reason'>[]
{
	const [p, k] = [answers(port), answers(kernel)];
	const found: Omit<Listed, 'reason'>[] = [];
	for (let i = 0; i < Math.max(p.length, k.length); i++)
		if (p[i]?.join('\n') !== k[i]?.join('\n'))
			found.push({ at: i + 1, command: scenario.commands[i] ?? '(end)', port: p[i] ?? [],
				kernel: k[i] ?? [] });
	return found;
}

const key = ({ at, port, kernel }: Omit<Listed, 'reason'>): string =>
	JSON.stringify([at, port, kernel]);

/**
 * What is wrong with differences, measured by the list: lines for a person; none if they are the
 * listed ones.
 */
export function unexpected(found: readonly Omit<Listed, 'reason'>[],
	listed: readonly Listed[]): string[]
{
	const [have, want] = [new Set(found.map(key)), new Set(listed.map(key))];
	const show = (what: string,
		{ at, command, port, kernel }: Omit<Listed, 'reason'>): string[] => [
		`${what}: command ${at}, ${command}`,
		...port.map((line) => `  port:   ${line}`),
		...kernel.map((line) => `  kernel: ${line}`),
	];
	return [
		...found.filter((each) => !want.has(key(each))).flatMap((each) => show('not listed', each)),
		...listed.filter((each) => !have.has(key(each))).flatMap((each) =>
			show('listed, but does not occur', each)
		),
	];
}
