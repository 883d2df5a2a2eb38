// SPDX-License-Identifier: GPL-2.0-only
//
// `padata sysfs`: what it prints and how it ends, as a shell's words and codes are for the same
// things on a kernel.
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { createServer, Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sysfs_list_command, sysfs_path, sysfs_read_command,
	sysfs_write_command } from '../../lib/cli/sysfs/command.js';
import { errno_text } from '../../lib/cli/sysfs/errno-text.js';
import { load, sysfs_read } from '../../lib/index.js';
import { Children } from '../support/child.js';
import { set, jobs, use_machine } from '../support/machine.js';
import { make_files, show_instance, use_runtime_directory } from '../support/sysfs.js';
import { test_file } from '../support/sysfs.jobs.js';
import { Instance } from '../padata/instance.js';

const COMMAND = fileURLToPath(new URL('../../bundle/cli/padata.js', import.meta.url));

const API = new URL('../../lib/index.js', import.meta.url).href;

interface Result {
	code: number;
	out: string;
	err: string;
}

describe('padata sysfs', () => {
	const runtime = use_runtime_directory();
	let other: Server | null = null;
	const children = new Children();
	afterEach(() => {
		children.kill();
		other?.close();
		other = null;
	});
	const t = use_machine({ nr_cpus: 4, sysfs_socket: true }, jobs('sysfs'));

	async function run(
		command: (
			context: { out: (text: string) => void; err: (text: string) => void },
		) => Promise<number>,
	): Promise<Result> {
		const result = { code: -1, out: '', err: '' };
		result.code = await command({ out: (text) => {
			result.out += text;
		}, err: (text) => {
			result.err += text;
		} });
		return result;
	}
	const read = (path: string, pid?: string): Promise<Result> =>
		run((c) => sysfs_read_command(path, pid === undefined ? {} : { pid }, c));
	const write = (path: string, value: string, newline = true): Promise<Result> =>
		run((c) => sysfs_write_command(path, value, { newline }, c));
	const list = (path: string, classify = false): Promise<Result> =>
		run((c) => sysfs_list_command(path, { classify }, c));
	const fine = (out = ''): Result => ({ code: 0, out, err: '' });
	const failed = (err: string, code = 1): Result => ({ code, out: '',
		err: `padata sysfs ${err}\n` });

	it('reads and changes the masks of an instance', async () => {
		const instance = new Instance(t());
		show_instance(t(), instance.at, 'instance');
		expect(await list('/sys/kernel/instance')).to.deep.equal(
			fine('serial_cpumask\nparallel_cpumask\n'),
		);
		const path = '/sys/kernel/instance/parallel_cpumask';
		expect(await read(path)).to.deep.equal(fine('f\n'));
		expect(await write(path, '3')).to.deep.equal(fine());
		expect(await read(path, String(process.pid))).to.deep.equal(fine('3\n'));
		expect(sysfs_read('/sys/kernel/instance/serial_cpumask')).to.equal('f\n');
		expect(await write(path, 'green')).to.deep.equal(
			failed('write: write error: Invalid argument'),
		);
		expect(await write(path, 'f,ffffffff')).to.deep.equal(
			failed('write: write error: Value too large for defined data type'),
		);
		expect(await read(path)).to.deep.equal(fine('3\n'));
		// As 4.18 has it: a mask without a CPU that is online is taken, and stops the instance.
		expect(await write(path, '0', false)).to.deep.equal(fine());
		expect(await read(path)).to.deep.equal(fine('0\n'));
	});

	it('takes CPUs offline and brings them back', async () => {
		const cpu = (n: number): string => `devices/system/cpu/cpu${n}/online`;
		expect(await write(cpu(3), '0')).to.deep.equal(fine());
		expect(await read('devices/system/cpu/online')).to.deep.equal(fine('0-2\n'));
		expect(await write(cpu(3), '2')).to.deep.equal(
			failed('write: write error: Invalid argument'),
		);
		for (const n of [0, 1])
			expect(await write(cpu(n), '0')).to.deep.equal(fine());
		expect(await write(cpu(2), '0')).to.deep.equal(
			failed('write: write error: Device or resource busy'),
		);
		for (const n of [0, 1, 3])
			expect(await write(cpu(n), '1')).to.deep.equal(fine());
		expect(await read('devices/system/cpu/online')).to.deep.equal(fine('0-3\n'));
	});

	it('fails as a shell does', async () => {
		make_files(t(), { only_read: 0o444, only_write: 0o200 });
		expect(await read('/sys/none')).to.deep.equal(
			failed('read: /sys/none: No such file or directory'),
		);
		expect(await read('/etc/passwd')).to.deep.equal(
			failed('read: /etc/passwd: No such file or directory'),
		);
		expect(await read('/sys/kernel')).to.deep.equal(
			failed('read: /sys/kernel: Is a directory'),
		);
		expect(await read('kernel/remote/only_read/x')).to.deep.equal(
			failed('read: kernel/remote/only_read/x: Not a directory'),
		);
		expect(await read('kernel/remote/only_read/')).to.deep.equal(
			failed('read: kernel/remote/only_read/: Not a directory'),
		);
		expect(await read('kernel/remote/only_write')).to.deep.equal(
			failed('read: kernel/remote/only_write: Permission denied'),
		);
		expect(await write('kernel/remote/only_read', '1')).to.deep.equal(
			failed('write: kernel/remote/only_read: Permission denied'),
		);
		expect(await write('kernel/remote/none', '')).to.deep.equal(
			failed('write: kernel/remote/none: No such file or directory'),
		);
		expect(await write('/sys', '')).to.deep.equal(failed('write: /sys: Is a directory'));
		expect(await list('/sys/none')).to.deep.equal(
			failed('list: /sys/none: No such file or directory'),
		);
		expect(await list('kernel/remote/only_read')).to.deep.equal(
			failed('list: kernel/remote/only_read: Not a directory'),
		);
		expect(await list('')).to.deep.equal(failed('list: PATH: is empty', 2));
	});

	it('says which call has failed, if store() returns what open() may', async () => {
		const { file } = make_files(t(), { file: 0o644 });
		for (const [errno, text] of [[2, 'No such file or directory'], [13, 'Permission denied'], [
			16,
			'Device or resource busy',
		], [516, 'Unknown error 516']] as const) {
			set(file + test_file.offset.most, -errno);
			expect(await write('kernel/remote/file', '1')).to.deep.equal(
				failed(`write: write error: ${text}`),
			);
		}
	});

	it('writes on until all is taken, as echo does', async () => {
		const { file } = make_files(t(), { file: 0o644 });
		const { calls, taken, most } = test_file.offset;
		expect(await write('kernel/remote/file', 'x'.repeat(10_000))).to.deep.equal(fine());
		expect([load(file + calls), load(file + taken)]).to.deep.equal([3, 10_001]);
		set(file + most, 7);
		expect(await write('kernel/remote/file', 'x'.repeat(20), false)).to.deep.equal(fine());
		expect([load(file + calls), load(file + taken)]).to.deep.equal([6, 10_021]);
		set(file + most, 4096);
		// A character of two bytes over the end of the page.
		expect(await write('kernel/remote/file', `x${'é'.repeat(3000)}`, false)).to.deep.equal(
			fine(),
		);
		expect([load(file + calls), load(file + taken)]).to.deep.equal([8, 16_022]);
		set(file + most, 0);
		expect(await write('kernel/remote/file', 'x')).to.deep.equal(
			failed('write: write error: the file takes nothing'),
		);
	});

	it('lists from the root on, with / behind directories if wanted', async () => {
		make_files(t(), { file: 0o644 });
		expect((await list('/')).out.split('\n')).to.include('sys');
		expect((await list('')).code).to.equal(2);
		expect((await list('/sys')).out.split('\n')).to.include('kernel');
		expect((await list('/sys/', true)).out.split('\n')).to.include('kernel/');
		expect(await list('kernel/remote', true)).to.deep.equal(fine('file\n'));
	});

	it('resolves paths as there are no symbolic links', () => {
		for (const [text, path] of [['/', '/'], ['kernel', '/sys/kernel'], ['.', '/sys/'], ['..',
			'/'], ['/../../sys/./kernel//x', '/sys/kernel/x'], ['kernel/..', '/sys/'], [
			'/sys/kernel/',
			'/sys/kernel/',
		], ['../proc', '/proc'], ['/sys/..x', '/sys/..x']])
			expect(sysfs_path(text), text).to.equal(path);
	});

	it('asks for a process if there are several, and says if there is none', async () => {
		other = createServer((socket) => socket.destroy()).listen(
			join(runtime(), 'padata', '4000001.sock'),
		);
		await once(other, 'listening');
		const { code, err } = await list('/sys');
		expect(code).to.equal(2);
		expect(err).to.match(
			new RegExp(
				`^padata sysfs list: several processes offer their sysfs; say which by --pid:\n\t${process.pid}\t.*node.*\n\t4000001\n$`,
			),
		);
		expect(await read('/sys/none', String(process.pid))).to.deep.equal(
			failed('read: /sys/none: No such file or directory'),
		);
		expect(await read('/sys/none', '4000001')).to.deep.equal(
			failed('read: process 4000001 has closed the connection', 2),
		);
		other.close();
		const none =
			`does not offer its sysfs in ${runtime()}/padata; a process offers it if it is started with --sysfs, PADATA_SYSFS=on, or the boot option sysfs_socket`;
		expect(await read('/sys', '4000001')).to.deep.equal(
			failed(`read: process 4000001 ${none}`, 2),
		);
		for (const pid of ['0', '-1', 'x', '../1', '1e3', '99999999'])
			expect((await read('/sys', pid)).err, pid).to.match(/^padata sysfs read: --pid: /);
		process.env['XDG_RUNTIME_DIR'] = join(runtime(), 'padata');
		expect((await read('/sys')).err).to.match(
			/^padata sysfs read: no process offers its sysfs in .*\/padata\/padata; a process offers it if/,
		);
		process.env['XDG_RUNTIME_DIR'] = runtime();
	});

	it('says that the process is stopped, instead of waiting for it', async () => {
		const process_ = children.start(['--input-type=module', '--eval', `
			import { boot } from ${JSON.stringify(API)};
			await boot({ nr_cpus: 1, sysfs_socket: true });
			setInterval(() => undefined, 1e9);
			console.log('up');
		`]);
		await once(process_.stdout!, 'data');
		process_.kill('SIGSTOP');
		const pid = String(process_.pid);
		expect(await read('/sys', pid)).to.deep.equal(
			failed(
				`read: process ${pid} is stopped, and does not answer; kill -CONT ${pid} lets it go on`,
				2,
			),
		);
		process_.kill('SIGCONT');
		expect((await read('/sys/none', pid)).err).to.match(/No such file/);
	});

	it('says what is wrong with a directory for sockets, or with what is behind one', async () => {
		const loop = join(runtime(), 'loop');
		symlinkSync(loop, loop);
		process.env['XDG_RUNTIME_DIR'] = loop;
		expect(await read('/sys')).to.deep.equal(
			failed(
				`read: XDG_RUNTIME_DIR: ${loop} cannot be looked at: ELOOP: too many symbolic links encountered, stat '${loop}'`,
				2,
			),
		);
		process.env['XDG_RUNTIME_DIR'] = runtime();
		other = createServer((socket) => socket.end('220 ready\n')).listen(
			join(runtime(), 'padata', '4000002.sock'),
		);
		await once(other, 'listening');
		expect(await read('/sys', '4000002')).to.deep.equal(
			failed(
				'read: the other end of the socket is no machine of padata: it has sent "220 ready"',
				2,
			),
		);
	});

	it("says that the directory is another user's", function() {
		if (process.geteuid!() !== 0)
			this.skip();
		// This user cannot look into it, and it is root's, whom everybody trusts.
		const { status, stderr } = spawnSync(process.execPath, [COMMAND, 'sysfs', 'list'], {
			encoding: 'utf8',
			uid: 65534,
			gid: 65534,
			env: { ...process.env, XDG_RUNTIME_DIR: runtime() },
		});
		expect(stderr).to.match(
			/^padata sysfs list: [^\n]*padata cannot be looked at: EACCES[^\n]*\n$/,
		);
		expect(status).to.equal(2);
	});

	it('has the words of libc', () => {
		const words = Object.fromEntries(
			[1, 5, 12, 22, 34, 61, 111, 9999].map((errno) => [errno, errno_text(errno)]),
		);
		expect(words).to.deep.equal({ 1: 'Operation not permitted', 5: 'Input/output error',
			12: 'Cannot allocate memory', 22: 'Invalid argument',
			34: 'Numerical result out of range', 61: 'No data available', 111: 'Connection refused',
			9999: 'Unknown error 9999' });
	});

	it('reaches a process whose main thread is busy, from a shell', () => {
		const { file } = make_files(t(), { file: 0o644 });
		const padata = (args: readonly string[],
			input?: string): { status: number | null; stdout: string; stderr: string } =>
			spawnSync(process.execPath, [COMMAND, 'sysfs', ...args], { encoding: 'utf8', input });
		expect(padata(['list', 'kernel'])).to.include({ status: 0, stdout: 'remote\n',
			stderr: '' });
		expect(padata(['write', 'kernel/remote/file'], 'abc')).to.include({ status: 0, stdout: '',
			stderr: '' });
		expect(load(file + test_file.offset.taken)).to.equal(3);
		expect(padata(['write', '-n', 'kernel/remote/file', 'ab'])).to.include({ status: 0 });
		expect(load(file + test_file.offset.taken)).to.equal(5);
		set(file + test_file.offset.most, -22);
		expect(padata(['write', 'kernel/remote/file', '1', '--pid', String(process.pid)])).to
			.include({ status: 1, stderr: 'padata sysfs write: write error: Invalid argument\n' });
		expect(padata(['read', 'none', '--pid', '4000001'])).to.include({ status: 2, stdout: '' });
	});
});
