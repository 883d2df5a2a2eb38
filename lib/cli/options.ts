// SPDX-License-Identifier: GPL-2.0-only
//
// Values of options that more than one command has, from text. Every error names the option and
// says what was wrong.
import { quirk_names, QuirkSelection } from '../index.js';
import { read_cpu_list } from '../machine/cpu-list.js';

/** A value that an option cannot take; the message begins with the option. */
export class OptionError extends Error {
	/**
	 * @param option as the user writes it, `--key`
	 * @param problem what is wrong with its value
	 */
	constructor(readonly option: string, readonly problem: string) {
		super(`${option}: ${problem}`);
		this.name = 'OptionError';
	}
}

/** A command cannot do what it was asked for; the message is for its user. */
export class CommandError extends Error {
	override readonly name = 'CommandError';
}

/**
 * An integer from `min` to `max`, decimal or hex with 0x. The one parser of whole numbers of all
 * commands.
 */
export function parse_integer(option: string, text: string, min: number, max: number): number {
	if (!/^(\d+|0x[0-9a-f]+)$/i.test(text))
		throw new OptionError(option, `"${text}" is not a number from ${min} to ${max}`);
	const n = Number(text);
	if (n < min || n > max)
		throw new OptionError(option, `${text} is not between ${min} and ${max}`);
	return n;
}

/** Seconds, with or without a fraction: above 0, up to `max`. */
export function parse_seconds(option: string, text: string, max: number): number {
	const n = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
	if (!(n > 0 && n <= max))
		throw new OptionError(option, `"${text}" is not a number of seconds above 0, up to ${max}`);
	return n;
}

/** What --memory takes, in MiB. @returns bytes */
export function parse_memory(text: string): number {
	return parse_integer('--memory', text, 8, 2047) * 2 ** 20;
}

/** The number of CPUs of a simulated machine. */
export function parse_nr_cpus(option: string, text: string): number {
	return parse_integer(option, text, 1, 8192);
}

/** One of some words. */
export function one_of<T extends string>(option: string, text: string, all: readonly T[]): T {
	if (!(all as readonly string[]).includes(text))
		throw new OptionError(option, `"${text}" is none of ${all.join(', ')}`);
	return text as T;
}

/**
 * CPUs as the kernel writes them, `0-1,3`.
 * @param max highest number that a CPU can have
 * @returns the numbers in ascending order, each once
 */
export function parse_cpu_list(option: string, text: string, max: number): number[] {
	const list = read_cpu_list(text, max);
	if (Array.isArray(list))
		return list;
	switch (list.problem) {
		case 'syntax':
			throw new OptionError(option, `"${text}" is not a list of CPUs such as 0-1,3`);
		case 'backwards':
			throw new OptionError(option, `the range ${list.part.trim()} ends before it begins`);
		case 'beyond':
			throw new OptionError(option, `there is no CPU ${list.last}, the highest is ${max}`);
	}
}

/** What --sysfs adds to the options of boot(); without it the environment decides. */
export function sysfs_socket(sysfs: boolean | undefined): { sysfs_socket?: boolean } {
	return sysfs === true ? { sysfs_socket: true } : {};
}

/** What --quirks takes. The names are looked at by boot(). */
export function parse_quirks(text: string): QuirkSelection {
	if (text === 'none' || text === 'v4.18')
		return text;
	return text.split(',') as unknown as QuirkSelection;
}

export const quirks_help = `none, v4.18, or a list of: ${quirk_names.join(', ')}`;
