// SPDX-License-Identifier: GPL-2.0-only
import { setTimeout as delay } from 'node:timers/promises';

const IDLE_MS = 2000;

/** How much of a core this process uses while nothing happens. */
export async function idle_percent(): Promise<number> {
	await delay(200);
	const cpu = process.cpuUsage();
	const start = performance.now();
	await delay(IDLE_MS);
	const { user, system } = process.cpuUsage(cpu);
	return (user + system) / 1000 / (performance.now() - start) * 100;
}

/** As far as that can be had: the runner starts measurements of memory with --expose-gc. */
export async function collect_garbage(): Promise<void> {
	for (let i = 0; i < 3; i++) {
		globalThis.gc?.();
		await delay(50);
	}
}
