// SPDX-License-Identifier: GPL-2.0-only
//
// A machine for strangers' clients (clients/): it loads one, waits until that says that it is
// finished, unloads it, and sees that nothing is left behind.
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import * as k from '../../lib/index.js';
import { source, Workshop } from '../support/c.js';

/** The lines of the log in a client's comment; "..." is any number of lines. */
export function told(client: string): string[] {
	const text = readFileSync(source(`clients/${client}.c`), 'utf8');
	const comment = text.slice(0, text.indexOf('\n#'));
	return comment.split('\n').map((line) => /^(?: \*|\/\/)\t(\w+: .*|\.\.\.)$/.exec(line)?.[1])
		.filter((line) => line !== undefined);
}

/** The lines that were printed, of records of the log. */
const printed = (records: readonly k.LogRecord[]): string[] =>
	records.filter(({ kind }) => kind === 'printk').flatMap(({ text }) =>
		text.replace(/\n$/, '').split('\n')
	);

const is_report = ({ kind }: k.LogRecord): boolean => kind === 'oops' || kind === 'misuse';

/** Does the log have these lines, one after the other? */
export function expect_lines(log: readonly string[], expected: readonly string[]): void {
	const lines = expected.filter((line) => line !== '...');
	let at = 0;
	for (const line of log)
		if (line === lines[at])
			at++;
	expect(lines.slice(at), `missing in this order; the log:\n${log.join('\n')}\n`).to.deep.equal(
		[],
	);
	expect(lines).to.not.be.empty;
}

/** What a client has left on the log. */
export interface ClientLog {
	readonly lines: readonly string[];
	readonly reports: readonly k.LogRecord[];
}

export class ClientMachine {
	m!: k.Machine;
	#objects = 0;
	#log: k.LogRecord[] = [];
	readonly #compiled = new Map<string, string>();

	constructor(readonly workshop: Workshop) {}

	/** What the log has got since the boot. */
	get log(): ClientLog {
		return { lines: printed(this.#log), reports: this.#log.filter(is_report) };
	}

	async boot(options: k.BootOptions = { nr_cpus: 4 }): Promise<void> {
		this.m = await k.boot({ native: 'required', ...options });
		const log: k.LogRecord[] = this.#log = [];
		for (const kind of ['printk', 'oops', 'misuse'] as const)
			this.m.on(kind, (record) => log.push(record));
		this.#objects = k.slab_objects();
	}

	/** A client, compiled. @returns the module's path */
	so(client: string): string {
		const file = this.#compiled.get(client)
			?? this.workshop.compile(source(`clients/${client}.c`));
		this.#compiled.set(client, file);
		return file;
	}

	power_off(): Promise<void> {
		return new Promise((resolve) => {
			this.m.once('power_off', () => resolve());
		});
	}

	expect_nothing_left(): void {
		expect(this.m.modules()).to.deep.equal([]);
		expect(k.slab_objects(), 'objects left').to.equal(this.#objects);
	}

	/**
	 * Load a client, wait until it says that it is finished, and unload it. The machine goes on.
	 * @returns what the log has got meanwhile
	 */
	async run(client: string, params: k.ModuleParams = []): Promise<ClientLog> {
		const since = (this.m.dmesg().at(-1)?.seq ?? -1) + 1;
		const end = this.power_off();
		const { name } = await this.m.insmod(this.so(client), params);
		await end;
		await this.m.rmmod(name);
		this.expect_nothing_left();
		const records = this.m.dmesg(since);
		return { lines: printed(records), reports: records.filter(is_report) };
	}
}
