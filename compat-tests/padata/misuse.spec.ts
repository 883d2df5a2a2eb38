// SPDX-License-Identifier: GPL-2.0-only
//
// What would corrupt or hang the kernel is refused, the kernel log names it, and everything goes on
// (docs/kernel-4.18.md 9). Callbacks that throw, or that are not there, are reported and do not
// hold up the others.
import '../../lib/index.js';
import { expect } from 'chai';
import { cpu_online, EALREADY, EDEADLK, EINVAL, errno_name, flush_workqueue, kernel_kobj, kfree,
	kobject_add, kset, kset_create_and_add, kset_unregister, load, LogRecord, PADATA_CPU_PARALLEL,
	PADATA_CPU_SERIAL, padata_add_cpu, padata_alloc, padata_alloc_possible, padata_do_parallel,
	padata_do_serial, padata_free, padata_instance, padata_priv, padata_register_cpumask_notifier,
	padata_remove_cpu, padata_set_cpumask, padata_set_cpumasks, padata_start, padata_stop,
	padata_unregister_cpumask_notifier, store_function } from '../../lib/index.js';
import { set, use_machine } from '../support/machine.js';
import { calls, job, NOTHING, notified, Parallel, Serial } from './api.jobs.js';
import { Instance, JOBS, mask } from './instance.js';

const S = PADATA_CPU_SERIAL;
const P = PADATA_CPU_PARALLEL;
const j = job.offset;

describe('padata: misuse', () => {
	const t = use_machine({ nr_cpus: 4 }, JOBS);
	afterEach(() => {
		notified.length = 0;
	});

	const records = (kind: LogRecord['kind']): string[] =>
		t().log().filter((record) => record.kind === kind).map(({ text }) => text);
	/** The log has exactly one record of misuse, which matches. */
	const misuse = (pattern: RegExp, count = 1): void => {
		t().expect_log(pattern);
		const texts = records('misuse');
		expect(texts.filter((text) => pattern.test(text)), texts.join('\n')).to.have.length(count);
	};
	const hex = (n: number): string => n.toString(16);

	it('cb_cpu out of range: -EINVAL', () => {
		const i = new Instance(t()).start();
		const at = i.job(0);
		for (const cpu of [4, 5, 63, 64, 8191, 8192, 1e9, 2 ** 31, 2 ** 53, -1, -1e9, NaN, Infinity,
			-Infinity, 0.5])
			expect(errno_name(i.submit(at, cpu)), String(cpu)).to.equal('-EINVAL');
		expect([i.refcnt(), errno_name(i.submit(at, 3))]).to.deep.equal([0, '0']);
		i.wait(1);
	});

	for (const [name, call] of [['padata_add_cpu', padata_add_cpu], ['padata_remove_cpu',
		padata_remove_cpu]] as const)
		it(`${name}: cpu out of range: -EINVAL`, () => {
			const i = new Instance(t()).start();
			const state = i.state();
			const cpus = [4, 64, 8192, 1e9, 2 ** 53, -1, NaN, Infinity, 0.5];
			for (const cpu of cpus)
				for (const bits of [S, P, S | P])
					expect(call(i.at, cpu, bits), String(cpu)).to.equal(-EINVAL);
			expect([i.state(), i.probe(3)]).to.deep.equal([state, '0']);
			misuse(new RegExp(`${name}: there is no cpu `), cpus.length * 3);
		});

	it('an object that is in flight cannot be submitted: -EALREADY', () => {
		const i = new Instance(t()).start();
		const other = new Instance(t()).start();
		const [busy, held] = [i.run(0, 0, { parallel: Parallel.gate }),
			i.run(1, 0, { parallel: Parallel.hold })];
		const queued = [2, 3, 4].map((id) => i.run(id, 0));
		i.entered(busy);
		i.entered(held);
		// In parallel(), queued behind it on its CPU, outstanding, waiting for its turn; and with
		// another instance.
		for (const at of [busy, held, queued[2]]) {
			expect(i.submit(at)).to.equal(-EALREADY);
			expect(other.submit(at)).to.equal(-EALREADY);
			misuse(
				new RegExp(
					`padata_do_parallel: object ${hex(at + j.priv)} on cpu -1 is in flight already`,
				),
				2,
			);
		}
		expect(
			records('misuse').some((text) => /in parallel\(\)/.test(text))
				&& records('misuse').some((text) => /\(queued\)/.test(text)),
		).to.equal(true);
		set(i.gate);
		i.release(held);
		expect(i.wait(5)).to.deep.equal([0, 1, 2, 3, 4]);
		expect(errno_name(i.submit(busy))).to.equal('0');
		expect(i.wait(6)).to.have.length(6);
		expect(other.refcnt()).to.equal(0);
	});

	it('what is no object cannot be submitted: -EINVAL', () => {
		const i = new Instance(t()).start();
		for (const at of [0, 1, 4095, -8, NaN, i.job(0) + j.priv + 4])
			expect(errno_name(padata_do_parallel(i.at, at, 0)), String(at)).to.match(
				/^-E(?:INVAL|ALREADY)$/,
			);
		misuse(/padata_do_parallel: .* is not the address of a padata_priv/, 6);
		expect([i.refcnt(), i.probe()]).to.deep.equal([0, '0']);
	});

	it('padata_do_serial: never submitted, NULL, wild', () => {
		const i = new Instance(t()).start();
		const at = i.job(0) + j.priv;
		padata_do_serial(at);
		misuse(
			new RegExp(
				`padata_do_serial: object ${
					hex(at)
				} on cpu -1 is not outstanding \\(not in flight\\)`,
			),
		);
		for (const wild of [0, 8, NaN, -8])
			padata_do_serial(wild);
		misuse(/padata_do_serial: object .* is not outstanding \(no address\)/, 4);
		expect([i.refcnt(), i.probe()]).to.deep.equal([0, '0']);
	});

	it('padata_do_serial: twice in parallel(), in serial(), and behind it', () => {
		const i = new Instance(t()).start();
		const twice = i.run(0, 1, { parallel: Parallel.twice });
		i.wait(1);
		// serial() may come before the second call.
		flush_workqueue(i.wq);
		misuse(
			new RegExp(
				`padata_do_serial: object ${hex(twice + j.priv)} on cpu 0 is not outstanding`,
			),
		);
		const in_serial = i.run(1, 1, { serial: Serial.twice });
		i.wait(2);
		misuse(
			new RegExp(
				`padata_do_serial: object ${hex(in_serial + j.priv)} on cpu 1 is not outstanding`,
			),
		);
		padata_do_serial(in_serial + j.priv);
		misuse(
			new RegExp(
				`padata_do_serial: object ${hex(in_serial + j.priv)} on cpu -1 is not outstanding`,
			),
		);
		padata_stop(i.at);
		expect([twice, in_serial].map((at) => [load(at + j.par_n), load(at + j.ser_n)])).to.deep
			.equal([[1, 1], [1, 1]]);
		expect(i.refcnt()).to.equal(0);
	});

	it('padata_do_serial: waiting for its turn, or queued', () => {
		const i = new Instance(t()).start();
		const [first, second] = [i.run(0, 0, { parallel: Parallel.gate }),
			i.run(1, 0, { parallel: Parallel.hold })];
		i.run(2);
		i.run(3);
		const queued = i.run(4);
		i.entered(first);
		i.entered(second);
		i.release(second);
		padata_do_serial(second + j.priv);
		misuse(
			new RegExp(
				`object ${
					hex(second + j.priv)
				} on cpu -1 is not outstanding \\(waiting for its turn\\)`,
			),
		);
		padata_do_serial(queued + j.priv);
		misuse(
			new RegExp(`object ${hex(queued + j.priv)} on cpu -1 is not outstanding \\(queued\\)`),
		);
		set(i.gate);
		expect(i.wait(5)).to.deep.equal([0, 1, 2, 3, 4]);
	});

	it('kfree of an object in flight: refused; afterwards it is free', () => {
		const i = new Instance(t()).start();
		const held = i.run(0, 0, { parallel: Parallel.hold });
		i.entered(held);
		kfree(held);
		misuse(new RegExp(`kfree: object ${hex(held)} .*in flight`));
		i.release(held);
		i.wait(1);
		padata_stop(i.at);
		expect(load(held + j.ser_n)).to.equal(1);
	});

	/** What the calls return where they may not sleep. */
	const refusals: Record<string, number> = { padata_stop: NOTHING, padata_free: NOTHING,
		padata_alloc: 0, flush_workqueue: NOTHING, destroy_workqueue: NOTHING };
	const sleepers = calls.filter(({ name }) => !name.startsWith('sysfs'));

	for (const [where, options] of [['parallel()', { parallel: Parallel.call }], ['serial()', {
		serial: Serial.call,
	}]] as const)
		for (const { name } of sleepers)
			it(`${name} from ${where}`, () => {
				const i = new Instance(t()).start();
				const block = i.block(1);
				const spare = i.block(2);
				padata_register_cpumask_notifier(i.at, block);
				const state = i.state();
				const arg = i.args(mask(t(), 1),
					name === 'padata_unregister_cpumask_notifier' ? block : spare);
				const at = i.run(0, 1, { ...options,
					op: calls.findIndex((call) => call.name === name), arg });
				i.run(1, 1);
				i.wait(2);
				expect([load(at + j.returned), load(at + j.ret)]).to.deep.equal([1,
					refusals[name] ?? -EDEADLK]);
				misuse(new RegExp(`sleeping function called from invalid context: ${name}`));
				expect(i.state()).to.deep.equal(state);
				expect(cpu_online(1)).to.equal(true);
				padata_stop(i.at);
				expect([i.refcnt(), i.flags()]).to.deep.equal([0, '0']);
			});

	for (const { name } of sleepers.filter((call) => !/workqueue|alloc/.test(call.name)))
		it(`${name} from a notifier of the instance`, () => {
			const i = new Instance(t()).start();
			const arg = i.args(mask(t(), 1), i.block(2));
			const nb = i.block(1, { op: calls.findIndex((call) => call.name === name) + 1, arg });
			padata_register_cpumask_notifier(i.at, nb);
			expect(padata_set_cpumask(i.at, P, mask(t(), 2, 3))).to.equal(0);
			expect(notified.map(({ id, ret }) => [id, ret])).to.deep.equal([[1,
				refusals[name] ?? -EDEADLK]]);
			misuse(
				name.startsWith('padata')
					? new RegExp(`${name}: called by a notifier of the same instance ${hex(i.at)}`)
					: new RegExp(name),
			);
			expect([i.flags(), i.usable(), i.references(), i.probe(1)]).to.deep.equal(['INIT', {
				p: [2, 3],
				cb: [0, 1, 2, 3],
			}, 1, '0']);
			expect(cpu_online(1)).to.equal(true);
		});

	it('a notifier may make an instance, and use another one', () => {
		const i = new Instance(t()).start();
		const other = new Instance(t()).start();
		const arg = other.args(mask(t(), 1));
		padata_register_cpumask_notifier(i.at,
			i.block(1, { op: calls.findIndex(({ name }) => name === 'padata_set_cpumasks') + 1,
				arg }));
		expect(padata_set_cpumask(i.at, P, mask(t(), 2))).to.equal(0);
		expect([notified[0].ret, other.usable()]).to.deep.equal([0, { p: [1], cb: [1] }]);
	});

	for (const name of ['sysfs_read', 'sysfs_write'])
		it(`${name} of the instance from its notifier`, () => {
			const i = new Instance(t()).start();
			const set_of = kset_create_and_add('api', 0, kernel_kobj());
			t().at_end(() => kset_unregister(set_of));
			t().at_end(() => i.free());
			expect(
				kobject_add(i.at + padata_instance.offset.kobj, set_of + kset.offset.kobj, 'one'),
			).to.equal(0);
			padata_register_cpumask_notifier(i.at,
				i.block(1, { op: calls.findIndex((call) => call.name === name) + 1,
					arg: i.args() }));
			expect(padata_set_cpumask(i.at, P, mask(t(), 2))).to.equal(0);
			expect(notified[0].ret).to.equal(-EDEADLK);
			misuse(/called by a notifier of the same instance/);
			expect([i.flags(), i.user().cb, i.probe(1)]).to.deep.equal(['INIT', [0, 1, 2, 3], '0']);
		});

	it('what is no instance', () => {
		const wild = [0, 8, -1, NaN, 1e12];
		const m = mask(t(), 0);
		const results: [string, (at: number) => unknown, unknown][] = [
			['padata_start', padata_start, -EINVAL],
			['padata_stop', padata_stop, undefined],
			['padata_free', padata_free, undefined],
			['padata_set_cpumask', (at) => padata_set_cpumask(at, P, m), -EINVAL],
			['padata_set_cpumasks', (at) => padata_set_cpumasks(at, m, m), -EINVAL],
			['padata_add_cpu', (at) => padata_add_cpu(at, 0, P), -EINVAL],
			['padata_remove_cpu', (at) => padata_remove_cpu(at, 0, P), -EINVAL],
			['padata_register_cpumask_notifier', (at) => padata_register_cpumask_notifier(at, m),
				-EINVAL],
			['padata_unregister_cpumask_notifier',
				(at) => padata_unregister_cpumask_notifier(at, m), -EINVAL],
		];
		for (const [name, call, ret] of results) {
			for (const at of wild)
				expect(call(at), `${name}(${at})`).to.equal(ret);
			misuse(new RegExp(`BUG: ${name}: .* is not a padata instance`), wild.length);
		}
	});

	it('padata_alloc: NULL arguments', () => {
		const i = new Instance(t());
		const m = mask(t(), 0);
		expect([padata_alloc(0, m, m), padata_alloc(i.wq, 0, m), padata_alloc(i.wq, m, 0),
			padata_alloc_possible(0), padata_alloc_possible(NaN)]).to.deep.equal([0, 0, 0, 0, 0]);
		for (const [what, n] of [['wq', 3], ['pcpumask', 1], ['cbcpumask', 1]] as const)
			misuse(new RegExp(`padata_alloc: ${what} is not an address`), n);
	});

	for (const [what, options, field, pattern] of [
		['parallel() throws', { parallel: Parallel.throws }, null,
			/^BUG: parallel\(\) parallel of object \w+ on cpu 1 threw RangeError: thrown by parallel/],
		['parallel() throws nothing', { parallel: Parallel.throws_nothing }, null,
			/^BUG: parallel\(\) parallel of object \w+ on cpu 1 threw Error: undefined/],
		['parallel() throws behind padata_do_serial', { parallel: Parallel.throws_after }, null,
			/^BUG: parallel\(\) parallel of object \w+ on cpu 1 threw RangeError: thrown behind/],
		['serial() throws', { serial: Serial.throws }, null,
			/^BUG: serial\(\) serial of object \w+ on cpu 2 threw RangeError: thrown by serial/],
		['parallel is NULL', {}, 'parallel',
			/^BUG: parallel\(\) .* of object \w+ on cpu 1 threw TypeError: call of a NULL function pointer/],
		['serial is NULL', {}, 'serial',
			/^BUG: serial\(\) .* of object \w+ on cpu 2 threw TypeError: call of a NULL function pointer/],
		['parallel() sleeps', { parallel: Parallel.waits }, null, /sleep|atomic|wait_event/],
	] as const)
		it(`${what}: an oops, and the object goes through`, () => {
			const i = new Instance(t()).start();
			i.run(0, 2);
			const at = i.job(1, options);
			if (field !== null)
				store_function(at + j.priv + padata_priv.offset[field], 0);
			expect(i.submit(at, 2)).to.equal(0);
			for (let id = 2; id < 12; id++)
				i.run(id, 2);
			padata_stop(i.at);
			const ids = Array.from({ length: 12 }, (_, n) => n).filter((id) =>
				id !== 1 || field !== 'serial'
			);
			expect([i.wait(ids.length), i.refcnt(), load(at + j.ser_n)]).to.deep.equal([ids, 0,
				field === 'serial' ? 0 : 1]);
			t().expect_log(pattern, ...what === 'parallel() sleeps' ? [/sleeping function/] : []);
			const oopses = t().log().filter(({ kind }) => kind === 'oops');
			expect(oopses).to.have.length(1);
			expect(oopses[0].text).to.match(pattern);
			expect(oopses[0].text).to.match(
				field === 'serial' || /^serial/.test(what) ? /CPU: 2/ : /CPU: 1/,
			);
			// The object can be used again, once it has its functions.
			expect(padata_do_parallel(i.at, at + j.priv, 9)).to.equal(-EINVAL);
			i.start();
			expect(i.probe()).to.equal('0');
		});
});
