// SPDX-License-Identifier: GPL-2.0-only
//
// Runs a client under a sanitizer, by the commands that a user gives.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Sanitizer } from '../../lib/cli/cc/flags.js';
import { source, Workshop } from '../support/c.js';

const command = fileURLToPath(new URL('../../../dist/bundle/cli/padata.js', import.meta.url));

/**
 * Run a client until it says that it is finished.
 * @returns what it printed, with what the sanitizer said
 */
export function run_sanitized(workshop: Workshop, client: string,
	sanitizer: Sanitizer): { status: number | null; out: string }
{
	const so = workshop.compile(source(`clients/${client}.c`), { sanitizers: [sanitizer],
		name: client.replaceAll('-', '_') });
	const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'insmod', '--nr-cpus',
		'4', so], { encoding: 'utf8', timeout: 110_000 });
	return { status, out: stdout + stderr };
}

/** The number of the first line of a client's source that has this text. */
export function line_of(client: string, text: string): number {
	return 1
		+ readFileSync(source(`clients/${client}.c`), 'utf8').split('\n').findIndex((line) =>
			line.includes(text)
		);
}
