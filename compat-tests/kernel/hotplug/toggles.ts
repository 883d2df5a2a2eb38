// SPDX-License-Identifier: GPL-2.0-only
//
// One real CPU goes or comes, and everything that has to follow from it is looked at.
import { readFileSync } from 'node:fs';
import { parse_cpu_list } from '../../../lib/index.js';
import type { Init } from './init.js';
import type { Load } from './load.js';
import { must, same } from './report.js';
import type { Watch } from './watch.js';

const SERIAL = 1;
const PARALLEL = 2;

export const bits = (cpus: readonly number[]): number =>
	cpus.reduce((mask, cpu) => mask | 1 << cpu, 0);

/** Microseconds, and objects. */
export interface Figures {
	/** What the kernel itself takes for it: the write to the file. */
	readonly kernel: number[];
	/** From the write's begin until the notifier has the new masks. */
	readonly notified: number[];
	/** From the write's end until the machine says that it is done. */
	readonly done: number[];
	/** From the kernel's message until the machine says that it is done. */
	readonly own: number[];
	readonly in_flight: number[];
}

export const new_figures = (): Figures => ({ kernel: [], notified: [], done: [], own: [],
	in_flight: [] });

export class Toggles {
	figures = new_figures();
	count = 0;

	constructor(readonly init: Init, readonly load: Load, readonly watch: Watch) {}

	/** The host's, as the kernel prints them: nothing here follows the port. */
	online(): string {
		return readFileSync('/sys/devices/system/cpu/online', 'utf8').trim();
	}

	online_cpus(): number[] {
		return parse_cpu_list(this.online());
	}

	/**
	 * A CPU goes or comes, and has done so when this returns: its thread is on its core, and the
	 * notifier was told once, with the masks that then hold, which are the usable ones.
	 * @param user the masks that the user has set
	 */
	async toggle(cpu: number, online: boolean,
		user: { readonly parallel: number; readonly serial: number }): Promise<void>
	{
		const { load, watch, figures } = this;
		const before = load.usable();
		const [notes, seen] = [load.notes, watch.seen.length];
		const begun = await this.cpu(cpu, online);
		const event = await watch.event(online ? 'online' : 'offline', cpu, seen);
		figures.done.push(Math.max(0, event.at - begun.after));
		if (event.ms !== undefined)
			figures.own.push(event.ms * 1000);

		const bit = 1 << cpu;
		const after = (mask: number, named: number): number =>
			(named & bit) === 0 ? mask : online ? mask | bit : mask & ~bit;
		const [parallel, serial] = [after(bits(before.parallel), user.parallel),
			after(bits(before.serial), user.serial)];
		const action = ((user.parallel & bit) !== 0 ? PARALLEL : 0)
			| ((user.serial & bit) !== 0 ? SERIAL : 0);
		const told = load.notes_since(notes);
		same(told.map(({ action, parallel, serial }) => ({ action, parallel, serial })),
			action === 0 ? [] : [{ action, parallel, serial }],
			`what the notifier was told when cpu ${cpu} went ${online ? 'online' : 'offline'}`);
		if (told.length > 0)
			figures.notified.push(told[0].at - begun.before);
		const now = load.usable();
		same([bits(now.parallel), bits(now.serial)], [parallel, serial], 'the usable masks');
		await watch.placed();
	}

	/** Only the host's CPU. There are jobs in flight if there can be. */
	async cpu(cpu: number, online: boolean): Promise<{ before: number; after: number }> {
		const { parallel, serial } = this.load.usable();
		if (parallel.length > 0 && serial.length > 0)
			await this.load.fills();
		this.figures.in_flight.push(this.load.in_flight);
		const { result, before, after } = await this.init.cpu(cpu, online);
		same(result, '0', `write of ${online ? 1 : 0} to cpu${cpu}/online`);
		this.count++;
		this.figures.kernel.push(after - before);
		return { before, after };
	}

	/**
	 * The machine has the CPUs that the host has, each thread on its core: what events alone have
	 * to lead to.
	 */
	async followed(): Promise<void> {
		const has = (): string => this.watch.machine.cpus().online.join();
		must(await this.watch.until(() => has() === this.online_cpus().join()),
			`the host has ${this.online()}, the machine ${has()}`);
		await this.watch.placed();
	}

	/** Nothing is going on any more. */
	settled(): Promise<void> {
		return this.watch.machine.reread_cpus();
	}

	/** The load goes on: more jobs come out. */
	async goes_on(jobs = 50): Promise<void> {
		const from = this.load.done;
		for (const end = performance.now() + 15_000; this.load.done < from + jobs;
			await new Promise((resolve) => {
				setTimeout(resolve, 5);
			}))
			must(performance.now() < end,
				`only ${this.load.done - from} of ${jobs} jobs came out within 15 s`);
	}
}
