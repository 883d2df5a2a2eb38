// SPDX-License-Identifier: GPL-2.0-only
//
// What the host says of its CPUs, as bytes and files: uevents, lists, control groups.
import { expect } from 'chai';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { cpu_cgroups, cpu_quota, cpuset_files, parse_cgroup,
	parse_mountinfo } from '../../lib/machine/hotplug/cgroup.js';
import { CpuNews, CpusetSource, open_sources, RereadSource,
	UeventSource } from '../../lib/machine/hotplug/source.js';
import { parse_uevent, UeventSocket } from '../../lib/machine/hotplug/uevent.js';
import { load_native, switch_native_off } from '../../lib/machine/native.js';
import { format_cpu_list, parse_cpu_list } from '../../lib/machine/cpu-list.js';
import { host_topology, usable_cpus } from '../../lib/machine/topology.js';
import { use_host_trees } from '../support/host.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
/** As a kernel sends it. */
const uevent = (action: string, cpu: number | string,
	rest =
		'DRIVER=processor\0MODALIAS=cpu:type:x86,ven0000fam0006mod003F:feature:,0000\0SEQNUM=1632\0'): Uint8Array =>
	bytes(
		`${action}@/devices/system/cpu/cpu${cpu}\0ACTION=${action}\0DEVPATH=/devices/system/cpu/cpu${cpu}\0SUBSYSTEM=cpu\0${rest}`,
	);

describe('machine: what the host says', () => {
	const tree = use_host_trees();

	describe('in uevents', () => {
		it('about a CPU', () => {
			for (const action of ['online', 'offline', 'add', 'remove', 'change'])
				for (const cpu of [0, 3, 64, 1024, 8191, 65535])
					expect(parse_uevent(uevent(action, cpu))).to.deep.equal({ action, cpu });
			expect(parse_uevent(bytes('online@/devices/system/cpu/cpu1\0')), 'without lines').to
				.deep.equal({ action: 'online', cpu: 1 });
		});

		it('about other things', () => {
			for (const text of ['', '\0', 'x', 'libudev\0\xfe\xed\xca\xfe',
				'add@/devices/virtual/net/veth0\0ACTION=add\0', '@/devices/system/cpu',
				'add@/devices/system/node/node0\0', 'change@/devices/system/cpu\0',
				'add@/devices/system/cpu/cpu3/cache/index0\0', 'add@/devices/system/cpu/cpufreq\0',
				'bind@/devices/system/cpu/cpuidle\0ACTION=bind\0'.replace('cpuidle', 'power')])
				expect(parse_uevent(bytes(text)), JSON.stringify(text)).to.equal('other');
		});

		it('that are not as they should be: a look at /sys is due', () => {
			for (const text of ['online@/devices/system/cpu/cpu',
				'online@/devices/system/cpu/cpu\0', 'online@/devices/system/cpu/cpu-1\0',
				'online@/devices/system/cpu/cpu1', 'online@/devices/system/cpu/cpu99999999999\0',
				'online@/devices/system/cpu/cpu3 \0', '@/devices/system/cpu/cpu3\0',
				'on\xffline@/devices/system/cpu/cpu3\0', '/devices/system/cpu/cpu3\0',
				'online@/devices/system/cpu/cpu3\0ACTION=offline\0',
				'online@/devices/system/cpu/cpu3\0ACTION=online\0DEVPATH=/devices/system/cpu/cpu2\0',
				'online@@/devices/system/cpu/cpu3\0'])
				expect(parse_uevent(bytes(text)), JSON.stringify(text)).to.equal('unclear');
			const whole = uevent('offline', 12);
			for (let length = 'offline@/devices/system/cpu/'.length; length < whole.length;
				length++)
			{
				const cut = parse_uevent(whole.subarray(0, length));
				// Cut behind a line it is whole.
				expect(cut, String(length)).to.deep.equal(
					whole[length - 1] === 0 ? { action: 'offline', cpu: 12 } : 'unclear',
				);
			}
		});

		it('never throw', () => {
			let x = 1;
			for (let i = 0; i < 2000; i++) {
				const message = uevent('online', 3);
				for (let n = 0; n < 3; n++) {
					x = Math.imul(x, 1103515245) + 12345 >>> 0;
					message[(x >>> 8) % message.length] = x >>> 24;
				}
				const said = parse_uevent(message);
				expect(typeof said === 'string' || Number.isInteger(said.cpu),
					Buffer.from(message).toString('latin1')).to.equal(true);
			}
		});
	});

	describe('through a socket', () => {
		/** Gives messages to the source. */
		function fake(): { socket: UeventSocket; tell: (message: Uint8Array | number) => void;
			closed: () => number }
		{
			let told: ((message: Uint8Array | number) => void) | null = null;
			let closed = 0;
			return {
				socket: { openUevents: (listener) => {
					told = listener;
					return {};
				}, closeUevents: () => {
					closed++;
				} },
				tell: (message) => told!(message),
				closed: () => closed,
			};
		}

		it('as news', () => {
			const { socket, tell, closed } = fake();
			const news: CpuNews[] = [];
			const source = new UeventSource(socket);
			expect(source.open((one) => news.push(one))).to.equal(0);
			tell(uevent('offline', 2));
			tell(uevent('online', 2));
			tell(uevent('add', 5));
			tell(bytes('add@/devices/virtual/net/veth0\0'));
			tell(bytes('online@/devices/system/cpu/cpu?\0'));
			tell(-105);
			tell(-90);
			tell(-5);
			source.close();
			source.close();
			expect(closed()).to.equal(1);
			expect(news).to.deep.equal([
				{ source: 'uevent', cpu: 2, online: false },
				{ source: 'uevent', cpu: 2, online: true },
				{ source: 'uevent', cpu: 5 },
				{ source: 'uevent' },
				{ source: 'uevent' },
				{ source: 'reread' },
				{ source: 'reread' },
			]);
		});

		it('or there is none', () => {
			expect(new UeventSource({ openUevents: () => -97, closeUevents: () => {
				throw new Error('closed');
			} }).open(() => undefined)).to.equal(-97);
		});

		// What the kernel sends is seen in `npm run test:hotplug`, where CPUs may be taken offline.
		(load_native().native === null ? it.skip : it)(
			'of the addon: it opens where the system has any, and closes once',
			() => {
				const native = load_native().native!;
				for (let i = 0; i < 100; i++) {
					const handle = native.openUevents(() => undefined);
					if (typeof handle === 'number') {
						expect(handle).to.be.lessThan(0);
						continue;
					}
					native.closeUevents(handle);
					native.closeUevents(handle);
				}
				expect(() => native.openUevents(1 as never)).to.throw(TypeError,
					'callback must be a function');
				expect(() => native.closeUevents({})).to.throw(TypeError,
					'handle must be what openUevents() has returned');
			},
		);
	});

	(load_native().native === null ? it.skip : it)('does not hold a thread, nor disturb its end',
		async () => {
			const native_js = new URL('../../lib/machine/native.js', import.meta.url).href;
			const worker = new Worker(
				`import(${
					JSON.stringify(native_js)
				}).then(({ load_native }) => { load_native().native.openUevents(() => undefined); })`,
				{ eval: true },
			);
			expect(await once(worker, 'exit')).to.deep.equal([0]);
		});

	describe('in lists of CPUs', () => {
		const cpus = (files: Readonly<Record<string, string>>, allowed: string) =>
			host_topology(tree({
				...Object.fromEntries(
					Object.entries(files).map((
						[name, text],
					) => [`sys/devices/system/cpu/${name}`, `${text}\n`]),
				),
				'proc/self/status':
					`Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${allowed}\nMems_allowed_list:\t0\n`,
			}).root);

		it('with gaps, without CPU 0, with more than 64 and more than 1024', () => {
			const gaps = cpus({ possible: '0-7', present: '0-5,7', online: '1,3-4,7' }, '0-3,7-63');
			expect(gaps).to.deep.equal({ possible: [0, 1, 2, 3, 4, 5, 6, 7],
				present: [0, 1, 2, 3, 4, 5, 7], online: [1, 3, 4, 7],
				allowed: [0, 1, 2, 3, ...parse_cpu_list('7-63')] });
			expect(usable_cpus(gaps)).to.deep.equal([1, 3, 7]);
			const many = cpus({ possible: '0-2047', present: '0-2047',
				online: '0-63,65-1023,1025-2047' }, '64-1024,2000-4095');
			expect(format_cpu_list(usable_cpus(many))).to.equal('65-1023,2000-2047');
		});

		it('that are missing', () => {
			expect(cpus({ online: '2-3' }, '0-7')).to.include.deep.keys('possible').and.deep
				.include({ possible: [2, 3], present: [2, 3], online: [2, 3] });
			expect(cpus({}, '0')).to.deep.equal({ possible: [0], present: [0], online: [0],
				allowed: [0] });
			expect(host_topology(tree({}).root).allowed, 'no /proc').to.deep.equal([0]);
			const before = { possible: [0, 1, 2, 3], present: [0, 1, 2], online: [1, 2],
				allowed: [2] };
			expect(host_topology(tree({}).root, before), 'as they were seen before').to.deep.equal(
				before,
			);
			expect(cpus({ online: '0-x' }, 'what')).to.deep.equal({ possible: [0], present: [0],
				online: [0], allowed: [0] });
		});
	});

	describe('in control groups', () => {
		const v2_mount = (root = '/', at = '/sys/fs/cgroup'): string =>
			`31 23 0:28 ${root} ${at} rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n`;
		const v1_mount = (controller: string, root = '/'): string =>
			`34 31 0:31 ${root} /sys/fs/cgroup/${controller} rw - cgroup cgroup rw,${controller}\n`;
		const dirs = (
			files: Readonly<Record<string, string>>,
		): { root: string; cpuset: string[]; cpu: string[]; quota: number | null } => {
			const { root } = tree(files);
			const found = cpu_cgroups(root);
			const cut = (paths: readonly string[]): string[] =>
				paths.map((path) => path.slice(root.length));
			return { root, cpuset: cut(found.cpuset), cpu: cut(found.cpu),
				quota: cpu_quota(found) };
		};

		it('of version 2', () => {
			const found = dirs({
				'proc/self/cgroup': '0::/a/b\n',
				'proc/self/mountinfo': `22 1 254:0 / / rw - ext4 /dev/root rw\n${v2_mount()}`,
				'sys/fs/cgroup/a/b/cpu.max': 'max 100000\n',
				'sys/fs/cgroup/a/cpu.max': '150000 100000\n',
			});
			expect(found.cpuset).to.deep.equal(['/sys/fs/cgroup/a/b', '/sys/fs/cgroup/a',
				'/sys/fs/cgroup']);
			expect([found.cpu, found.quota]).to.deep.equal([found.cpuset, 1.5]);
		});

		it('of version 1, of both, and of neither', () => {
			const v1 = dirs({
				'proc/self/cgroup': '5:cpu,cpuacct:/docker/x\n4:cpuset:/docker/x\n0::/\n',
				'proc/self/mountinfo': v1_mount('cpuset')
					+ v1_mount('cpu,cpuacct').replace('rw,cpu,cpuacct', 'rw,cpu,cpuacct'),
				'sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us': '-1\n',
				'sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_period_us': '100000\n',
				'sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us': '50000',
				'sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us': '100000',
			});
			expect(v1.cpuset).to.deep.equal(['/sys/fs/cgroup/cpuset/docker/x',
				'/sys/fs/cgroup/cpuset/docker', '/sys/fs/cgroup/cpuset']);
			expect(v1.quota).to.equal(0.5);
			const both = dirs({ 'proc/self/cgroup': '3:cpuset:/one\n0::/two\n',
				'proc/self/mountinfo': v1_mount('cpuset')
					+ v2_mount('/', '/sys/fs/cgroup/unified') });
			expect([both.cpuset[0], both.cpu[0], both.quota]).to.deep.equal([
				'/sys/fs/cgroup/cpuset/one',
				'/sys/fs/cgroup/unified/two',
				null,
			]);
			for (const files of [{}, { 'proc/self/cgroup': '0::/\n' }, { 'proc/self/cgroup': '',
				'proc/self/mountinfo': v2_mount() }, {
				'proc/self/cgroup': 'garbage\n::\n0::relative',
				'proc/self/mountinfo': 'garbage - cgroup2\n - \n',
			}])
				expect(dirs(files)).to.deep.include({ cpuset: [], cpu: [], quota: null });
		});

		it('of a container, which sees a part of the tree, or a path that is not below it', () => {
			const at = (root: string, path: string): string[] =>
				dirs({ 'proc/self/cgroup': `0::${path}\n`, 'proc/self/mountinfo': v2_mount(root) })
					.cpuset;
			expect(at('/docker/x', '/docker/x')).to.deep.equal(['/sys/fs/cgroup']);
			expect(at('/docker/x', '/docker/x/y')).to.deep.equal(['/sys/fs/cgroup/y',
				'/sys/fs/cgroup']);
			expect(at('/docker/x', '/docker/xy')).to.deep.equal(['/sys/fs/cgroup']);
			expect(at('/', '/')).to.deep.equal(['/sys/fs/cgroup']);
			expect(at('/', '/../elsewhere')).to.deep.equal(['/sys/fs/cgroup']);
		});

		it('with blanks in their paths', () => {
			expect(parse_mountinfo('1 2 0:1 /a\\040b /mnt/x\\134y rw - cgroup2 none rw\n')).to.deep
				.equal([{ version: 2, controllers: ['rw'], root: '/a b', at: '/mnt/x\\y' }]);
			expect([...parse_cgroup('7:cpu,cpuacct:/a:b c\n0::/\n')]).to.deep.equal([['cpu',
				'/a:b c'], ['cpuacct', '/a:b c'], ['', '/']]);
		});

		it('of this process, without an error', () => {
			const groups = cpu_cgroups();
			const quota = cpu_quota(groups);
			expect(quota === null || quota > 0).to.equal(true);
			expect(
				cpuset_files(groups).every((file) =>
					typeof readFileSync(file, 'utf8') === 'string'
				),
			).to.equal(true);
		});

		it('are watched: a write to the own cpuset, or to one above', async () => {
			const host = tree({
				'proc/self/cgroup': '0::/a/b\n',
				'proc/self/mountinfo': v2_mount(),
				'sys/fs/cgroup/a/cpuset.cpus': '0-3\n',
				'sys/fs/cgroup/a/b/cpuset.cpus': '\n',
				'sys/fs/cgroup/a/b/cpuset.cpus.effective': '0-3\n',
			});
			const source = new CpusetSource(host.root);
			let news: (one: CpuNews) => void = () => undefined;
			expect(source.open((one) => news(one))).to.equal(0);
			for (const file of ['a/b/cpuset.cpus', 'a/cpuset.cpus', 'a/b/cpuset.cpus.effective']) {
				const told = new Promise<CpuNews>((resolve) => {
					news = resolve;
				});
				host.write(`sys/fs/cgroup/${file}`, '1\n');
				expect(await told, file).to.deep.equal({ source: 'cgroup' });
			}
			source.close();
			expect(new CpusetSource(tree({}).root).open(() => undefined), 'without any').to.equal(
				-2,
			);
		});
	});

	it('is looked at once a second where no uevents come, or if that is wanted', () => {
		const kinds = (poll: boolean): string[] => {
			const sources = open_sources('', poll, () => undefined);
			sources.forEach((source) => source.close());
			return sources.map((source) => source.constructor.name).filter((name) =>
				name !== 'CpusetSource'
			);
		};
		switch_native_off(true);
		try {
			expect(kinds(false)).to.deep.equal(['RereadSource']);
		} finally {
			switch_native_off(false);
		}
		expect(kinds(true)).to.include('RereadSource');
		const host = tree({});
		expect(open_sources(host.root, false, () => undefined)).to.deep.equal([]);
	});

	it('is looked at now and then, and told if it is another', async () => {
		const reads = ['a', 'a', 'a', 'b', 'b'];
		let read = 0;
		const looked: number[] = [];
		let done = (): void => undefined;
		const finished = new Promise<void>((resolve) => {
			done = resolve;
		});
		const source = new RereadSource(() => {
			if (read === reads.length - 1)
				done();
			return reads[Math.min(read++, reads.length - 1)];
		}, 1);
		expect(source.open((news) => {
			expect(news).to.deep.equal({ source: 'reread' });
			looked.push(read);
		})).to.equal(0);
		const keep = setInterval(() => undefined, 1000);
		await finished;
		clearInterval(keep);
		source.close();
		source.close();
		expect(looked).to.deep.equal([4]);
	});
});
