// SPDX-License-Identifier: GPL-2.0-only
//
// The small syntax of the scenario language: quoted texts with escapes, hex masks, integers, flags.
import { PADATA_INIT, PADATA_INVALID, PADATA_RESET } from '../../index.js';

/** A command that cannot be understood: the scenario is wrong, not the port. */
export class ScenarioError extends Error {
	override readonly name = 'ScenarioError';
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', 0: '\0', '"': '"',
	'\\': '\\' };

/** The bytes of "TEXT" with its escapes. */
export function unquote(quoted: string): Uint8Array {
	if (!/^"(?:[^"\\]|\\.)*"$/s.test(quoted))
		throw new ScenarioError(`${quoted} is not a quoted text`);
	const text = quoted.slice(1, -1).replace(/\\(.)/gs, (whole, c: string) => {
		const plain = ESCAPES[c];
		if (plain === undefined)
			throw new ScenarioError(`unknown escape ${whole}`);
		return plain;
	});
	return Buffer.from(text, 'latin1');
}

/** The other way: "TEXT". */
export function quote(bytes: Uint8Array): string {
	const names: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t', '\r': '\\r',
		'\0': '\\0', '"': '\\"', '\\': '\\\\' };
	return `"${Buffer.from(bytes).toString('latin1').replace(/[\n\t\r\0"\\]/g, (c) => names[c])}"`;
}

/** The CPUs of a mask in hex, bit n is CPU n. */
export function parse_mask(hex: string, limit: number): number[] {
	if (!/^[0-9a-f]+$/i.test(hex))
		throw new ScenarioError(`"${hex}" is not a mask in hex`);
	const cpus: number[] = [];
	const digits = Array.from(hex).reverse();
	digits.forEach((digit, i) => {
		for (let bit = 0; bit < 4; bit++)
			if ((parseInt(digit, 16) >> bit & 1) !== 0)
				cpus.push(i * 4 + bit);
	});
	const beyond = cpus.find((cpu) => cpu >= limit);
	if (beyond !== undefined)
		throw new ScenarioError(`mask ${hex} has CPU ${beyond}; there are ${limit}`);
	return cpus;
}

/** The flags of an instance by name, INIT|INVALID; 0 if none is set. */
export function flags_text(flags: number): string {
	const names = [[PADATA_INIT, 'INIT'], [PADATA_RESET, 'RESET'], [PADATA_INVALID,
		'INVALID']] as const;
	return names.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name).join('|') || '0';
}

/** An integer of 32 bits, signed or unsigned. @param what names it in the message */
export function parse_int10(text: string | undefined, what: string): number {
	if (text === undefined || !/^-?\d+$/.test(text))
		throw new ScenarioError(
			`${what}: ${text === undefined ? 'missing' : `"${text}" is not an integer`}`,
		);
	const n = Number(text);
	if (n < -0x80000000 || n > 0xffffffff)
		throw new ScenarioError(`${what}: ${text} is not a number of 32 bits`);
	return n;
}

/** Split a command at blanks; a quoted text is one word. */
export function words(line: string): string[] {
	return line.match(/"(?:[^"\\]|\\.)*"|\S+/gs) ?? [];
}
