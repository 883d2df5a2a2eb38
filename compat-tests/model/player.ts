// SPDX-License-Identifier: GPL-2.0-only
//
// The scenario language over the model: commands in, the trace out that the port has to give
// (compat-tests/golden/README.md).
import { cpus_of, has, Mask, mask_text, parse_mask_text } from './masks.js';
import { Block, Instance, Job, Sleeping, System, Undefined } from './model.js';

const RETURNS: Readonly<Record<string, number>> = { DONE: 0, OK: 1, STOP: 0x8001, BAD: 0x8002,
	'-EINVAL': -22, '-ENOMEM': -12 };
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', 0: '\0' };
const unescape = (quoted: string): string =>
	quoted.slice(1, -1).replace(/\\(.)/gs, (_, c: string) => ESCAPES[c] ?? c);

/** Answered also while a command is blocked; everything else would wait for it, or race with it. */
const NEVER_SLEEPS =
	/^(?:env|echo|state|submit|release|release_missed|quiet|settle|timer|trace|summary|kobj_get|alloc|alloc_possible) ?/;
/** Answered without an instance. */
const NO_INSTANCE =
	/^(?:env|echo|alloc|alloc_possible|trace|summary|fail|cpu|release|release_missed|reset|again|quiet|sysread|syswrite) ?/;

interface Submitted extends Job {
	readonly rc: string;
}

export class Player {
	readonly sys: System;
	instance: Instance | null = null;
	objects: Submitted[] = [];
	/** A command that waits for objects. */
	blocked: { readonly line: string; readonly work: Sleeping<string> } | null = null;
	#serials: { readonly cb: number; readonly id: number }[] = [];
	#events: string[] = [];
	#blocks = new Map<number, Block>();
	#in_sysfs = false;

	constructor(readonly nr_cpus: number, readonly v418: boolean) {
		this.sys = new System(nr_cpus, v418);
	}

	get held(): Submitted[] {
		return this.objects.filter((job) => job.state === 'held' && job.rc === '0');
	}

	/** @returns the lines of the trace. @throws Undefined */
	run(line: string): string[] {
		if (line.trim() === '' || line.startsWith('#'))
			return [];
		if (line.startsWith('echo '))
			return [`-- ${line.slice(5)}`];
		if (this.blocked !== null && !NEVER_SLEEPS.test(line))
			throw new Undefined(`${line} while ${this.blocked.line} is blocked`);
		const [name, ...args] = line.match(/"(?:[^"\\]|\\.)*"|\S+/gs)!;
		const [result, ...body] = this.instance === null && !NO_INSTANCE.test(line)
			? ['no instance']
			: this.#execute(name, args, line);
		const late = this.#resume();
		return [...this.#events.splice(0), ...late,
			`${name === 'trace' ? name : line} => ${result}`, ...body.map((text) => `| ${text}`)];
	}

	/** Go on with a command that is blocked. */
	#resume(): string[] {
		const step = this.blocked?.work.next();
		if (step?.done !== true)
			return [];
		const { line } = this.blocked!;
		this.blocked = null;
		return [`! ${line} => ${step.value}`];
	}

	/** Begin with a command that may sleep. */
	#call(line: string, work: Sleeping<string>): string[] {
		const step = work.next();
		if (step.done === true)
			return [step.value];
		this.blocked = { line, work };
		return [`blocked (${this.held.length} held)`];
	}

	#execute(name: string, args: readonly string[], line: string): string[] {
		const inst = this.instance!;
		const numbers = args.map(Number);
		switch (name) {
			case 'env':
				return [
					`nr_cpu_ids=${this.nr_cpus} possible=${
						this.#text((1n << BigInt(this.nr_cpus)) - 1n)
					} online=${this.#text(this.sys.online)}`,
				];
			case 'alloc':
				return [this.#alloc(this.#mask(args[0]), this.#mask(args[1]))];
			case 'alloc_possible': {
				const all = (1n << BigInt(this.nr_cpus)) - 1n;
				return [this.#alloc(all, all)];
			}
			case 'start':
				return [inst.start()];
			case 'stop':
				return this.#call(line, inst.stop());
			case 'free':
			case 'kobj_put':
				return this.#call(line, this.#put(inst));
			case 'kobj_get':
				if (inst.refs === 0)
					throw new Undefined('a reference to what is being freed');
				return [`references=${++inst.refs}`];
			case 'set_cpumask':
				return this.#call(line, this.#set_cpumask(inst, args[0], this.#mask(args[1])));
			case 'set_cpumasks':
				return this.#call(line,
					inst.set_cpumasks({ p: this.#mask(args[0]), cb: this.#mask(args[1]) }));
			case 'add_cpu':
				return this.#call(line, inst.add_cpu(numbers[0], numbers[1]));
			case 'remove_cpu':
				return this.#call(line, inst.remove_cpu(numbers[0], numbers[1]));
			case 'cpu':
				if (numbers[0] >= this.nr_cpus)
					return ['-ENOENT'];
				return this.#call(line, numbers[1] !== 0
					? this.sys.cpu_up(numbers[0], this.instance)
					: this.sys.cpu_down(numbers[0], this.instance));
			case 'fail':
				this.sys.fail_nth(numbers[0]);
				return ['0'];
			case 'notifier_register':
				return [this.#register(inst, args)];
			case 'notifier_unregister':
				return [this.#unregister(inst, numbers[0])];
			case 'show':
				return [this.#show(inst, args[0])];
			case 'store':
				return this.#call(line,
					this.#store(inst, args[0], unescape(args.slice(1).join(' '))));
			case 'sysfs_add':
				if (this.#in_sysfs || this.sys.failing)
					throw new Undefined('added twice, or who else allocates is not said');
				this.#in_sysfs = true;
				return ['0'];
			case 'sysread':
				if (this.sys.failing)
					throw new Undefined('who else allocates is not said');
				return [this.#in_sysfs ? this.#show(inst, args[0]) : '-ENOENT'];
			case 'syswrite':
				return this.#in_sysfs
					? this.#call(line,
						this.#write(inst, args[0], unescape(args.slice(1).join(' '))))
					: ['-ENOENT'];
			case 'submit':
				return [this.#submit(inst, numbers[0], args[1], args[2])];
			case 'release':
				return [this.#release(this.#ordered(args), args[3] ?? 'own', false)];
			case 'release_missed':
				return [this.#release(this.#range(args), 'own', true)];
			case 'again':
				return [this.#again(numbers[0])];
			case 'reset':
				if (this.held.length > 0)
					throw new Undefined('nobody could release them');
				this.objects = [];
				this.#serials = [];
				return ['0'];
			case 'quiet':
				return [this.instance === null ? 'no instance' : `refcnt=${inst.pd.refcnt}`];
			case 'settle':
				while (inst.pd.timer)
					inst.timer_fires();
				return [`refcnt=${inst.pd.refcnt} timer=idle`];
			case 'timer':
				return [inst.pd.timer ? 'armed' : 'idle'];
			case 'seq':
				if (inst.pd.refcnt > 0)
					throw new Undefined('objects with other numbers are in flight');
				inst.pd.seq = numbers[0] - 1 | 0;
				inst.pd.processed = numbers[0] | 0;
				return ['0'];
			case 'state':
				return [this.#state(inst)];
			case 'trace':
				return this.#trace(args);
			case 'summary':
				return [this.#summary()];
			default:
				throw new Error(`the model does not know "${line}"`);
		}
	}

	#text(mask: Mask): string {
		return mask_text(mask, this.nr_cpus);
	}

	#mask(hex: string): Mask {
		return BigInt(`0x${hex}`);
	}

	// ---- the instance
	// ---------------------------------------------------------------------------------------------

	#alloc(p: Mask, cb: Mask): string {
		if (this.instance !== null)
			return '-EEXIST';
		this.instance = Instance.alloc(this.sys, { p, cb },
			({ id, cb: cpu }) => this.#serials.push({ cb: cpu, id }),
			(block, action) => this.#notify(block, action));
		return this.instance === null ? 'NULL' : 'instance';
	}

	*#put(inst: Instance): Sleeping<string> {
		if (--inst.refs > 0)
			return `references=${inst.refs}`;
		yield* inst.release();
		this.instance = null;
		this.#in_sysfs = false;
		this.#blocks.clear();
		return 'released';
	}

	*#set_cpumask(inst: Instance, type: string, mask: Mask): Sleeping<string> {
		if (type === 'par' || type === '2')
			return yield* inst.set_cpumasks({ p: mask });
		if (type === 'ser' || type === '1')
			return yield* inst.set_cpumasks({ cb: mask });
		return '-EINVAL';
	}

	#show(inst: Instance, attribute: string): string {
		const text = this.#text(attribute === 'serial' ? inst.user.cb : inst.user.p);
		return `${text.length + 1} "${text}\\n"`;
	}

	*#store(inst: Instance, attribute: string, text: string): Sleeping<string> {
		const mask = parse_mask_text(text, this.nr_cpus);
		if (typeof mask === 'string')
			return mask;
		const err = yield* inst.set_cpumasks(attribute === 'serial' ? { cb: mask } : { p: mask });
		return err === '0' ? String(text.length) : err;
	}

	/** Nothing written is no call. */
	*#write(inst: Instance, attribute: string, text: string): Sleeping<string> {
		return text === '' ? '0' : yield* this.#store(inst, attribute, text);
	}

	#register(inst: Instance, [id, priority, ret, call]: readonly string[]): string {
		const known = this.#blocks.get(Number(id));
		const block = known
			?? { id: Number(id), priority: Number(priority), ret: RETURNS[ret] ?? Number(ret),
				call: call ?? '' };
		const err = inst.register(block);
		if (err === '0')
			this.#blocks.set(block.id, block);
		return err;
	}

	#unregister(inst: Instance, id: number): string {
		const err = inst.unregister(this.#blocks.get(id));
		if (err === '0')
			this.#blocks.delete(id);
		return err;
	}

	#flags(inst: Instance): string {
		return (['INIT', 'RESET', 'INVALID'] as const).filter((flag) => inst[flag]).join('|')
			|| '0';
	}

	#notify(block: Block, action: number): void {
		const inst = this.instance!;
		const { p, cb } = inst.pd.usable;
		this.#events.push(
			`! notify id=${block.id} action=${action} pcpu=${this.#text(p)} cbcpu=${
				this.#text(cb)
			} flags=${this.#flags(inst)} `
				+ `user=${this.#text(inst.user.p)}/${
					this.#text(inst.user.cb)
				} locked=yes current=yes submit=${inst.may_parallel(cpus_of(cb)[0] ?? 0)}`,
		);
	}

	#state(inst: Instance): string {
		const { pd, user } = inst;
		const index = Array.from({ length: this.nr_cpus }, (_, cpu) => pd.index.get(cpu) ?? -1);
		return `flags=${this.#flags(inst)} user=${this.#text(user.p)}/${
			this.#text(user.cb)
		} usable=${this.#text(pd.usable.p)}/${this.#text(pd.usable.cb)} `
			+ `refcnt=${pd.refcnt} reorder=${pd.reorder_objects} processed=${
				pd.processed >>> 0
			} seq=${pd.seq} index=${index.join(',')}`;
	}

	// ---- objects
	// ---------------------------------------------------------------------------------------------

	#submit(inst: Instance, count: number, cb: string, mode: string): string {
		if (mode === 'twice' && this.v418)
			throw new Undefined('an object in two lists');
		const first = this.objects.length;
		const results = new Map<string, number>();
		for (let i = 0; i < count; i++) {
			const job: Job = { id: first + i, cb: cb === 'rr' ? i % this.nr_cpus : Number(cb),
				hold: mode === 'hold', pd: null, cpu: -1, seq: 0, state: 'released' };
			const rc = inst.do_parallel(job);
			this.objects.push(Object.assign(job, { rc }));
			results.set(rc, (results.get(rc) ?? 0) + 1);
		}
		if (count === 1)
			return `${[...results.keys()][0]} ids=${first}`;
		const errors = ['-EINVAL', '-EBUSY'].filter((rc) => results.has(rc)).map((rc) =>
			` ${rc}=${results.get(rc)!}`
		);
		return `ok=${results.get('0') ?? 0}${errors.join('')} ids=${first}-${first + count - 1}`;
	}

	#range([a, b]: readonly string[]): Submitted[] {
		return this.objects.slice(Number(a ?? 0),
			b === undefined ? undefined : Math.max(Number(a), Number(b)));
	}

	#ordered(args: readonly string[]): Submitted[] {
		const range = this.#range(args);
		const [, m, r] = /^mod:(\d+):(\d+)$/.exec(args[2] ?? '') ?? [];
		switch (args[2] ?? 'fwd') {
			case 'fwd':
				return range;
			case 'rev':
				return range.reverse();
			case 'scramble':
				return range.map((_, i) => range[(i * 7919 + 13) % range.length]);
			default:
				return range.filter(({ id }) => id % Number(m) === Number(r));
		}
	}

	#release(jobs: readonly Submitted[], where: string, missed: boolean): string {
		const place = where.startsWith('cpu') ? Number(where.slice(3)) : null;
		let released = 0;
		for (const job of jobs) {
			if (job.rc !== '0' || job.state !== 'held')
				continue;
			if (!has(this.sys.online, place ?? job.cpu))
				throw new Undefined('on a CPU that is offline');
			this.instance!.do_serial(job, missed);
			released++;
		}
		return `released=${released}`;
	}

	#again(id: number): string {
		const job = this.objects[id] as Submitted | undefined;
		if (this.v418 || job === undefined || job.state === 'held' || job.rc !== '0'
			|| !has(this.sys.online, job.cpu))
			throw new Undefined('a list corrupted, or no such object');
		return 'done';
	}

	#trace(args: readonly string[]): string[] {
		const range = this.#range(args);
		const ids = new Set(range.map(({ id }) => id));
		const ran = this.#serials.filter(({ id }) => ids.has(id));
		const cbs = [...new Set(ran.map(({ cb }) => cb))].sort((x, y) => x - y);
		return [`objects=${range.length}`, ...range.map(({ id, rc, cb, cpu, state }) =>
			rc !== '0'
				? `obj ${id}: rc=${rc} cb=${cb}`
				: `obj ${id}: rc=0 cb=${cb} cpu=${cpu} par=own ser=${
					state === 'done' ? 'cb' : '-'
				} state=${state}`
		),
			...cbs.map((cb) =>
				`serial cb=${cb}: ${
					ran.filter((call) => call.cb === cb).map(({ id }) => id).join(' ')
				}`
			)];
	}

	#summary(): string {
		const accepted = this.objects.filter(({ rc }) => rc === '0');
		const last = new Map<number, number>();
		let descents = 0;
		for (const { cb, id } of this.#serials) {
			if (id < (last.get(cb) ?? -1))
				descents++;
			last.set(cb, id);
		}
		const refused = (err: string): number => this.objects.filter(({ rc }) => rc === err).length;
		const per_cpu = Array.from({ length: this.nr_cpus },
			(_, cpu) => accepted.filter((job) => job.cpu === cpu).length);
		return `objects=${this.objects.length} accepted=${accepted.length} einval=${
			refused('-EINVAL')
		} ebusy=${refused('-EBUSY')} `
			+ `done=${
				accepted.filter(({ state }) => state === 'done').length
			} held=${this.held.length} par_elsewhere=0 ser_elsewhere=0 repeated=0 `
			+ `bh_on=0 descents=${descents} info_changed=0 per_cpu=${per_cpu.join(',')}`;
	}
}
