// SPDX-License-Identifier: GPL-2.0-only
//
// npm start: set-up, then the main job on the capture that ships with the project: every packet of
// it into an ESP tunnel, encrypted on all CPUs, written in order. Further arguments go to the
// command: npm start -- --cpus 0
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { become, root } from './setup/common.mjs';
import { setup } from './setup.mjs';

if (await setup()) {
	await become([join(root, 'dist/bundle/cli/padata.js'), 'esp',
		join(root, 'examples/loopback.pcapng'), join(tmpdir(), 'padata-esp.pcap'), '--repeat',
		'200', '--compare', ...process.argv.slice(2)]);
}
