// SPDX-License-Identifier: GPL-2.0-only
//
// The program's side of what guest/init.c does for it: it owns the CPUs and the control groups.
import { createInterface } from 'node:readline';

export interface Written {
	/** "0", or the errno's name. */
	readonly result: string;
	/** CLOCK_MONOTONIC in microseconds, before and after write(2). */
	readonly before: number;
	readonly after: number;
}

export class Init {
	readonly #waiting: ((lines: string[]) => void)[] = [];
	readonly #input = createInterface({ input: process.stdin });

	constructor() {
		let lines: string[] = [];
		this.#input.on('line', (line) => {
			if (line !== '.') {
				lines.push(line);
				return;
			}
			this.#waiting.shift()?.(lines);
			lines = [];
		});
	}

	async #ask(request: string): Promise<string> {
		const answer = new Promise<string[]>((resolve) => this.#waiting.push(resolve));
		process.stdout.write(`${request}\n`);
		return (await answer)[0];
	}

	async write(path: string, text: string | number): Promise<Written> {
		const [result, before, after] = (await this.#ask(`@write ${path} ${text}`)).split(' ');
		return { result, before: Number(before) / 1000, after: Number(after) / 1000 };
	}

	/** A real CPU goes or comes. */
	cpu(cpu: number, online: boolean): Promise<Written> {
		return this.write(`/sys/devices/system/cpu/cpu${cpu}/online`, online ? 1 : 0);
	}

	/** The cpuset that the program is in. */
	cpuset(cpus: string): Promise<Written> {
		return this.write('/sys/fs/cgroup/program/cpuset.cpus', cpus);
	}

	close(): void {
		this.#input.close();
		process.stdin.destroy();
	}
}
