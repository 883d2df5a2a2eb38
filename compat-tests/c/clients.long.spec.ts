// SPDX-License-Identifier: GPL-2.0-only
//
// Strangers' clients (clients/) as in clients.spec.ts, but each on a machine of its own.
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import * as k from '../../lib/index.js';
import { source, Workshop } from '../support/c.js';
import { ClientMachine, expect_lines, told } from './client-machine.js';

describe("c: strangers' clients", () => {
	const workshop = new Workshop();
	const c = new ClientMachine(workshop);
	after(() => workshop.remove());
	afterEach(() => c.m.shutdown());

	/**
	 * Unload it; then nothing of it is left. The log is complete when the machine has been shut
	 * down.
	 */
	async function unload(name: string): Promise<void> {
		await c.m.rmmod(name);
		c.expect_nothing_left();
		await c.m.shutdown();
	}

	/** Load a client, wait until it says that it is finished, and unload it. */
	async function run(client: string, params: k.ModuleParams = []): Promise<void> {
		await c.run(client, params);
		await c.m.shutdown();
	}

	/** Load a client that cannot be loaded. @returns the error's code */
	async function refused(client: string, params: k.ModuleParams): Promise<unknown> {
		const error: unknown = await c.m.insmod(c.so(client), params).catch((e: unknown) => e);
		expect(error).to.be.instanceOf(k.ModuleError);
		expect(c.m.modules()).to.deep.equal([]);
		return (error as k.ModuleError).code;
	}

	it('bound.c: a submitter and a callback CPU for each CPU', async () => {
		await c.boot({ nr_cpus: 2 });
		await run('bound');
		expect_lines(c.log.lines, told('bound'));
	});

	it('params.c: parameters of every type, and what each refuses', async () => {
		await c.boot();
		const lines =
			/a_bool=y.*(?:\n \*\t.*)+/.exec(readFileSync(source('clients/params.c'), 'utf8'))![0];
		const words = lines.split(/\n \*\t| /);
		await run('params', words);
		expect_lines(c.log.lines, told('params'));
		await c.boot();
		for (const [wrong, code] of [['percent=101', 'ERANGE'], ['percent=x', 'EINVAL'], [
			'a_byte=300',
			'ERANGE',
		], ['list=1,2,3,4,5', 'EINVAL'], ['nothing=1', 'ENOENT']])
			expect([wrong, await refused('params', [wrong])]).to.deep.equal([wrong, code]);
	});

	it('masks.c: masks from parameters', async () => {
		await c.boot();
		await run('masks', { parallel: '1,3', serial: '4' });
		expect_lines(c.log.lines, told('masks'));
		await c.boot();
		for (const params of ['parallel=0-x', 'parallel=3-1', 'serial=fg'])
			expect([params, await refused('masks', [params])]).to.deep.equal([params, 'EINVAL']);
		c.expect_nothing_left();
	});

	it('attrs.c: files below /sys/kernel', async () => {
		await c.boot();
		const end = c.power_off();
		await c.m.insmod(c.so('attrs'));
		expect(k.write_file('/sys/kernel/attrs/scale', '3\n')).to.equal(2);
		expect(k.write_file('/sys/kernel/attrs/run', '5')).to.equal(1);
		expect(k.write_file('/sys/kernel/attrs/scale', 'x')).to.be.lessThan(0);
		expect(k.read_file('/sys/kernel/attrs/sum')).to.equal('30\n');
		expect(k.read_file('/sys/kernel/attrs/stats/jobs')).to.equal('5\n');
		expect(k.read_file('/sys/kernel/attrs/stats/runs')).to.equal('1\n');
		expect(k.read_file('/sys/kernel/attrs/object/value')).to.equal('42\n');
		expect(k.write_file('/sys/kernel/attrs/run', '0')).to.equal(1);
		await end;
		await unload('attrs');
		expect_lines(c.log.lines, told('attrs'));
	});

	it('proc.c: files below /proc and /sys/kernel/debug', async () => {
		await c.boot();
		await c.m.insmod(c.so('proc'));
		expect(k.read_file('/proc/padata_stats')).to.equal('jobs 16\nserial 16\n');
		expect(k.list_dir('/proc')).to.deep.equal(['padata_stats']);
		expect(k.read_file('/sys/kernel/debug/padata_test/serialised')).to.equal('16\n');
		await unload('proc');
		expect_lines(c.log.lines, told('proc'));
	});

	it('hotplug.c: callbacks of its own for CPUs that come and go', async () => {
		await c.boot({ nr_cpus: 2 });
		await c.m.insmod(c.so('hotplug'));
		expect(await k.cpu_down_async(1)).to.equal(0);
		expect(await k.cpu_up_async(1)).to.equal(0);
		await unload('hotplug');
		expect_lines(c.log.lines, told('hotplug'));
	});

	it('exporter.c, importer.c: one module uses another', async () => {
		await c.boot();
		const importer = c.so('importer');
		const error = await c.m.insmod(importer).catch((e: unknown) => e) as k.ModuleError;
		expect(error.code).to.equal('ENOENT');
		expect(error.missing).to.include('engine_submit');
		await c.m.insmod(c.so('exporter'));
		const end = c.power_off();
		await c.m.insmod(importer);
		const busy = await c.m.rmmod('exporter').catch((e: unknown) => e) as k.ModuleError;
		expect([busy.code, busy.message]).to.deep.equal(['EBUSY',
			'rmmod: exporter is in use by importer']);
		await end;
		await c.m.rmmod('importer');
		await unload('exporter');
		expect_lines(c.log.lines, told('importer'));
		expect_lines(c.log.lines, told('exporter'));
	});

	it('fail-nodev.c, missing-symbol.c: are not loaded', async () => {
		await c.boot();
		const nodev = await c.m.insmod(c.so('fail-nodev')).catch((e: unknown) =>
			e
		) as k.ModuleError;
		expect([nodev.code, nodev.errno]).to.deep.equal(['ENODEV', 19]);
		const missing = await c.m.insmod(c.so('missing-symbol')).catch((e: unknown) =>
			e
		) as k.ModuleError;
		expect([missing.code, missing.missing]).to.deep.equal(['ENOENT', ['frobnicate_device']]);
		c.expect_nothing_left();
		await c.m.shutdown();
		expect_lines(c.log.lines, told('fail-nodev'));
	});

	it('null-parallel.c: an oops that names the job, which goes on to serial()', async () => {
		await c.boot();
		await run('null-parallel');
		expect_lines(c.log.lines, told('null-parallel'));
		expect(c.log.reports.map(({ kind }) => kind)).to.deep.equal(['oops']);
		expect(c.log.reports[0].text).to.match(
			/parallel\(\).*object [\da-f]+ on cpu \d.*NULL function pointer/s,
		);
	});

	it('never-serial.c: jobs wait for ever; is not unloaded while they do', async () => {
		await c.boot();
		const end = c.power_off();
		await c.m.insmod(c.so('never-serial'), { late: '1' });
		await end;
		const busy = await c.m.rmmod('never_serial').catch((e: unknown) => e) as k.ModuleError;
		expect(busy.code).to.equal('EBUSY');
		await c.m.rmmod('never_serial', { force: true });
		c.expect_nothing_left();
		await c.m.shutdown();
		expect_lines(c.log.lines, told('never-serial'));
	});

	it('use-after-free.c, where=1: a double free is reported by the allocator', async () => {
		await c.boot({ nr_cpus: 2, debug: true });
		await run('use-after-free', { where: 1 });
		expect(c.log.reports).to.have.length(1);
		expect(c.log.reports[0].text).to.include('free');
	});

	it('warnings.c', async () => {
		await c.boot();
		await run('warnings');
		expect_lines(c.log.lines, told('warnings'));
		expect(c.log.lines.filter((line) => line.includes('value 3 is odd'))).to.have.length(1);
	});

	it('a module that is unloaded twice at once is so once', async () => {
		await c.boot({ nr_cpus: 2 });
		const end = c.power_off();
		const { name } = await c.m.insmod(c.so('init-wait'));
		await end;
		const results = await Promise.allSettled([c.m.rmmod(name), c.m.rmmod(name)]);
		expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
		expect((results[1] as PromiseRejectedResult).reason).to.have.property('code', 'ENOENT');
		await c.m.shutdown();
		expect(c.log.lines.filter((line) => line === 'init_wait: bye')).to.have.length(1);
	});
});
