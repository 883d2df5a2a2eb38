// SPDX-License-Identifier: GPL-2.0-only
//
// What the program in the guest prints, and the host reads: results of its tests, and figures.

/** Lines that the host takes as results. */
export const RESULT = /^(ok|not ok) - (.*)$/;

export class Report {
	#failed = 0;

	/** Run a test; it throws, or returns what there is to say. */
	async test(name: string,
		run: () => Promise<string | undefined> | string | undefined): Promise<void>
	{
		const begun = performance.now();
		try {
			const said = await run();
			this.#print(
				`ok - ${name} (${((performance.now() - begun) / 1000).toFixed(1)} s)${
					said === undefined ? '' : `: ${said}`
				}`,
			);
		} catch (error) {
			this.#failed++;
			this.#print(`not ok - ${name}: ${(error as Error).message.replaceAll('\n', '; ')}`);
		}
	}

	figure(text: string): void {
		this.#print(`# ${text}`);
	}

	#print(line: string): void {
		process.stdout.write(`${line}\n`);
	}

	get failed(): boolean {
		return this.#failed > 0;
	}
}

/** Like assert, with a text that says what is the case. */
export function must(holds: boolean, what: string): void {
	if (!holds)
		throw new Error(what);
}

export function same(is: unknown, wanted: unknown, what: string): void {
	must(JSON.stringify(is) === JSON.stringify(wanted),
		`${what}: ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`);
}

/** "median 1.2, max 3.4 ms" of microseconds or of plain numbers. */
export function spread(values: readonly number[], unit: 'ms' | ''): string {
	const sorted = [...values].sort((a, b) => a - b);
	const show = (value: number | undefined): string =>
		value === undefined
			? '-'
			: unit === 'ms'
			? (value / 1000).toFixed(1)
			: String(Math.round(value));
	return `median ${show(sorted[sorted.length >> 1])}, max ${show(sorted.at(-1))}${
		unit === '' ? '' : ` ${unit}`
	} of ${sorted.length}`;
}
