// SPDX-License-Identifier: GPL-2.0-only
//
// What the package runs is not the modules that the other tests import but one script made of them
// (scripts/setup/bundle.mjs): that it is the same, for whoever imports it and on each thread, in
// processes of their own.
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as modules from '../../lib/index.js';
import { Children } from '../support/child.js';

const MODULES = new URL('../../lib/index.js', import.meta.url);
const BUNDLE = new URL('../../bundle/index.js', import.meta.url);
const folder_of = (url: URL): string => fileURLToPath(new URL('.', url));

describe('machine: the bundle', () => {
	let folder: string;
	const children = new Children();

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-bundle-'));
	});
	afterEach(() => {
		children.kill();
		rmSync(folder, { recursive: true });
	});

	/** A file beside the script. @returns its URL */
	function file(name: string, text: string): string {
		writeFileSync(join(folder, name), text);
		return pathToFileURL(join(folder, name)).href;
	}

	/** Run node, and return what it prints; it must end by itself and not complain. */
	async function node(...args: string[]): Promise<string> {
		const { code, out, err } = await children.run(args);
		expect({ code, err }).to.deep.equal({ code: 0, err: '' });
		return out;
	}

	/** Run a script that has the API as k and its jobs in jobs.mjs. */
	function run(api: URL, jobs: string, script: string): Promise<string> {
		const JOBS = file('jobs.mjs', `import * as k from ${JSON.stringify(api.href)};\n${jobs}`);
		file('script.mjs',
			`import * as k from ${JSON.stringify(api.href)};\nconst JOBS = ${
				JSON.stringify(JOBS)
			};\n${script}`);
		return node(join(folder, 'script.mjs'));
	}

	it('is what the package exports, with all that lib/index.ts does', async () => {
		expect(import.meta.resolve('padata')).to.equal(BUNDLE.href);
		const bundle = await import('padata') as Record<string, unknown>;
		for (const [name, value] of Object.entries(modules)) {
			expect(typeof bundle[name], name).to.equal(typeof value);
			if (typeof value === 'function')
				expect((bundle[name] as typeof value).length, name).to.equal(value.length);
			else if (name !== 'nr_cpu_ids') // what the last machine of this process has left there
				expect(bundle[name], name).to.deep.equal(value);
		}
	});

	const SQUARES = `
		const INPUT = k.padata_priv.size, LOG = INPUT + 4;
		export function parallel(padata) {
			k.store(padata + INPUT, k.load(padata + INPUT) ** 2 + k.nr_cpu_ids * 1000);
			k.padata_do_serial(padata);
		}
		export function serial(padata) {
			const log = k.load(padata + LOG);
			k.store(log + 4 + 4 * k.load(log), k.load(padata + INPUT));
			k.atomic_fetch_add(log, 1);
			k.wake_up(log);
		}
	`;
	const SQUARE = `
		const m = await k.boot({ nr_cpus: 3 });
		const jobs = await m.load_module(JOBS);
		const wq = k.alloc_workqueue('squares', 0, 1);
		const pinst = k.padata_alloc_possible(wq);
		k.padata_start(pinst);
		const log = k.kzalloc(256);
		for (let i = 0; i < 9; i++) {
			const padata = k.kzalloc(k.padata_priv.size + 8);
			k.store_function(padata + k.padata_priv.offset.parallel, jobs.parallel);
			k.store_function(padata + k.padata_priv.offset.serial, jobs.serial);
			k.store(padata + k.padata_priv.size, i);
			k.store(padata + k.padata_priv.size + 4, log);
			k.padata_do_parallel(pinst, padata, 1);
		}
		await k.padata_stop_async(pinst);
		k.wait_event(log, (n) => n === 9);
		await k.padata_free_async(pinst);
		await k.destroy_workqueue_async(wq);
		console.log(Array.from({ length: 9 }, (_, i) => k.load(log + 4 + 4 * i)).join());
	`;
	const SQUARED = `${Array.from({ length: 9 }, (_, i) => i * i + 3000).join()}\n`;

	it("is one kernel on each thread, which the user's modules get as well", async () => {
		expect(await run(BUNDLE, SQUARES, SQUARE)).to.equal(SQUARED);
	});

	// As with two installations of the package.
	it('is one kernel on each thread when a job imports a second copy', async () => {
		expect(await run(BUNDLE, `import ${JSON.stringify(MODULES.href)};\n${SQUARES}`, SQUARE)).to
			.equal(SQUARED);
	});

	it('has variables that change for those who have imported them', async () => {
		expect(await run(BUNDLE, '', `
			const before = k.nr_cpu_ids;
			const m = await k.boot({ nr_cpus: 2 });
			console.log(before, k.nr_cpu_ids);
			await m.shutdown();
			await k.boot({ nr_cpus: 1 });
			console.log(k.nr_cpu_ids);
		`)).to.equal('0 2\n1\n');
	});

	it('names functions in call traces as the modules do', async () => {
		const traces = (api: URL): Promise<string> =>
			run(api, `
			export function run_misuse() { k.kfree(64); }
			export function run_warn() { k.WARN_ON(true, 'wrong'); }
			export function run_bug() { k.BUG_ON(true, 'jobs.mjs:1'); }
			export function run_throw() { throw new RangeError('thrown'); }
		`, `
			const m = await k.boot({ nr_cpus: 1 });
			for (const kind of ['misuse', 'oops', 'printk'])
				m.on(kind, ({ text }) => console.log(text.split('\\n    at ')[0]));
			const jobs = await m.load_module(JOBS);
			for (const name of ['run_misuse', 'run_warn', 'run_bug', 'run_throw']) {
				const w = k.kzalloc(k.delayed_work.size);
				k.INIT_DELAYED_WORK(w, jobs[name]);
				k.queue_work_on(0, k.system_wq(), w);
				k.flush_work(w);
			}
		`);
		const bundle = await traces(BUNDLE);
		expect(bundle).to.include('RIP: kfree\nCall Trace:\n run_misuse [jobs.mjs]\n').and.match(
			/kernel BUG at jobs\.mjs:1![^]*RIP: run_bug \[jobs\.mjs\]/,
		);
		expect(bundle).to.equal(await traces(MODULES));
	});

	it('is joined by its own threads only', async () => {
		const worker = (api: URL): string =>
			file(`worker-${api === BUNDLE ? 'bundle' : 'modules'}.mjs`, `
			import * as k from ${JSON.stringify(api.href)};
			import { parentPort, workerData } from 'node:worker_threads';
			try {
				k.attach(workerData);
				const at = k.kzalloc(64);
				k.kfree(at);
				k.detach();
				parentPort.postMessage('joined');
			} catch (error) {
				parentPort.postMessage(error.message);
			}
		`);
		expect(await run(BUNDLE, '', `
			import { once } from 'node:events';
			import { Worker } from 'node:worker_threads';
			const { handle } = await k.boot({ nr_cpus: 1 });
			for (const url of ${JSON.stringify([worker(BUNDLE), worker(MODULES)])}) {
				const worker = new Worker(new URL(url), { workerData: handle });
				// Asked for at once: a worker's last message and its end may be told of in one go.
				const ended = once(worker, 'exit');
				console.log((await once(worker, 'message'))[0]);
				await ended;
			}
		`)).to.equal(
			'joined\npadata: this thread has loaded another build of the kernel code than the machine it joins\n',
		);
	});

	it('has the command with it', async () => {
		const command = join(folder_of(BUNDLE), 'cli/padata.js');
		expect(await node(command, '--version')).to.match(/^\d+\.\d+\.\d+\n$/);
		expect((JSON.parse(await node(command, 'cpus', '--json')) as { online: number[] }).online)
			.to.not.be.empty;
		const example = fileURLToPath(
			new URL('../../../examples/loopback.pcapng', import.meta.url),
		);
		const result = JSON.parse(
			await node(command, 'esp', example, join(folder, 'out.pcap'), '--json'),
		) as { packets: number; orderHeld: boolean };
		expect(result.packets).to.be.greaterThan(1000);
		expect(result.orderHeld).to.equal(true);
	});
});
