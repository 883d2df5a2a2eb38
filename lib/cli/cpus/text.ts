// SPDX-License-Identifier: GPL-2.0-only
//
// The CPUs and masks as lines, and what is different between two looks.
import { CpuEvent, CpuInfo, CpusInfo, errno_name, format_cpu_list } from '../../index.js';
import { InstanceMasks } from '../../machine/control-socket/protocol.js';
import { CpusState } from './source.js';

const LISTS = ['possible', 'present', 'online', 'allowed'] as const;

/** CPUs as a list; "-" for none. */
const listed = (cpus: readonly number[]): string => cpus.length === 0 ? '-' : format_cpu_list(cpus);

/** The CPUs in a mask as sysfs has it: hexadecimal words of 32 bits, the highest first. */
export function mask_cpus(mask: string): number[] {
	const cpus: number[] = [];
	for (const [i, word] of mask.split(',').reverse().entries())
		for (let bits = parseInt(word, 16), bit = 0; bit < 32; bit++)
			if ((bits >>> bit & 1) !== 0)
				cpus.push(32 * i + bit);
	return cpus;
}

export function cpu_lines({ cpus, quota, ...lists }: CpusInfo): string[] {
	return [
		...LISTS.map((name) => `${name.padEnd(9)} ${listed(lists[name])}`),
		`quota     ${quota === null ? 'none' : `${quota} CPUs' time (cgroup)`}`,
		...cpus.filter(({ online }) => online).map(({ cpu, tid, affinity }) =>
			`cpu ${cpu}: thread ${tid === 0 ? '?' : tid}, ${affinity_text(affinity)}`
		),
	];
}

function affinity_text(affinity: CpuInfo['affinity']): string {
	if (affinity === null)
		return 'affinity unknown (no addon)';
	return affinity.length === 1
		? `pinned to core ${affinity[0]}`
		: `not pinned, may run on ${format_cpu_list(affinity)}`;
}

/** What machine.on('cpu') tells, in a line. */
export function event_text(
	{ source, cpu, what, ok, error, allowed, ms, exit_code }: CpuEvent,
): string {
	const whose = cpu < 0 ? '' : `cpu ${cpu}: `;
	const which = allowed === undefined ? '' : ` ${listed(allowed)}`;
	const who = source === 'died' ? `its thread has died, exit code ${exit_code}` : `by ${source}`;
	const how = [who, ...ms === undefined ? [] : [`${ms.toFixed(1)} ms`]].join(', ');
	return `${whose}${ok ? '' : 'not '}${what}${which} (${how})${
		error === undefined ? '' : `: ${errno_name(error)}`
	}`;
}

/** A mask, and which of its CPUs are used, if these are not all. */
function mask_text(mask: string, online: readonly number[]): string {
	const cpus = mask_cpus(mask);
	const usable = cpus.filter((cpu) => online.includes(cpu));
	return `${listed(cpus)}${usable.length === cpus.length ? '' : ` (online: ${listed(usable)})`}`;
}

export function mask_lines({ cpus, masks }: CpusState): string[] {
	return masks.map(({ path, parallel, serial }) =>
		`${path}: parallel ${mask_text(parallel, cpus.online)}, serial ${
			mask_text(serial, cpus.online)
		}`
	);
}

/** What has changed, a line for each thing. */
export function differences(before: CpusState, after: CpusState): string[] {
	const lines = LISTS.filter((name) => listed(before.cpus[name]) !== listed(after.cpus[name]))
		.map((name) => `${name} ${listed(before.cpus[name])} -> ${listed(after.cpus[name])}`);
	for (const is of after.cpus.cpus) {
		const was = before.cpus.cpus.find(({ cpu }) => cpu === is.cpu);
		// Of those that come or go the lists tell.
		if (was?.online === true && is.online
			&& affinity_text(was.affinity) !== affinity_text(is.affinity))
			lines.push(`cpu ${is.cpu}: ${affinity_text(is.affinity)}`);
	}
	return [...lines, ...mask_differences(before.masks, after.masks)];
}

function mask_differences(before: readonly InstanceMasks[],
	after: readonly InstanceMasks[]): string[]
{
	const lines: string[] = [];
	for (const mask of before)
		if (!after.some(({ path }) => path === mask.path))
			lines.push(`${mask.path}: gone`);
	for (const is of after) {
		const was = before.find(({ path }) => path === is.path);
		if (was === undefined)
			lines.push(
				`${is.path}: new, parallel ${listed(mask_cpus(is.parallel))}, serial ${
					listed(mask_cpus(is.serial))
				}`,
			);
		else
			for (const name of ['parallel', 'serial'] as const)
				if (was[name] !== is[name])
					lines.push(
						`${is.path}: ${name} ${listed(mask_cpus(was[name]))} -> ${
							listed(mask_cpus(is[name]))
						}`,
					);
	}
	return lines;
}
