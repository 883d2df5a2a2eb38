// SPDX-License-Identifier: GPL-2.0-only
//
// A machine where something of the system is missing: it boots with less and says so on its log, or
// boot() says in a sentence what is missing.
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { host_topology, topology_is_known } from '../../lib/machine/topology.js';
import { Children, Ended } from '../support/child.js';
import { HostTree } from '../support/host.js';

const API = new URL('../../lib/index.js', import.meta.url).href;
const BUNDLE = new URL('../../../dist/bundle/index.js', import.meta.url).href;

/** A process in which each further Worker is refused once `left` have been made. */
const FEW_THREADS = `
	import worker_threads from 'node:worker_threads';
	import { syncBuiltinESMExports } from 'node:module';
	const { Worker } = worker_threads;
	globalThis.left = Infinity;
	worker_threads.Worker = function(...args) {
		if (globalThis.left-- <= 0)
			throw new Error('EAGAIN');
		return new Worker(...args);
	};
	syncBuiltinESMExports();
	const k = await import(${JSON.stringify(API)});
`;
const REFUSED = (name: string): string =>
	`padata: the system refuses a thread (${name}): EAGAIN; see the limits of threads (ulimit -u, pids.max of the control group) and of memory (ulimit -v)`;

const LOG = `machine.dmesg().filter(({ level }) => level <= 4).map(({ text }) => text).join('|')`;

describe('machine: what the system does not give', function() {
	this.timeout(20_000);
	const children = new Children();
	afterEach(() => children.kill());
	const run = (script: string, ...flags: string[]): Promise<Ended> =>
		children.run([...flags, '--input-type=module', '--eval', script]);

	it('without /sys the CPUs are those that the process may run on', () => {
		const host = new HostTree({ 'proc/self/status': 'Cpus_allowed_list:\t2-3,5\n' });
		try {
			expect(topology_is_known(host.root)).to.equal(false);
			expect(host_topology(host.root)).to.deep.equal({ possible: [2, 3, 5],
				present: [2, 3, 5], online: [2, 3, 5], allowed: [2, 3, 5] });
			host.write('sys/devices/system/cpu/online', '0-7');
			expect(topology_is_known(host.root)).to.equal(true);
			expect(host_topology(host.root)).to.include.keys('online').and.to.have.property(
				'online',
			)
				.with.lengthOf(8);
		} finally {
			host.remove();
		}
	});

	it('without WebAssembly (--jitless) a machine boots, without C modules', async () => {
		const { code, out, err } = await run(
			`
			import * as k from ${JSON.stringify(API)};
			const machine = await k.boot({ nr_cpus: 1 });
			console.log(${LOG});
			console.log(await machine.insmod('/none.so').catch(({ code }) => code));
			await machine.shutdown();
		`,
			'--jitless',
			'--no-warnings',
		);
		expect({ code, out }, err).to.deep.equal({ code: 0,
			out: 'padata: the memory cannot be mapped for C: no C module can be loaded|\nENOSYS\n'
				.replace('|', '') });
	});

	it('without addresses (ulimit -v) boot() says how many there should be', () => {
		// Node.js itself starts with less than this.
		const { status, stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -v 1500000 && exec "$@"',
			'sh', process.execPath, '--input-type=module', '--eval', `
				import { boot } from ${JSON.stringify(API)};
				await boot({ nr_cpus: 64 }).catch(({ message }) => console.log(message));
			`], { encoding: 'utf8' });
		expect(stdout, stderr).to.match(
			/^boot: the limit of the address space \(ulimit -v\) leaves \d+ MiB; 64 CPUs and 256 MiB of memory take about 10496 MiB: raise it, or boot with fewer CPUs or less memory\n$/,
		);
		expect(status).to.equal(0);
	});

	it('without threads boot() says so, and leaves nothing behind', async () => {
		expect(await run(`
			${FEW_THREADS}
			globalThis.left = 1;
			await k.boot({ nr_cpus: 2 }).catch(({ message }) => console.log(message));
			globalThis.left = 2;
			await (await k.boot({ nr_cpus: 2 })).shutdown();
		`)).to.deep.equal({ code: 0, signal: null, out: `${REFUSED('cpu/1')}\n`, err: '' });
	});

	it('without a thread a CPU that comes later stays offline, and the log says why', async () => {
		expect(await run(`
			${FEW_THREADS}
			const machine = await k.boot({ nr_cpus: 2, cpus: '0' });
			globalThis.left = 0;
			console.log(k.cpu_up(1) < 0);
			console.log(${LOG});
			globalThis.left = 1;
			console.log(k.cpu_up(1));
			await machine.shutdown();
		`)).to.deep.equal({ code: 0, signal: null, err: '',
			out: `true\nsmpboot: CPU 1 has no thread: ${
				REFUSED('cpu/1')
			}|smpboot: the thread of CPU 1 does not start\n0\n` });
	});

	for (const name of ['Bun', 'Deno'])
		it(`in ${name} the package says what it needs`, () => {
			const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval',
				`
				globalThis.${name} = {};
				await import(${
					JSON.stringify(BUNDLE)
				}).catch(({ message }) => console.error(message));
			`], { encoding: 'utf8' });
			expect({ status, stderr }).to.deep.equal({ status: 0,
				stderr:
					`padata: this is ${name}, and padata needs Node.js 20.19 or newer: its worker threads, its addons and its compiled scripts\n` });
		});
});
