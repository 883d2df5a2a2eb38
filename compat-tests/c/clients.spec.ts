// SPDX-License-Identifier: GPL-2.0-only
//
// Clients as strangers write them against a 4.x kernel (clients/), unedited: each compiles, and the log has what the comment at
// its head says, in this order, when it has said that it is finished and has been unloaded. Nothing is left behind.
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import * as k from '../../lib/index.js';
import { source, Workshop } from '../support/c.js';

/** The lines of the log in a client's comment; "..." is any number of lines. */
function told(client: string): string[] {
	const text = readFileSync(source(`clients/${client}.c`), 'utf8');
	const comment = text.slice(0, text.indexOf('\n#'));
	return comment.split('\n').map((line) => /^(?: \*|\/\/)\t(\w+: .*|\.\.\.)$/.exec(line)?.[1]).filter((line) => line !== undefined);
}

describe('c: strangers\' clients', () => {
	const workshop = new Workshop();
	let m: k.Machine;
	let objects: number;
	let log: string[];
	let reports: k.LogRecord[];

	after(() => workshop.remove());

	async function boot(options: k.BootOptions = { nr_cpus: 4 }): Promise<void> {
		m = await k.boot({ native: 'required', ...options });
		log = [];
		reports = [];
		m.on('printk', ({ text }) => log.push(...text.replace(/\n$/, '').split('\n')));
		m.on('oops', (record) => reports.push(record));
		m.on('misuse', (record) => reports.push(record));
		objects = k.slab_objects();
	}
	/** Do several tests share the machine? */
	let shared = false;
	afterEach(async () => {
		if (!shared)
			await m.shutdown();
	});

	const power_off = (): Promise<void> => new Promise((resolve) => { m.once('power_off', () => resolve()); });
	const compiled = new Map<string, string>();
	function so(client: string): string {
		const file = compiled.get(client) ?? workshop.compile(source(`clients/${client}.c`));
		compiled.set(client, file);
		return file;
	}

	/** Does the log have these lines, one after the other? */
	function expect_log(expected: readonly string[]): void {
		const lines = expected.filter((line) => line !== '...');
		let at = 0;
		for (const line of log)
			if (line === lines[at])
				at++;
		expect(lines.slice(at), `missing in this order; the log:\n${log.join('\n')}\n`).to.deep.equal([]);
		expect(lines).to.not.be.empty;
	}

	/** Unload it; then nothing of it is left. */
	async function unload(name: string): Promise<void> {
		await m.rmmod(name);
		expect(m.modules()).to.deep.equal([]);
		expect(k.slab_objects(), 'objects left').to.equal(objects);
		await m.shutdown();
	}

	/** Load a client, wait until it says that it is finished, and unload it. */
	async function run(client: string, params: k.ModuleParams = []): Promise<void> {
		const end = power_off();
		const { name } = await m.insmod(so(client), params);
		await end;
		await unload(name);
	}

	/** Load a client that cannot be loaded. @returns the error's code */
	async function refused(client: string, params: k.ModuleParams): Promise<unknown> {
		const error: unknown = await m.insmod(so(client), params).catch((e: unknown) => e);
		expect(error).to.be.instanceOf(k.ModuleError);
		expect(m.modules()).to.deep.equal([]);
		return (error as k.ModuleError).code;
	}

	describe('one after the other on one machine', () => {
		before(async () => {
			await boot();
			shared = true;
		});
		after(async () => {
			shared = false;
			await m.shutdown();
		});

		/** Load it, wait until it says that it is finished, unload it; then nothing of it is left. @returns what the log got meanwhile */
		async function run_here(client: string): Promise<k.LogRecord[]> {
			const since = (m.dmesg().at(-1)?.seq ?? -1) + 1;
			const end = power_off();
			const { name } = await m.insmod(so(client));
			await end;
			await m.rmmod(name);
			expect(m.modules()).to.deep.equal([]);
			expect(k.slab_objects(), 'objects left').to.equal(objects);
			return m.dmesg(since);
		}

		for (const client of ['kthread', 'init-wait', 'errors', 'from-timer', 'from-work', 'pipeline', 'primes', 'rcu-config', 'slab-percpu', 'waitqueue',
			'crypt-like', 'tasklet', 'locks', 'containers', 'pools', 'race-locked'])
			it(`${client}.c`, async () => {
				const records = await run_here(client);
				log = records.filter(({ kind }) => kind === 'printk').flatMap(({ text }) => text.replace(/\n$/, '').split('\n'));
				expect_log(client === 'race-locked' ? ['race_locked: 2000 jobs, counted 2000'] : told(client));
				if (client !== 'errors')
					expect(records.filter(({ kind }) => kind === 'oops' || kind === 'misuse')).to.deep.equal([]);
			});
	});

	it('bound.c: a submitter and a callback CPU for each CPU', async () => {
		await boot({ nr_cpus: 2 });
		await run('bound');
		expect_log(told('bound'));
	});

	it('params.c: parameters of every type, and what each refuses', async () => {
		await boot();
		const line = /a_bool=y[^\n]*\n \*\t[^\n]*/.exec(readFileSync(source('clients/params.c'), 'utf8'))![0].replace(/\n \*\t/, ' ');
		const words = line.split(' ');
		await run('params', words);
		expect_log(told('params'));
		await boot();
		for (const [wrong, code] of [['percent=101', 'ERANGE'], ['percent=x', 'EINVAL'], ['a_byte=300', 'ERANGE'], ['list=1,2,3,4,5', 'EINVAL'], ['nothing=1', 'ENOENT']])
			expect([wrong, await refused('params', [wrong])]).to.deep.equal([wrong, code]);
	});

	it('masks.c: masks from parameters', async () => {
		await boot();
		await run('masks', { parallel: '1,3', serial: '4' });
		expect_log(told('masks'));
		await boot();
		for (const params of ['parallel=0-x', 'parallel=3-1', 'serial=fg'])
			expect([params, await refused('masks', [params])]).to.deep.equal([params, 'EINVAL']);
		expect(k.slab_objects(), 'objects left').to.equal(objects);
	});

	it('attrs.c: files below /sys/kernel', async () => {
		await boot();
		const end = power_off();
		await m.insmod(so('attrs'));
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
		expect_log(told('attrs'));
	});

	it('proc.c: files below /proc and /sys/kernel/debug', async () => {
		await boot();
		await m.insmod(so('proc'));
		expect(k.read_file('/proc/padata_stats')).to.equal('jobs 16\nserial 16\n');
		expect(k.list_dir('/proc')).to.deep.equal(['padata_stats']);
		expect(k.read_file('/sys/kernel/debug/padata_test/serialised')).to.equal('16\n');
		await unload('proc');
		expect_log(told('proc'));
	});

	it('hotplug.c: callbacks of its own for CPUs that come and go', async () => {
		await boot({ nr_cpus: 2 });
		await m.insmod(so('hotplug'));
		expect(await k.cpu_down_async(1)).to.equal(0);
		expect(await k.cpu_up_async(1)).to.equal(0);
		await unload('hotplug');
		expect_log(told('hotplug'));
	});

	it('exporter.c, importer.c: one module uses another', async () => {
		await boot();
		const importer = so('importer');
		const error = await m.insmod(importer).catch((e: unknown) => e) as k.ModuleError;
		expect(error.code).to.equal('ENOENT');
		expect(error.missing).to.include('engine_submit');
		await m.insmod(so('exporter'));
		const end = power_off();
		await m.insmod(importer);
		const busy = await m.rmmod('exporter').catch((e: unknown) => e) as k.ModuleError;
		expect([busy.code, busy.message]).to.deep.equal(['EBUSY', 'rmmod: exporter is in use by importer']);
		await end;
		await m.rmmod('importer');
		await unload('exporter');
		expect_log(told('importer'));
		expect_log(told('exporter'));
	});

	it('fail-nodev.c, missing-symbol.c: are not loaded', async () => {
		await boot();
		const nodev = await m.insmod(so('fail-nodev')).catch((e: unknown) => e) as k.ModuleError;
		expect([nodev.code, nodev.errno]).to.deep.equal(['ENODEV', 19]);
		const missing = await m.insmod(so('missing-symbol')).catch((e: unknown) => e) as k.ModuleError;
		expect([missing.code, missing.missing]).to.deep.equal(['ENOENT', ['frobnicate_device']]);
		expect(m.modules()).to.deep.equal([]);
		expect(k.slab_objects(), 'objects left').to.equal(objects);
		await m.shutdown();
		expect_log(told('fail-nodev'));
	});

	it('null-parallel.c: an oops that names the job, which goes on to serial()', async () => {
		await boot();
		await run('null-parallel');
		expect_log(told('null-parallel'));
		expect(reports.map(({ kind }) => kind)).to.deep.equal(['oops']);
		expect(reports[0].text).to.match(/parallel\(\).*object [\da-f]+ on cpu \d.*NULL function pointer/s);
	});

	it('never-serial.c: jobs wait for ever; is not unloaded while they do', async () => {
		await boot();
		const end = power_off();
		await m.insmod(so('never-serial'), { late: '1' });
		await end;
		const busy = await m.rmmod('never_serial').catch((e: unknown) => e) as k.ModuleError;
		expect(busy.code).to.equal('EBUSY');
		await m.rmmod('never_serial', { force: true });
		expect(k.slab_objects(), 'objects left').to.equal(objects);
		await m.shutdown();
		expect_log(told('never-serial'));
	});

	for (const [how, what] of ['msleep', 'mutex_lock', 'kmalloc', 'wait_for_completion', 'synchronize_rcu', 'flush_work', '', 'schedul'].entries())
		it(`sleeps.c, how=${how}: ${what} in parallel() is reported, and the job goes on`, async () => {
			await boot({ nr_cpus: 4, debug: true });
			await run('sleeps', { how });
			expect_log([`sleeps: how ${how}: back`]);
			expect(reports).to.not.be.empty;
			expect(reports[0].text).to.match(/sleeping function called from invalid context|scheduling while atomic/).and.include(what);
		});

	it('use-after-free.c, where=1: a double free is reported by the allocator', async () => {
		await boot({ nr_cpus: 2, debug: true });
		await run('use-after-free', { where: 1 });
		expect(reports).to.have.length(1);
		expect(reports[0].text).to.include('free');
	});

	it('warnings.c', async () => {
		await boot();
		await run('warnings');
		expect_log(told('warnings'));
		expect(log.filter((line) => line.includes('value 3 is odd'))).to.have.length(1);
	});

	it('a module that is unloaded twice at once is so once', async () => {
		await boot({ nr_cpus: 2 });
		const end = power_off();
		const { name } = await m.insmod(so('init-wait'));
		await end;
		const results = await Promise.allSettled([m.rmmod(name), m.rmmod(name)]);
		expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
		expect((results[1] as PromiseRejectedResult).reason).to.have.property('code', 'ENOENT');
		await m.shutdown();
		expect(log.filter((line) => line === 'init_wait: bye')).to.have.length(1);
	});

	// pcrypt.c itself is the kernel's, and not here.
	it('stubs/: what the kernel\'s pcrypt.c finds around it compiles', async () => {
		await boot({ nr_cpus: 1 });
		workshop.compile(source('stubs/crypto.c'), { flags: [`-I${source('stubs')}`] });
	});
});
