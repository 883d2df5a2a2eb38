// SPDX-License-Identifier: GPL-2.0-only
//
// Points at which a test stops other threads, on the test's side. Only for *.watched.ts: see
// watch.ts.
import { INIT_WORK, queue_work_on, store, system_wq } from '../../lib/index.js';
import { set, TestMachine, until } from './machine.js';
import { Access, ACCESSES } from './watch.js';
import { point } from './watch.jobs.js';

export const POINTS = new URL('./watch.jobs.js', import.meta.url).href;
const p = point.offset;

export interface PointOptions {
	/** How many bytes count as the place; default: one word. */
	readonly size?: number;
	/** Only these accesses; default: any. */
	readonly kinds?: readonly Access[];
	/** So many of them are let through. */
	readonly skip?: number;
	/** It stops before the access that follows. */
	readonly behind?: boolean;
	/** Until it goes on, its plain stores are delayed. */
	readonly delays?: boolean;
}

export class Point {
	readonly at: number;

	/** @param from address of the place whose access the thread stops before */
	constructor(readonly t: TestMachine, from: number, options: PointOptions = {}) {
		const { size = 4, kinds = [], skip = 0, behind = false, delays = false } = options;
		this.at = t.alloc(point.size);
		const bits = kinds.reduce((sum, kind) => sum | 1 << ACCESSES.indexOf(kind), 0);
		for (const [field, value] of [['from', from], ['size', size], ['kinds', bits], ['skip',
			skip], ['behind', Number(behind)], ['delays', Number(delays)]] as const)
			store(this.at + p[field], value);
	}

	/** Have a CPU stop there from now on. */
	arm_on(cpu: number): this {
		INIT_WORK(this.at, this.t.fn['arm_cpu']);
		queue_work_on(cpu, system_wq(), this.at);
		until(this.at + p.armed, (armed) => armed !== 0, `CPU ${cpu} has the point`);
		return this;
	}

	/** Call a function of the loaded modules on an async thread, which stops there. */
	call(name: string, ...args: number[]): Promise<number> {
		return this.t.machine.call_async(this.t.fn['held'], [this.at, this.t.fn[name], ...args]);
	}

	/** Wait until the thread has come there. */
	reached(): void {
		until(this.at + p.reached, (reached) => reached !== 0, 'the thread at its point');
	}

	/** A watcher has to tell() the word `go_on` instead. */
	let_go(): void {
		set(this.go_on);
	}

	get go_on(): number {
		return this.at + p.go_on;
	}
}
