// SPDX-License-Identifier: GPL-2.0-only
//
// Processes that a test starts: what they print, how they end, and that none is left when the test
// is over.
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Ended {
	readonly code: number | null;
	readonly signal: string | null;
	readonly out: string;
	readonly err: string;
}

export interface ChildOptions {
	readonly cwd?: string;
	readonly env?: NodeJS.ProcessEnv;
	/** Told of each line that it prints. */
	readonly on_line?: ((line: string, child: ChildProcess) => void) | undefined;
}

export class Children {
	#running: ChildProcess[] = [];

	/** Start node. It leads a process group, so that kill() ends what it has started too. */
	start(args: readonly string[], { cwd, env }: ChildOptions = {}): ChildProcess {
		const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'],
			detached: true, cwd, env });
		this.#running.push(child);
		return child;
	}

	/** Run node to its end. */
	async run(args: readonly string[], options: ChildOptions = {}): Promise<Ended> {
		const child = this.start(args, options);
		let [out, err, rest] = ['', '', ''];
		child.stdout!.setEncoding('utf8').on('data', (text: string) => {
			out += text;
			rest += text;
			for (let i; (i = rest.indexOf('\n')) >= 0; rest = rest.slice(i + 1))
				options.on_line?.(rest.slice(0, i), child);
		});
		child.stderr!.setEncoding('utf8').on('data', (text: string) => {
			err += text;
		});
		const [code, signal] = await once(child, 'close') as [number | null, string | null];
		return { code, signal, out, err };
	}

	/** What a failed test has left. */
	kill(): void {
		for (const { pid, exitCode, signalCode } of this.#running)
			if (exitCode === null && signalCode === null)
				process.kill(-pid!, 'SIGKILL');
		this.#running = [];
	}
}
