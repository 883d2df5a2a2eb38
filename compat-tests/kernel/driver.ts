// SPDX-License-Identifier: GPL-2.0-only
//
// Driver (c) of the conformance suite (docs/driver-protocol.md): the padata of a running kernel. It
// plays the scenario on its standard input in a guest of its own, or with --at SOCKET in one that
// conform.ts has booted already.
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { run_program } from './commands.js';
import { prepare } from './kit.js';
import { KernelStage } from './stage.js';

const { values: { at } } = parseArgs({ options: { at: { type: 'string' } } });

/** The answer's last line there is the code to exit with. */
async function play_at(path: string): Promise<number> {
	const socket = connect(path);
	socket.end(await text(process.stdin));
	const answer = (await text(socket)).split('\n');
	process.stdout.write(answer.slice(0, -1).map((line) => `${line}\n`).join(''));
	return Number(answer.at(-1));
}

async function play_here(): Promise<number> {
	const stage = new KernelStage(await prepare());
	try {
		const { code, complaint } = await stage.play((await text(process.stdin)).split('\n'),
			(line) => process.stdout.write(`${line}\n`));
		process.stderr.write(complaint ?? '');
		return code;
	} finally {
		await stage.end();
	}
}

await run_program('kernel driver', () => at === undefined ? play_here() : play_at(at));
