// SPDX-License-Identifier: GPL-2.0-only
//
// `padata cpus`, once and live: of a process through its socket, on paper and on a screen.
import { expect } from 'chai';
import { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LineOutput, ScreenOutput } from '../../lib/cli/cpus/output.js';
import { CpusSource, CpusState, open_source, SourceEvent } from '../../lib/cli/cpus/source.js';
import { cpu_lines, differences, event_text, mask_cpus,
	mask_lines } from '../../lib/cli/cpus/text.js';
import { watch_cpus } from '../../lib/cli/cpus/watch.js';
import { cpu_down_async, cpu_up_async, cpumask_of_cpus, padata_set_cpumask_async, PADATA_CPU_SERIAL,
	cpumask_size } from '../../lib/index.js';
import { Children } from '../support/child.js';
import { jobs, use_machine } from '../support/machine.js';
import { show_instance, use_runtime_directory } from '../support/sysfs.js';
import { Instance } from '../padata/instance.js';

const COMMAND = fileURLToPath(new URL('../../bundle/cli/padata.js', import.meta.url));
const API = new URL('../../lib/index.js', import.meta.url).href;

const STATE: CpusState = {
	cpus: { possible: [0, 1, 2, 3], present: [0, 1, 2], online: [0, 2], allowed: [], quota: 1.5,
		cpus: [
			{ cpu: 0, online: true, tid: 7, affinity: [0] },
			{ cpu: 1, online: false, tid: 8, affinity: [0, 1] },
			{ cpu: 2, online: true, tid: 0, affinity: null },
		] },
	masks: [{ path: '/sys/kernel/a', parallel: '7', serial: '5' }],
};

/** A source that tells what a test wants. */
class FakeSource implements CpusSource {
	state = STATE;
	looks = 0;
	tell!: (event: SourceEvent) => void;
	constructor(private readonly script: (source: FakeSource) => void) {}

	look(): Promise<CpusState> {
		this.looks++;
		return Promise.resolve(this.state);
	}

	watch(tell: (event: SourceEvent) => void): Promise<void> {
		this.tell = tell;
		setImmediate(() => this.script(this));
		return Promise.resolve();
	}

	close(): Promise<void> {
		return Promise.resolve();
	}
}

/** Somewhere to write that is a terminal, or not. */
class FakeScreen extends EventEmitter {
	text = '';
	#seen = 0;
	columns?: number;
	rows?: number;
	/** Told whenever something is written. */
	written: (text: string) => void = () => undefined;

	write(text: string): boolean {
		this.text += text;
		this.written(text);
		return true;
	}

	/** What has come since it was asked last. */
	take(): string {
		const text = this.text.slice(this.#seen);
		this.#seen = this.text.length;
		return text;
	}
}

describe('padata cpus', () => {
	it('has a line for each thing', () => {
		expect([...cpu_lines(STATE.cpus), ...mask_lines(STATE)]).to.deep.equal([
			'possible  0-3',
			'present   0-2',
			'online    0,2',
			'allowed   -',
			"quota     1.5 CPUs' time (cgroup)",
			'cpu 0: thread 7, pinned to core 0',
			'cpu 2: thread ?, affinity unknown (no addon)',
			'/sys/kernel/a: parallel 0-2 (online: 0,2), serial 0,2',
		]);
	});

	it('knows masks of any length', () => {
		expect(mask_cpus('0')).to.deep.equal([]);
		expect(mask_cpus('80000001')).to.deep.equal([0, 31]);
		expect(mask_cpus('3,00000000,80000000')).to.deep.equal([31, 64, 65]);
	});

	it('tells what is different', () => {
		expect(differences(STATE, STATE)).to.deep.equal([]);
		const [first, second, third] = STATE.cpus.cpus;
		expect(differences(STATE, {
			cpus: { ...STATE.cpus, online: [0, 1, 2],
				cpus: [{ ...first, affinity: [0, 1] }, { ...second, online: true, affinity: [1] }, {
					...third,
					affinity: [2],
				}] },
			masks: [{ path: '/sys/kernel/a', parallel: '1', serial: '5' }, { path: '/sys/kernel/b',
				parallel: 'f', serial: '0' }],
		})).to.deep.equal(['online 0,2 -> 0-2', 'cpu 0: not pinned, may run on 0-1',
			'cpu 2: pinned to core 2', '/sys/kernel/a: parallel 0-2 -> 0',
			'/sys/kernel/b: new, parallel 0-3, serial -']);
		expect(differences(STATE, { ...STATE, masks: [] })).to.deep.equal(['/sys/kernel/a: gone']);
	});

	it("tells what machine.on('cpu') does", () => {
		expect(event_text({ source: 'uevent', cpu: 3, what: 'offline', ok: true, ms: 1.26 })).to
			.equal('cpu 3: offline (by uevent, 1.3 ms)');
		expect(event_text({ source: 'api', cpu: 3, what: 'online', ok: false, error: -12 })).to
			.equal('cpu 3: not online (by api): -ENOMEM');
		expect(
			event_text({ source: 'cgroup', cpu: -1, what: 'allowed', ok: true, allowed: [0, 1] }),
		).to.equal('allowed 0-1 (by cgroup)');
	});

	describe('--watch', () => {
		it('looks again when something has happened, and no more often than it can', async () => {
			const screen = new FakeScreen();
			const record = { seq: 1, level: 6, cpu: 0, time: 2.5 };
			const source = new FakeSource(({ tell }) => {
				screen.take();
				source.state = { ...STATE, masks: [] };
				tell({ event: 'log',
					record: { ...record, kind: 'printk', text: 'something else' } });
				tell({ event: 'log',
					record: { ...record, kind: 'printk', text: 'smpboot: CPU 1 is now online' } });
				tell({ event: 'log',
					record: { ...record, kind: 'printk',
						text: 'smpboot: the thread of CPU 2 does not start' } });
				tell({ event: 'log',
					record: { ...record, kind: 'uevent',
						text: 'ACTION=online\nDEVPATH=/devices/system/cpu/cpu1' } });
				for (let i = 0; i < 10; i++)
					tell({ event: 'change', time: 3 });
				setImmediate(() => tell({ event: 'end' }));
			});
			expect(await watch_cpus(source, new LineOutput(screen))).to.equal(0);
			expect(screen.take()).to.equal(
				'[    2.500000] smpboot: the thread of CPU 2 does not start\n[    2.500000] uevent ACTION=online DEVPATH=/devices/system/cpu/cpu1\n'
					+ '[    3.000000] /sys/kernel/a: gone\n',
			);
			// The first, that for the first event, and one for all the others.
			expect(source.looks).to.equal(3);
		});

		it('ends with 128 + n by signal n, and takes its handlers away', async () => {
			const before = process.listenerCount('SIGINT');
			const source = new FakeSource(() => {
				process.emit('SIGINT', 'SIGINT');
			});
			expect(await watch_cpus(source, new LineOutput(new FakeScreen()))).to.equal(128 + 2);
			expect(process.listenerCount('SIGINT')).to.equal(before);
		});

		it('says if the process has gone without a word', async () => {
			const source = new FakeSource(({ tell }) => tell({ event: 'lost' }));
			const error = await watch_cpus(source, new LineOutput(new FakeScreen())).catch((
				e: unknown,
			) => e as Error);
			expect((error as Error).message).to.equal('the process has gone without a word');
		});

		it('draws what there is room for', () => {
			const screen = new FakeScreen();
			Object.assign(screen, { columns: 40, rows: 12 });
			const output = new ScreenOutput(screen);
			output.state(STATE);
			screen.take();
			for (let i = 1; i <= 5; i++)
				output.happened(i, `event ${i}`);
			const drawn = screen.take().split('\x1b[1;1H').at(-1)!.replace('\x1b[0J', '').split(
				'\n',
			);
			expect(drawn).to.have.length(12);
			expect(drawn.every((line) => line.length <= 40)).to.equal(true);
			expect(drawn.slice(7)).to.deep.equal(['/sys/kernel/a: parallel 0-2 (online: 0,2', '',
				'[    4.000000] event 4', '[    5.000000] event 5', '']);
			screen.rows = 3;
			screen.emit('resize');
			expect(screen.take().split('\n')).to.have.length(3);
			output.close();
			screen.emit('resize');
			expect(screen.take()).to.equal('');
		});
	});

	describe('of a process', () => {
		use_runtime_directory();
		const t = use_machine({ nr_cpus: 4, sysfs_socket: true }, jobs('work'));

		it('shows CPUs that go and come, and masks that change, each when it happens', async () => {
			const instance = new Instance(t(), { p: [0, 1], cb: [0, 1, 2, 3] });
			show_instance(t(), instance.at, 'watched');
			const mask = t().alloc(cpumask_size());
			cpumask_of_cpus(mask, [2]);
			const source = await open_source(String(process.pid));
			const screen = new FakeScreen();
			const steps: [RegExp, () => Promise<number>][] = [
				// The masks first: a CPU's events make it look as well.
				[/^\/sys\/kernel\/watched: parallel 0-1, serial 0-3\n$/m,
					() => padata_set_cpumask_async(instance.at, PADATA_CPU_SERIAL, mask)],
				[/watched: serial 0-3 -> 2\n/, () => cpu_down_async(3)],
				[/online 0-3 -> 0-2\n/, () => cpu_up_async(3)],
				[/online 0-2 -> 0-3\n/,
					() => Promise.resolve(Number(process.emit('SIGINT', 'SIGINT')))],
			];
			screen.written = (text) => {
				if (steps.length > 0 && steps[0][0].test(text))
					void steps.shift()![1]();
			};
			const code = await watch_cpus(source, new LineOutput(screen));
			await source.close();
			expect(code).to.equal(128 + 2);
			const events = screen.text.split('\n').filter((line) => line.startsWith('[')).map((
				line,
			) => line.slice('[    0.000000] '.length));
			// When the booting thread tells and when the masks are looked at are two things.
			expect(events.filter((line) => !line.startsWith('cpu'))).to.deep.equal([
				'/sys/kernel/watched: serial 0-3 -> 2',
				'online 0-3 -> 0-2',
				'online 0-2 -> 0-3',
			]);
			expect(events).to.include('cpu 3: offline (by api)');
		});

		it('is the same as its machine.cpus()', async () => {
			const source = await open_source(String(process.pid));
			const { cpus, masks } = await source.look();
			expect(cpus).to.deep.equal(t().machine.cpus());
			expect(masks).to.deep.equal([]);
		});
	});

	describe('the command', function() {
		this.timeout(20_000);
		use_runtime_directory();
		const children = new Children();
		afterEach(() => children.kill());

		interface Line {
			event: string;
			cpus?: { online: number[] };
			text?: string;
		}

		it('prints an object a line, and ends by SIGINT, or with the process', async () => {
			const process_ = children.start(['--input-type=module', '--eval', `
				import { boot, cpu_down } from ${JSON.stringify(API)};
				const machine = await boot({ nr_cpus: 2, sysfs_socket: true });
				process.on('SIGUSR1', () => cpu_down(1)).on('SIGTERM', () => { clearInterval(keep); void machine.shutdown(); });
				const keep = setInterval(() => undefined, 1e9);
				console.log('up');
			`]);
			await new Promise((resolve) => {
				process_.stdout!.once('data', resolve);
			});
			const watch = (
				on_line: (line: Line, child: ChildProcess) => void,
			): ReturnType<Children['run']> =>
				children.run(
					[COMMAND, 'cpus', '--watch', '--json', '--pid', String(process_.pid)],
					{ on_line: (line, child) => on_line(JSON.parse(line) as Line, child) },
				);
			const seen: string[] = [];
			const ended = await watch((line, child) => {
				seen.push(`${line.event} ${line.text ?? line.cpus?.online.join() ?? ''}`);
				if (seen.length === 1)
					process_.kill('SIGUSR1');
				else if (line.event === 'state')
					child.kill('SIGINT');
			});
			expect(ended).to.include({ code: 128 + 2, err: '' });
			expect(seen.filter((line) => !line.startsWith('cpu'))).to.deep.equal(['state 0,1',
				'change online 0-1 -> 0', 'state 0']);
			expect(await watch((_line, _child) => process_.kill('SIGTERM'))).to.include({ code: 0,
				err: '' });
		});
	});
});
