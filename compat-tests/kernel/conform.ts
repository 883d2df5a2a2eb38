// SPDX-License-Identifier: GPL-2.0-only
//
// node dist/compat-tests/kernel/conform.js [NAME... OPTIONS]: `padata conform` on the padata of a
// running kernel. As driver.ts boots for each scenario, this boots once and has the driver play
// there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run_program } from './commands.js';
import { prepare } from './kit.js';
import { KernelStage } from './stage.js';

const driver = fileURLToPath(new URL('./driver.js', import.meta.url));
const command = fileURLToPath(new URL('../../lib/cli/padata.js', import.meta.url));

async function main(): Promise<number> {
	const stage = new KernelStage(await prepare());
	const folder = mkdtempSync(join(tmpdir(), 'padata-kernel-'));
	const path = join(folder, 'socket');
	let last = Promise.resolve();
	const server = createServer({ allowHalfOpen: true }, (socket) => {
		socket.on('error', () => undefined);
		// Not stream/consumers: that closes what it has read.
		const script = new Promise<string>((resolve) => {
			let all = '';
			socket.setEncoding('utf8').on('data', (chunk: string) => {
				all += chunk;
			}).on('end', () => resolve(all));
		});
		// One after the other, as there is one machine.
		last = last.then(async () => {
			const { lines, code } = await stage.play((await script).split('\n'));
			socket.end([...lines, code].join('\n'));
		});
	}).listen(path);
	try {
		await once(server, 'listening');
		const quoted = [process.execPath, driver, '--at', path].map((word) => `'${word}'`).join(
			' ',
		);
		const child = spawn(process.execPath, [command, 'conform', '--driver', quoted, '--jobs',
			'1', ...process.argv.slice(2)], { stdio: 'inherit' });
		const [code] = await once(child, 'close') as [number | null];
		return code ?? 1;
	} finally {
		server.close();
		await last;
		await stage.end();
		rmSync(folder, { recursive: true });
	}
}

await run_program('kernel conform', main);
