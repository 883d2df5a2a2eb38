// SPDX-License-Identifier: GPL-2.0-only
//
// Hotplug callbacks. Each writes a line to the kernel log.
import { cpu_down, cpu_online, load, pr_info } from '../../lib/index.js';

const note = (what: string, cpu: number, node: number): void =>
	pr_info(
		`${what} ${cpu}${node === 0 ? '' : ` ${load(node + 16)}`}${
			cpu_online(cpu) ? '' : ' offline'
		}`,
	);

export function up(cpu: number, node = 0): number {
	note('up', cpu, node);
	return node === 0 ? 0 : load(node + 20);
}

export function down(cpu: number, node = 0): number {
	note('down', cpu, node);
	return node === 0 ? 0 : load(node + 24);
}

export function up_fails(cpu: number): number {
	note('up_fails', cpu, 0);
	return -5;
}

export function down_throws(cpu: number): number {
	note('down_throws', cpu, 0);
	throw new Error('thrown by a hotplug callback');
}

export function down_again(cpu: number): number {
	return cpu_down(cpu);
}
