// SPDX-License-Identifier: GPL-2.0-only
//
// Calls of the API on a thread that has no machine: never booted, shut down, or booted by another
// copy of the package. Each is an exception that says so in one sentence.
import { expect } from 'chai';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Children } from '../support/child.js';
import { jobs } from '../support/machine.js';

const API = new URL('../../lib/index.js', import.meta.url).href;
const PACKAGE = fileURLToPath(new URL('../../../dist/bundle', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What users call first, or go on calling. */
const CALLS = `
	const calls = {
		alloc_workqueue: () => k.alloc_workqueue('w', 0, 0),
		padata_alloc_possible: () => k.padata_alloc_possible(64),
		padata_start: () => k.padata_start(1024),
		padata_do_parallel: () => k.padata_do_parallel(1024, 2048, 0),
		padata_do_serial: () => k.padata_do_serial(2048),
		kmalloc: () => k.kmalloc(100),
		kfree: () => k.kfree(4096),
		load: () => k.load(4096),
		store: () => k.store(4096, 1),
		bytes_at: () => k.bytes_at(4096, 1),
		atomic_fetch_add: () => k.atomic_fetch_add(4096, 1),
		spin_lock: () => k.spin_lock(4096),
		mutex_lock: () => k.mutex_lock(4096),
		printk: () => k.pr_info('x'),
		dmesg: () => k.dmesg(),
		cpu_down: () => k.cpu_down(0),
		get_online_cpus: () => k.get_online_cpus(),
		sysfs_read: () => k.sysfs_read('/sys/kernel'),
		sleep_on: () => k.sleep_on(4096, 0, 1),
		work_on_cpu: () => k.work_on_cpu(0, 5, 0),
		load_module: () => k.load_module('file:///x.js'),
		padata_start_async: () => k.padata_start_async(1024),
		failslab: () => k.failslab({ probability: 1 }),
	};
	const tell = async (names = Object.keys(calls)) => {
		for (const name of names)
			try {
				console.log(name, 'returned', await calls[name]());
			} catch (error) {
				console.log(name, error.message);
			}
	};
`;

describe('machine: no machine', function() {
	this.timeout(20_000);
	const children = new Children();
	let folder: string;
	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-copy-'));
		cpSync(PACKAGE, join(folder, 'dist/bundle'), { recursive: true });
		writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
		symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
	});
	after(() => rmSync(folder, { recursive: true }));
	afterEach(() => children.kill());

	async function lines(script: string): Promise<string[]> {
		const { code, out, err } = await children.run(['--input-type=module', '--eval', `
			import * as k from ${JSON.stringify(API)};
			${CALLS}
			${script}
		`]);
		expect({ code, err }, out).to.deep.equal({ code: 0, err: '' });
		return out.trim().split('\n');
	}

	it('before boot() each call says that none is booted', async () => {
		for (const line of await lines('await tell();'))
			expect(line).to.match(
				/^\w+ padata: (?:\w+: )?no machine is booted in this thread/,
			);
	});

	it('behind shutdown() each call says that it has been shut down', async () => {
		const told = await lines(`
			const machine = await k.boot({ nr_cpus: 1 });
			const fn = await machine.load_module(${JSON.stringify(jobs('work'))});
			await machine.shutdown();
			calls.machine_dmesg = () => machine.dmesg();
			calls.machine_cpus = () => machine.cpus();
			calls.machine_load_module = () => machine.load_module('file:///x.js');
			calls.machine_insmod = () => machine.insmod('/none.so');
			await tell();
			// Another one can be booted, and works.
			const next = await k.boot({ nr_cpus: 1 });
			k.kfree(k.kmalloc(100));
			await next.shutdown();
		`);
		for (const line of told)
			expect(line).to.match(
				/^\w+ padata: (?:\w+: )?(?:this thread's machine has been shut down|no machine is booted in this thread$)/,
			);
	});

	it('a thread cannot join a machine that has been shut down, or none', async () => {
		const told = await lines(`
			const machine = await k.boot({ nr_cpus: 1 });
			const { handle } = machine;
			await machine.shutdown();
			for (const given of [handle, undefined, {}, { memory: 1 }])
				try {
					k.attach(given);
					console.log('attached');
				} catch ({ name, message }) {
					console.log(name, message);
				}
			await (await k.boot({ nr_cpus: 1 })).shutdown();
		`);
		const no_handle =
			'TypeError padata: attach: what it was given is no handle; send machine.handle to the thread in workerData or by a message';
		expect(told).to.deep.equal(['Error padata: attach: the machine has been shut down',
			no_handle, no_handle, no_handle]);
	});

	it('of another copy of the package each call names both copies', async () => {
		const copy = pathToFileURL(join(folder, 'dist/bundle/index.js')).href;
		const told = await lines(`
			const machine = await k.boot({ nr_cpus: 1 });
			const k2 = await import(${JSON.stringify(copy)});
			for (const call of [() => k2.kmalloc(1), () => k2.alloc_workqueue('w', 0, 0),
				() => k2.load_module('file:///x.js'), () => k2.boot()])
				try {
					await call();
					console.log('returned');
				} catch (error) {
					console.log(error.message);
				}
			await machine.shutdown();
			const machine2 = await k2.boot({ nr_cpus: 1 });
			await machine2.shutdown();
		`);
		expect(told).to.have.lengthOf(4);
		for (const line of told)
			expect(line).to.match(
				/^(?:padata|boot): .*another copy of the package \(file:.*; .*import one copy/,
			)
				.and.match(/^[^\n]*$/);
	});

	it('jobs that import another copy are named on the log', async () => {
		const copy = pathToFileURL(join(folder, 'dist/bundle/index.js')).href;
		const module = join(folder, 'jobs.mjs');
		writeFileSync(module, `
			import { padata_do_serial } from ${JSON.stringify(copy)};
			export function parallel(padata) { padata_do_serial(padata); }
			export function serial(padata) {}
		`);
		const told = await lines(`
			const machine = await k.boot({ nr_cpus: 1 });
			machine.on('oops', ({ text }) => console.log(text.split('\\n')[0]));
			const fn = await machine.load_module(${JSON.stringify(pathToFileURL(module).href)});
			const wq = k.alloc_workqueue('w', 0, 0);
			const pinst = k.padata_alloc_possible(wq);
			k.padata_start(pinst);
			const job = k.kzalloc(k.padata_priv.size);
			k.store_function(job + k.padata_priv.offset.parallel, fn.parallel);
			k.store_function(job + k.padata_priv.offset.serial, fn.serial);
			k.padata_do_parallel(pinst, job, 0);
			await k.padata_stop_async(pinst);
			await k.padata_free_async(pinst);
			await machine.shutdown();
		`);
		expect(told).to.have.lengthOf(1);
		expect(told[0]).to.match(
			/^BUG: parallel\(\) .* threw Error: padata: the machine of this thread is that of another copy of the package/,
		);
	});
});
