// SPDX-License-Identifier: GPL-2.0-only
//
// Random scripts in the scenario language. fast-check makes sketches: commands in any order, "@7"
// for object 7 modulo the number of objects so far; "fail 1; alloc_possible" is two commands.
// script() makes of a sketch a scenario with one possible trace: what the model has no answer for
// is left out, and it waits where the answer would depend on how far the CPUs have got. Since that
// happens after shrinking as well, every shrunk sketch is a valid scenario.
import fc from 'fast-check';
import { ParallelData, Undefined } from './model.js';
import { Player } from './player.js';

/**
 * Commands that may follow while objects are still on their way: what they do or wait for does not
 * depend on it.
 */
const MAY_HURRY =
	/^(?:env|echo|start|stop|set_cpumasks?|add_cpu|remove_cpu|cpu|free|kobj_|notifier_|show|store|sys|fail|submit) ?/;
const MAX_OBJ_NUM = 1000;

const mask = (nr_cpus: number): fc.Arbitrary<string> =>
	fc.oneof(
		{ weight: 8, arbitrary: fc.bigInt(1n, (1n << BigInt(nr_cpus)) - 1n) },
		{ weight: 1, arbitrary: fc.constant(0n) },
		{ weight: 3, arbitrary: fc.nat(nr_cpus - 1).map((cpu) => 1n << BigInt(cpu)) },
	).map((m) => m.toString(16));

const line = (...parts: (string | fc.Arbitrary<string | number>)[]): fc.Arbitrary<string> =>
	fc.tuple(...parts.map((part) => typeof part === 'string' ? fc.constant(part) : part)).map((
		words,
	) => words.filter((word) => word !== '').join(' '));
const any = (...words: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...words);

/** One command of a sketch; the first ones of a list are what it shrinks to. */
function command(nr_cpus: number): fc.Arbitrary<string> {
	const cpu = fc.nat(nr_cpus - 1);
	const bits = any('1', '2', '3', '3', '2', '1', '0', '7');
	const at = fc.nat(30).map((n) => `@${n}`);
	const cb = fc.oneof({ weight: 6, arbitrary: cpu.map(String) }, { weight: 2,
		arbitrary: fc.constant('rr') }, { weight: 1, arbitrary: fc.constant(String(nr_cpus)) });
	const order = any('', 'fwd', 'rev', 'scramble', 'mod:2:0', 'mod:2:1', 'mod:3:1');
	const where = fc.oneof({ weight: 3, arbitrary: any('own', 'other') }, { weight: 1,
		arbitrary: cpu.map((n) => `cpu${n}`) });
	const attribute = any('serial', 'parallel');
	const text = fc.oneof({ weight: 4, arbitrary: mask(nr_cpus).map((m) => `"${m}\\n"`) }, {
		weight: 1,
		arbitrary: any('""', '"\\n"', '"g"', '"1,,"', '"f,"', '" 1 \\n"', '"0x1"', '"1 1"',
			'"100000000"', '"0,1"', '"3\\0f"', '"ffff"'),
	});
	const allocates = fc.oneof(line('set_cpumask', any('par', 'ser'), mask(nr_cpus)),
		line('set_cpumasks', mask(nr_cpus), mask(nr_cpus)), line('add_cpu', cpu, bits),
		line('remove_cpu', cpu, bits), line('cpu', cpu, any('0', '1')),
		line('store', attribute, text), fc.constant('alloc_possible'));
	const table: [number, fc.Arbitrary<string>][] = [
		[14,
			line('submit', fc.integer({ min: 1, max: 8 }), cb,
				any('sync', 'hold', 'sync', 'hold', 'hold', 'twice'))],
		[8, line('submit 1', cb, any('sync', 'hold'))],
		[12, line('release', at, at, any('fwd', 'rev', 'scramble'))],
		[4,
			line('release', at, at,
				fc.tuple(order, where).map(([o, w]) => `${o === '' ? 'fwd' : o} ${w}`))],
		[2, line('release_missed', at, at)],
		[6, fc.constant('start')],
		[3, fc.constant('stop')],
		[8,
			line('set_cpumask', any('par', 'ser', 'par', 'ser', 'par', 'ser', '0', '3'),
				mask(nr_cpus))],
		[3, line('set_cpumasks', mask(nr_cpus), mask(nr_cpus))],
		[4, line('add_cpu', fc.integer({ min: 0, max: nr_cpus }), bits)],
		[5, line('remove_cpu', fc.integer({ min: 0, max: nr_cpus }), bits)],
		[5, line('cpu', cpu, '0')],
		[5, line('cpu', cpu, '1')],
		[4,
			line('notifier_register', fc.nat(3), fc.integer({ min: -1, max: 1 }),
				any('DONE', 'OK', 'STOP', 'BAD', '-EINVAL'),
				any('', '', '', '', 'start', 'stop', 'unregister'))],
		[2, line('notifier_unregister', fc.nat(3))],
		[2, line('show', attribute)],
		[3, line('store', attribute, text)],
		[1, fc.constant('sysfs_add')],
		[1, line('sysread', attribute)],
		[1, line('syswrite', attribute, text)],
		[1, fc.constant('kobj_get')],
		[1, fc.constant('kobj_put')],
		[2, fc.constant('free')],
		[4, fc.oneof(fc.constant('alloc_possible'), line('alloc', mask(nr_cpus), mask(nr_cpus)))],
		[1, line('fail', fc.nat(3))],
		[4,
			fc.tuple(fc.integer({ min: 1, max: 2 }), allocates).map(([n, command]) =>
				`fail ${n}; ${command}; fail 0`
			)],
		[2,
			line('seq',
				fc.oneof(fc.integer({ min: -9, max: 0 }), fc.constant(2 ** 31 - 3), fc.nat(20)))],
		[1, line('again', at)],
		[1, fc.constant('reset')],
		[5, fc.constant('state')],
		[4, any('quiet', 'settle', 'trace', 'summary', 'timer', 'env')],
	];
	return fc.oneof(...table.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** A beginning that gets somewhere, then anything. Now and then as many objects as there may be. */
export function sketches(nr_cpus: number, length: number): fc.Arbitrary<string[]> {
	const full = fc.integer({ min: 997, max: 1003 }).map((n) => `submit ${n} 0 hold`);
	const any_command = fc.oneof({ weight: 2000, arbitrary: command(nr_cpus) }, { weight: 1,
		arbitrary: full });
	const head = fc.oneof({ weight: 4, arbitrary: fc.constant(['alloc_possible', 'start']) }, {
		weight: 1,
		arbitrary: line('alloc', mask(nr_cpus), mask(nr_cpus)).map((a) => [a, 'start']),
	});
	return fc.tuple(head, fc.array(any_command, { maxLength: length, size: 'max' })).map((
		[begin, rest],
	) => [...begin, ...rest]);
}

export interface Script {
	readonly lines: readonly string[];
	readonly trace: readonly string[];
}

/**
 * 4.18: the next object in turn is there, but nobody has looked; with the timer armed it is a
 * matter of time who will.
 */
function looks_later(pd: ParallelData): boolean {
	return pd.timer && (pd.lists.get(pd.cpu_of(pd.processed))?.length ?? 0) > 0;
}

class Writer {
	#player: Player;
	readonly #lines: string[] = [];
	readonly #trace: string[] = [];
	/**
	 * Objects are on their way; 'held': some of them will stop half-way, so that nothing may be
	 * begun that could wait for them.
	 */
	#busy: 'no' | 'sync' | 'held' = 'no';

	constructor(readonly nr_cpus: number, readonly v418: boolean) {
		this.#player = new Player(nr_cpus, v418);
	}

	get #timer(): boolean {
		return this.#player.instance?.pd.timer ?? false;
	}

	/** Add the line, if it has an answer. */
	#try(line: string): boolean {
		try {
			const answer = this.#player.run(line);
			const pd = this.#player.instance?.pd;
			if (this.v418 && pd !== undefined && looks_later(pd))
				throw new Undefined('a timer decides');
			this.#trace.push(...answer);
			this.#lines.push(line);
			return true;
		} catch (error) {
			if (!(error instanceof Undefined))
				throw error;
			// It may have stopped half-way.
			this.#player = new Player(this.nr_cpus, this.v418);
			this.#lines.forEach((earlier) => this.#player.run(earlier));
			return false;
		}
	}

	/**
	 * Let the CPUs finish. In 4.18 an object can miss its turn by a race, then its timer is waited
	 * for as well.
	 */
	#wait(): void {
		if (this.#busy !== 'no')
			this.#try(
				this.v418 && !this.#timer && this.#player.instance !== null ? 'settle' : 'quiet',
			);
		this.#busy = 'no';
	}

	add(sketch: string): void {
		for (const line of sketch.split('; '))
			this.#add(line);
		this.#look();
	}

	/** What has come of it? Where nothing is on its way that costs no waiting. */
	#look(): void {
		if (this.#busy !== 'no' || this.#player.instance === null)
			return;
		const last = this.#lines.at(-1);
		if (last !== 'state' && last !== 'timer')
			this.#try('state');
		if (last?.startsWith('quiet') === true && this.v418 && !this.#timer)
			this.#try('timer');
	}

	#add(sketch: string): void {
		const { objects } = this.#player;
		let line = sketch;
		if (line.includes('@')) {
			if (objects.length === 0)
				return;
			const ids = Array.from(line.matchAll(/@(\d+)/g), ([, n]) => Number(n) % objects.length)
				.sort((a, b) => a - b);
			line = line.replace(/@\d+ @\d+/, `${ids[0]} ${(ids[1] ?? 0) + 1}`).replace(/@\d+/,
				String(ids[0]));
		}
		if (this.#busy === 'held' && !line.startsWith('submit') || !MAY_HURRY.test(line))
			this.#wait();
		if (line.startsWith('submit'))
			this.#submit(line.split(' '));
		else if (line.startsWith('release'))
			this.#release(line.split(' '));
		else if (this.#timer && /^(?:settle|timer)/.test(line))
			// A second that would be waited for, or an answer that depends on one.
			this.#try('quiet');
		else
			this.#try(line);
	}

	#submit([, count, cb, mode]: readonly string[]): void {
		const refcnt = this.#player.instance?.pd.refcnt ?? 0;
		// Two CPUs that finish objects at once can miss a turn in 4.18; with objects held its timer
		// would tick for nothing.
		const n = this.v418 && mode !== 'hold'
			? Math.min(Number(count), refcnt > 0 ? 1 : 3)
			: Number(count);
		if (refcnt + n > MAX_OBJ_NUM && mode !== 'hold')
			return;
		// What is on its way counts against the limit as well.
		if (this.v418 && refcnt > 0 || refcnt + n > MAX_OBJ_NUM / 2
			|| this.#player.blocked !== null)
			this.#wait();
		if (this.#try(`submit ${n} ${cb} ${mode}`) && this.#player.instance !== null)
			this.#busy = mode === 'hold' || this.#busy === 'held' || this.v418 && refcnt > 0
				? 'held'
				: 'sync';
	}

	#release([name, a, b, order, where]: readonly string[]): void {
		// One at a time, for the same reason.
		const end = this.v418 && where !== undefined && where !== 'own' ? String(Number(a) + 1) : b;
		if (this.#try(
			[name, a, end, ...name === 'release' ? [order, where ?? 'own'] : []].join(' '),
		) && this.#player.instance !== null)
			this.#busy = 'held';
	}

	/** Let everything go, look at everything. */
	end(): Script {
		for (const last of ['fail 0', `release 0 ${this.#player.objects.length} fwd`, 'quiet',
			'trace', 'summary', 'state', 'free'])
			this.add(last);
		return { lines: this.#lines, trace: this.#trace };
	}
}

export function script(sketch: readonly string[], nr_cpus: number, v418: boolean): Script {
	const writer = new Writer(nr_cpus, v418);
	sketch.forEach((line) => writer.add(line));
	return writer.end();
}
