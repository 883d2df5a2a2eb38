// SPDX-License-Identifier: GPL-2.0-only
//
// A process with a machine in it: when it ends, and with which code. Each script runs in a process
// of its own.
import { expect } from 'chai';
import { ChildOptions, Children, Ended } from '../support/child.js';
import { jobs } from '../support/machine.js';

const API = new URL('../../lib/index.js', import.meta.url).href;
const LAYOUT = new URL('../../lib/machine/layout.js', import.meta.url).href;
const ITEM = new URL('../support/work.jobs.js', import.meta.url).href;

const children = new Children();

/** Run a script. @param on_line told of each line that it prints */
function run(script: string, on_line?: ChildOptions['on_line'],
	env: Record<string, string> = {}): Promise<Ended>
{
	return children.run(['--input-type=module', '--eval', `
		import * as k from ${JSON.stringify(API)};
		import { item } from ${JSON.stringify(ITEM)};
		const { boot, load, store } = k;
		const JOBS = ${JSON.stringify(jobs('work'))};
		${script}
	`], { on_line, env: { ...process.env, ...env } });
}

/** Queue an item of the named function. */
const QUEUE = `
	const queue = (fn, name, fields = {}) => {
		const w = k.kzalloc(item.size);
		k.INIT_DELAYED_WORK(w, fn[name]);
		for (const [field, value] of Object.entries(fields))
			store(w + item.offset[field], value);
		k.queue_work_on(0, k.system_wq(), w);
		return w;
	};
`;

describe('machine: the process', () => {
	afterEach(() => children.kill());

	function fine(ended: Ended, out: string): void {
		expect(ended).to.deep.equal({ code: 0, signal: null, out, err: '' });
	}

	it('ends by itself when nothing is left', async () => {
		fine(await run(`
			const m = await boot({ nr_cpus: 1 });
			const fn = await m.load_module(JOBS);
			const wq = k.alloc_workqueue('test', 0, 0);
			const pinst = await k.padata_alloc_possible_async(wq);
			await k.padata_start_async(pinst);
			await k.padata_free_async(pinst);
			await k.destroy_workqueue_async(wq);
			console.log(k.work_on_cpu(0, fn.double, 1));
		`), '2\n');
	});

	it('ends by itself after shutdown()', async () => {
		fine(await run(`
			const m = await boot({ nr_cpus: 1 });
			await m.shutdown();
			console.log(process.getActiveResourcesInfo().filter((what) => !/TTY|Pipe/.test(what)).join());
		`), '\n');
	});

	it('is held by an instance until that is freed', async () => {
		fine(await run(`
			await boot({ nr_cpus: 1 });
			const wq = k.alloc_workqueue('test', 0, 0);
			const pinst = k.padata_alloc_possible(wq);
			process.once('beforeExit', () => console.log('held'));
			process.once('SIGUSR2', () => {
				k.padata_free(pinst);
				console.log('freed');
			});
		`, (line, child) => {
			if (line === 'held')
				child.kill('SIGUSR2');
		}), 'held\nfreed\n');
	});

	it('can be shut down with an instance that is not freed', async () => {
		fine(await run(`
			const m = await boot({ nr_cpus: 1 });
			const pinst = k.padata_alloc_possible(k.alloc_workqueue('test', 0, 0));
			process.once('beforeExit', () => console.log('held'));
			process.once('SIGUSR2', async () => {
				await m.shutdown();
				console.log('shut down');
				// Whoever waited for the instance would look at memory that is gone.
				const { machine_field } = await import(${JSON.stringify(LAYOUT)});
				console.log(Atomics.notify(new Int32Array(m.handle.memory), machine_field('users') >> 2));
				await new Promise((resolve) => setImmediate(resolve));
			});
		`, (line, child) => {
			if (line === 'held')
				child.kill('SIGUSR2');
		}), 'held\nshut down\n1\n');
	});

	it('ends at once with process.exit(), in the middle of the work', async () => {
		for (const name of ['spin_at_gate', 'sleep_at_gate', 'leaves_interval']) {
			const ended = await run(`
				const m = await boot({ nr_cpus: 1 });
				const fn = await m.load_module(JOBS);
				${QUEUE}
				const trace = k.kzalloc(4096);
				const w = queue(fn, '${name}', { gate: k.kzalloc(64), trace });
				k.padata_start(k.padata_alloc_possible(k.alloc_workqueue('test', 0, 0)));
				if ('${name}' !== 'leaves_interval')
					k.wait_event(trace, (v) => v > 0);
				process.exit(3);
			`);
			// The end cuts threads off in the middle; Node says so of their coverage profiles,
			// where coverage is measured.
			const err = ended.err.replaceAll('Failed to stringify coverage profile result\n', '');
			expect({ ...ended, err }, name).to.deep.equal({ code: 3, signal: null, out: '',
				err: '' });
		}
	});

	it("ends although a callback left something in a CPU's event loop", async () => {
		fine(await run(`
			const m = await boot({ nr_cpus: 1 });
			const fn = await m.load_module(JOBS);
			${QUEUE}
			k.flush_work(queue(fn, 'leaves_interval'));
		`), '');
	});

	// 1. A job waits for a timer. 2. The machine is shut down. 3. The timer would complete the job,
	//    in memory that is gone.
	it('survives what would have been completed after the shutdown', async () => {
		fine(await run(`
			const m = await boot({ nr_cpus: 1 });
			const fn = await m.load_module(JOBS);
			const gone = await m.load_module(${JSON.stringify(jobs('async'))});
			const wq = k.alloc_workqueue('test', 0, 0);
			const pinst = k.padata_alloc_possible(wq);
			k.padata_start(pinst);
			for (let i = 0; i < 20; i++) {
				const at = k.kzalloc(256);
				k.store_function(at + k.padata_priv.offset.parallel, gone.awaits_timer);
				k.store_function(at + k.padata_priv.offset.serial, gone.serial);
				store(at + k.padata_priv.size, k.kzalloc(64));
				store(at + k.padata_priv.size + 8, i);
				k.padata_do_parallel(pinst, at, 0);
			}
			await m.shutdown();
			console.log('shut down');
		`), 'shut down\n');
	});

	it('gets what a callback throws as an uncaught exception', async () => {
		const script = (before: string): string => `
			const m = await boot({ nr_cpus: 1 });
			const fn = await m.load_module(JOBS);
			${QUEUE}
			${before}
			k.flush_work(queue(fn, 'throws'));
			k.flush_work(queue(fn, 'run'));
		`;
		const ended = await run(script(''));
		expect(ended.code).to.equal(1);
		expect(ended.err).to.match(
			/Error: BUG: work function throws \(work [0-9a-f]+\) threw RangeError: thrown by a work function/,
		).and.to.include('work.jobs');
		fine(
			await run(
				script(
					`m.on('oops', ({ kind, cpu, text }) => console.log(kind, cpu, text.split(' threw ')[1].split('\\n')[0]));`,
				),
			),
			'oops 0 RangeError: thrown by a work function\n',
		);
		fine(
			await run(
				script(
					`process.on('uncaughtException', (e) => console.log('uncaught', /threw .*/.exec(e.message)[0]));`,
				),
			),
			'uncaught threw RangeError: thrown by a work function\n',
		);
	});

	it('gets a misuse as a warning, unless somebody listens', async () => {
		const script = (before: string): string => `
			const m = await boot({ nr_cpus: 1 });
			${before}
			k.kfree(64);
		`;
		const ended = await run(script(''));
		expect(ended.code).to.equal(0);
		expect(ended.err).to.match(
			/PadataMisuse: BUG: kfree: 40 is not the address of an allocated object/,
		);
		fine(await run(script(`m.on('misuse', ({ text }) => console.log(text.split('\\n')[0]));`)),
			'BUG: kfree: 40 is not the address of an allocated object\n');
	});

	it('hears of a CPU whose thread dies', async () => {
		const ended = await run(`
			const m = await boot({ nr_cpus: 1 });
			const fn = await m.load_module(JOBS);
			${QUEUE}
			queue(fn, 'leaves_rejection');
			setInterval(() => undefined, 1000);
		`);
		expect(ended.code).to.equal(1);
		expect(ended.err).to.match(
			/padata: the thread of CPU 0 died: rejected behind the machine's back/,
		);
	});

	it('boots without the addon: unpinned with a warning, or not at all', async () => {
		const off = { PADATA_NATIVE: 'off' };
		const ended = await run(`
			const m = await boot();
			console.log(m.dmesg().map(({ level, text }) => level + ' ' + text).join());
			console.log(m.cpus().cpus.every(({ tid, affinity }) => tid === 0 && affinity === null));
		`, undefined, off);
		fine(ended,
			'4 padata: CPUs are not pinned: the addon is switched off by PADATA_NATIVE=off\ntrue\n');
		fine(await run(`
			await boot({ native: 'required' }).catch((e) => console.log(e.message));
			const m = await boot({ native: 'off' });
			console.log(m.dmesg().length, k.current_machine() === m);
		`, undefined, off),
			'boot: option native: "required", but the addon is switched off by PADATA_NATIVE=off\n0 true\n');
	});
});
