// SPDX-License-Identifier: GPL-2.0-only
//
// What the specs of `padata esp` share: the example, and runs while somebody changes the masks.
import { fileURLToPath } from 'node:url';
import { open_capture } from '../../lib/cli/esp/capture.js';
import { find_ip } from '../../lib/cli/esp/link.js';
import type { Children, Ended } from '../support/child.js';

const root = new URL('../../../', import.meta.url);
export const example = fileURLToPath(new URL('examples/loopback.pcapng', root));

/** The packets of a capture, from IP's header on. */
export function packets(path: string): Uint8Array[] {
	const reader = open_capture(path);
	const found: Uint8Array[] = [];
	for (let frame = reader.next(); frame !== null; frame = reader.next()) {
		const ip = find_ip(frame);
		if (typeof ip !== 'string')
			found.push(frame.data.slice(ip.offset, ip.offset + ip.length));
	}
	reader.close();
	return found;
}

/** Run the job, and write to a file of its instance when that is there. */
export const changed = (children: Children, file: string, value: string): Promise<Ended> =>
	children.run(['--input-type=module', '--eval', `
	import { current_machine, cpumask_cpus, cpu_online_mask, sysfs_list, sysfs_write } from ${
		JSON.stringify(new URL('dist/lib/index.js', root).href)
	};
	import { esp_command } from ${
		JSON.stringify(new URL('dist/lib/cli/esp/command.js', root).href)
	};
	let over = false;
	const turn = () => {
		if (over)
			return;
		if (current_machine() === null || !sysfs_list('/sys/kernel').includes('padata_esp')) {
			setImmediate(turn);
			return;
		}
		const last = cpumask_cpus(cpu_online_mask).at(-1);
		console.error(sysfs_write('/sys/kernel/padata_esp/${file}', ${value}) > 0);
	};
	turn();
	process.exitCode = await esp_command(${
		JSON.stringify(example)
	}, '/dev/null', { json: true, repeat: '80' });
	over = true;
`]);
