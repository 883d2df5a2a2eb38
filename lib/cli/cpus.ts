// SPDX-License-Identifier: GPL-2.0-only
//
// `padata cpus`: the CPUs as the machine sees them, and each CPU's thread with the core it is pinned to, read back from the
// kernel.
import { boot, format_cpu_list } from '../index.js';

export async function cpusCommand(options: { readonly json?: boolean }): Promise<number> {
	const machine = await boot();
	const info = machine.cpus();
	await machine.shutdown();
	if (options.json === true) {
		process.stdout.write(`${JSON.stringify(info, null, '\t')}\n`);
		return 0;
	}
	for (const name of ['possible', 'present', 'online', 'allowed'] as const)
		process.stdout.write(`${name.padEnd(9)} ${format_cpu_list(info[name])}\n`);
	process.stdout.write(`quota     ${info.quota === null ? 'none' : `${info.quota} CPUs' time (cgroup)`}\n`);
	if (info.quota !== null && info.quota < info.online.length)
		process.stderr.write(`padata: the cgroup's quota is less than the ${info.online.length} CPUs online: they will wait for time now and then\n`);
	for (const { cpu, tid, affinity } of info.cpus.filter(({ online }) => online))
		process.stdout.write(`cpu ${cpu}: thread ${tid === 0 ? '?' : tid}, ${affinity === null ? 'affinity unknown (no addon)'
			: affinity.length === 1 ? `pinned to core ${affinity[0]}` : `not pinned, may run on ${format_cpu_list(affinity)}`}\n`);
	return 0;
}
