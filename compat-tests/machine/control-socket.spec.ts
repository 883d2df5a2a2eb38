// SPDX-License-Identifier: GPL-2.0-only
//
// The socket of a machine: where it is, who is let in, and what a client can do wrong.
import { expect } from 'chai';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync,
	writeFileSync } from 'node:fs';
import { connect, createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { boot, EINVAL } from '../../lib/index.js';
import { connect_socket, SocketClient } from '../../lib/machine/control-socket/client.js';
import { make_socket_directory, socket_directory, socket_path,
	socket_pids } from '../../lib/machine/control-socket/directory.js';
import { LineReader, parse_request, ControlFailure, ControlRequest,
	REQUEST_MAX } from '../../lib/machine/control-socket/protocol.js';
import { Perform, remove_stale_sockets,
	SocketServer } from '../../lib/machine/control-socket/server.js';
import { Children, Ended } from '../support/child.js';
import { load_native } from '../../lib/machine/native.js';
import { host_topology, usable_cpus } from '../../lib/machine/topology.js';
import { jobs, set, until_async, use_machine } from '../support/machine.js';
import { make_files, use_runtime_directory } from '../support/sysfs.js';
import { test_file } from '../support/sysfs.jobs.js';

const API = new URL('../../lib/index.js', import.meta.url).href;

describe('machine: where the sockets are', () => {
	const runtime = use_runtime_directory();
	const env = (XDG_RUNTIME_DIR?: string): NodeJS.ProcessEnv => ({ XDG_RUNTIME_DIR });

	it("in $XDG_RUNTIME_DIR, or in a directory of the user's own for temporary files", () => {
		expect(socket_directory(env(runtime()))).to.equal(`${runtime()}/padata`);
		expect(socket_directory(env(`${runtime()}/`))).to.equal(`${runtime()}/padata`);
		const uid = process.geteuid!();
		expect(socket_directory(env())).to.match(new RegExp(`/padata-${uid}$`));
		expect(socket_directory(env(''))).to.match(new RegExp(`/padata-${uid}$`));
	});

	it('refuses what others could tamper with', () => {
		const path = join(runtime(), 'bad');
		mkdirSync(path);
		const refused = (why: RegExp, directory = path): void => {
			expect(() => make_socket_directory(env(directory))).to.throw(why);
		};
		refused(/XDG_RUNTIME_DIR: "run" is not an absolute path/, 'run');
		refused(/XDG_RUNTIME_DIR: .*\/none is not a directory/, join(path, 'none'));
		chmodSync(path, 0o777);
		refused(/XDG_RUNTIME_DIR: .*\/bad is writable by others/);
		chmodSync(path, 0o1777);
		mkdirSync(join(path, 'padata'), { mode: 0o755 });
		refused(/\/bad\/padata is open to others \(mode 0755, not 0700\)/);
		chmodSync(join(path, 'padata'), 0o700);
		expect(make_socket_directory(env(path))).to.equal(join(path, 'padata'));
	});

	it('refuses a symbolic link, and a file', () => {
		const path = join(runtime(), 'links');
		mkdirSync(join(path, 'elsewhere'), { recursive: true, mode: 0o700 });
		symlinkSync(join(path, 'elsewhere'), join(path, 'padata'));
		expect(() => make_socket_directory(env(path))).to.throw(/padata is not a directory/);
		expect(() => socket_pids(join(path, 'padata'))).to.throw(/padata is not a directory/);
		writeFileSync(join(path, 'elsewhere', 'padata'), '');
		expect(() => make_socket_directory(env(join(path, 'elsewhere')))).to.throw(
			/padata is not a directory/,
		);
	});

	it('refuses a path that is too long for a socket', () => {
		expect(socket_path('/run', 12)).to.equal('/run/12.sock');
		expect(() => socket_path(`/${'d'.repeat(100)}`, 12)).to.throw(
			/too long for the path of a socket \(107 bytes\)/,
		);
	});

	it('removes the sockets that nobody is behind, and no other', async () => {
		const directory = make_socket_directory(env(runtime()));
		const [dead, alive] = [4000001, 4000002].map((pid) => socket_path(directory, pid));
		const servers = [dead, alive].map((path) => createServer().listen(path));
		await Promise.all(servers.map((server) => once(server, 'listening')));
		writeFileSync(join(directory, 'note.txt'), '');
		// close() removes what has the name that it knows.
		renameSync(dead, `${dead}.moved`);
		servers[0].close();
		renameSync(`${dead}.moved`, dead);
		expect(socket_pids(directory)).to.deep.equal([4000001, 4000002]);
		expect(await remove_stale_sockets(directory)).to.deep.equal([4000002]);
		expect(readdirSync(directory).sort()).to.deep.equal(['4000002.sock', 'note.txt']);
		servers[1].close();
	});
});

describe('machine: requests', () => {
	it('takes what is one', () => {
		const requests: ControlRequest[] = [{ op: 'read', path: '/sys' }, { op: 'list', path: '/' },
			{ op: 'write', path: '/sys/a', value: '' }, { op: 'cpus' }, { op: 'masks' }, {
			op: 'watch',
		}];
		for (const request of requests)
			expect(parse_request(JSON.stringify({ ...request, more: 1 }))).to.deep.equal(request);
	});

	it('says what is wrong with others', () => {
		const wrong: [unknown, RegExp][] = [
			[null, /not an object/],
			[[], /not an object/],
			[1, /not an object/],
			[{}, /op: there is no such thing/],
			[{ op: 'rm' }, /op: there is no "rm"; there are: read/],
			[{ op: 'read' }, /path: not a string/],
			[{ op: 'read', path: 1 }, /path/],
			[{ op: 'list', path: 'sys' }, /begins with \//],
			[{ op: 'read', path: '/sys/\0' }, /path: has a NUL/],
			[{ op: 'read', path: `/${'é'.repeat(512)}` }, /1024 bytes or more/],
			[{ op: 'write', path: '/sys/a' }, /value: not a string/],
			[{ op: 'write', path: '/sys/a', value: 3 }, /value/],
			[{ op: 'constructor' }, /op/],
		];
		for (const [request, why] of wrong)
			expect(() => parse_request(JSON.stringify(request)), JSON.stringify(request)).to.throw(
				why,
			);
		expect(() => parse_request('GET / HTTP/1.1')).to.throw(/not JSON/);
	});

	it('makes lines of pieces', () => {
		const lines = new LineReader();
		for (const piece of ['a', 'b\n', '\nc\nd', ''])
			lines.add(piece);
		expect([lines.next(), lines.next(), lines.next(), lines.next()]).to.deep.equal(['ab', '',
			'c', null]);
		expect(lines.pending).to.equal(1);
	});
});

describe('machine: connections', () => {
	const runtime = use_runtime_directory();

	/** A server that does `perform`, a client of it, and the server's end of that. */
	async function connected(perform: Perform,
		test: (client: Socket, served: Socket) => Promise<void>): Promise<void>
	{
		const { server, file } = await SocketServer.listen(perform);
		expect(file.path.startsWith(runtime())).to.equal(true);
		const served = new Promise<Socket>((resolve) => {
			const take = (message: unknown): void => {
				unsubscribe('net.server.socket', take);
				resolve((message as { socket: Socket }).socket);
			};
			subscribe('net.server.socket', take);
		});
		const client = connect({ path: file.path, allowHalfOpen: true }).setEncoding('utf8').on(
			'error',
			() => undefined,
		);
		try {
			await test(client, await served);
		} finally {
			client.destroy();
			await server.close();
			rmSync(file.path);
		}
	}

	it('take what has come in pieces while a request was answered', async () => {
		let go!: () => void;
		const gate = new Promise<void>((resolve) => {
			go = resolve;
		});
		await connected(() => gate.then(() => ({ done: true })), async (client, served) => {
			let text = '';
			const two = new Promise<void>((resolve) => {
				client.on('data', (piece: string) => {
					text += piece;
					if (text.split('\n').length === 3)
						resolve();
				});
			});
			// Each piece is one that the server's end has got.
			for (const piece of ['{"op":"cpus"}\n', '{"op":"c', 'pus"}\n']) {
				const before = served.bytesRead;
				client.write(piece);
				while (served.bytesRead === before)
					await new Promise((resolve) => setImmediate(resolve));
			}
			go();
			await Promise.race([two, once(client, 'close')]);
			expect(text).to.equal('{"done":true}\n'.repeat(2));
		});
	});

	it('give an answer that is longer than what may be left unread', () =>
		connected(() => Promise.resolve({ text: 'x'.repeat(3 << 20) }), async (client) => {
			let length = 0;
			client.on('data', (piece: string) => {
				length += piece.length;
				if (piece.endsWith('\n'))
					client.end();
			});
			client.write('{"op":"cpus"}\n');
			await once(client, 'close');
			expect(length).to.equal((3 << 20) + '{"text":""}\n'.length);
		}));

	it('end when they have been refused, also if the client goes on talking', () =>
		connected(() => Promise.resolve({}), async (client, served) => {
			client.write('[]\n');
			await once(client, 'data');
			const gone = once(served, 'close');
			client.write('more');
			await gone;
		}));
});

describe('machine: its socket', () => {
	const runtime = use_runtime_directory();
	const t = use_machine({ nr_cpus: 2, sysfs_socket: true }, jobs('sysfs'));
	const path = (): string => join(runtime(), 'padata', `${process.pid}.sock`);
	const sockets: Socket[] = [];

	afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

	async function raw(): Promise<Socket> {
		const socket = connect({ path: path(), allowHalfOpen: true });
		sockets.push(socket);
		await once(socket, 'connect');
		return socket.on('error', () => undefined);
	}

	async function client(): Promise<SocketClient> {
		const socket = (await connect_socket(path()))!;
		sockets.push(socket);
		return new SocketClient(socket);
	}

	/** All that comes until the connection ends. */
	async function all_of(socket: Socket): Promise<string> {
		let text = '';
		socket.setEncoding('utf8').on('data', (piece: string) => {
			text += piece;
		});
		await once(socket, 'end');
		return text;
	}

	async function works(): Promise<void> {
		expect(await (await client()).request({ op: 'list', path: '/sys' })).to.have.property(
			'names',
		).that.includes('kernel');
	}

	it("is the user's alone", () => {
		expect((statSync(path()).mode & 0o777).toString(8)).to.equal('600');
		expect((statSync(join(path(), '..')).mode & 0o777).toString(8)).to.equal('700');
		expect(readdirSync(join(runtime(), 'padata'))).to.deep.equal([`${process.pid}.sock`]);
	});

	it('says no to what is not a request, and goes on', async () => {
		for (const garbage of ['GET / HTTP/1.1\r\n\r\n', '\xff\xfe\0\n', '{"op":"read"}\n', '[]\n',
			'\n', `{"op":"list","path":"/sys","x":"${'x'.repeat(REQUEST_MAX)}"}\n`,
			'x'.repeat(REQUEST_MAX + 2), `${'['.repeat(40_000)}\n`,
			`{"op":${'['.repeat(20_000)}${']'.repeat(20_000)}}\n`,
			`{"op":"cpus","x":${'{"x":'.repeat(9)}1${'}'.repeat(10)}\n`])
		{
			const socket = await raw();
			socket.write(garbage);
			const answer = JSON.parse(await all_of(socket)) as ControlFailure;
			expect(answer, garbage.slice(0, 40)).to.include({ errno: EINVAL, at: 'request' });
			expect(answer.message).to.be.a('string');
		}
		await works();
	});

	it('answers in order what comes in pieces, at once, or with the last words', async () => {
		const socket = await raw();
		const text = all_of(socket);
		for (const piece of ['{"op":"list",', '"path":"/sys/none"}\n{"op":"cp',
			'us"}\n{"op":"read","path":"/sys/kernel"}\n{"op":"masks"}\n{"op":"half"'])
			await new Promise<void>((resolve) => {
				socket.write(piece, () => {
					setImmediate(resolve);
				});
			});
		socket.end();
		const answers = (await text).trim().split('\n').map((line) =>
			JSON.parse(line) as Record<string, unknown>
		);
		expect(answers.map((answer) => answer['error'] ?? Object.keys(answer)[0])).to.deep.equal([
			'ENOENT',
			'possible',
			'EISDIR',
			'masks',
		]);
	});

	it('is not hurt by clients that go, or stay and say nothing', async () => {
		const silent = await raw();
		silent.write('{"op":"read","pa');
		const gone = await raw();
		gone.write('{"op":"cpus"}\n{"op":"cpus"}\n');
		gone.destroy();
		const watcher = await raw();
		watcher.write('{"op":"watch"}\n');
		watcher.destroy();
		await works();
		silent.write('th":"/sys/none"}\n');
		silent.end();
		expect(JSON.parse(await all_of(silent))).to.deep.equal({ errno: 2, error: 'ENOENT',
			at: 'open' });
	});

	it('lets files sleep, and answers others meanwhile', async () => {
		const { slow } = make_files(t(), { slow: 0o644, quick: 0o644 });
		set(slow + test_file.offset.gate, 0);
		const [writer, reader, other] = [await client(), await client(), await client()];
		const written = writer.request({ op: 'write', path: '/sys/kernel/remote/slow',
			value: '1' });
		const shown = reader.request({ op: 'read', path: '/sys/kernel/remote/slow' });
		await until_async(slow + test_file.offset.inside, (n) => n === 2);
		expect(await other.request({ op: 'write', path: '/sys/kernel/remote/quick', value: '12' }))
			.to.deep.equal({ count: 2 });
		set(slow + test_file.offset.gate);
		expect(await written).to.deep.equal({ count: 1 });
		expect(await shown).to.deep.equal({ text: 'x'.repeat(4095) });
	});

	it('finishes a write whose client has gone', async () => {
		const { slow } = make_files(t(), { slow: 0o200 });
		set(slow + test_file.offset.gate, 0);
		const writer = await client();
		void writer.request({ op: 'write', path: '/sys/kernel/remote/slow', value: '123' });
		await until_async(slow + test_file.offset.inside, (n) => n === 1);
		writer.close();
		set(slow + test_file.offset.gate);
		await until_async(slow + test_file.offset.taken, (n) => n === 3);
		await works();
	});

	it('takes one page at a time, and what store() returns', async () => {
		const { file } = make_files(t(), { file: 0o644 });
		const c = await client();
		const write = (value: string): Promise<object | null> =>
			c.request({ op: 'write', path: '/sys/kernel/remote/file', value });
		expect(await write('x'.repeat(60_000))).to.deep.equal({ count: 4096 });
		expect(await write('')).to.deep.equal({ count: 0 });
		set(file + test_file.offset.most, -28);
		expect(await write('x')).to.deep.equal({ errno: 28, error: 'ENOSPC', at: 'call' });
		set(file + test_file.offset.most, -2);
		expect(await write('x')).to.deep.equal({ errno: 2, error: 'ENOENT', at: 'call' });
		set(file + test_file.offset.most, -516);
		expect(await write('x')).to.deep.equal({ errno: 516, error: '-516', at: 'call' });
	});

	it('refuses a second machine of this process, which would have its name', async () => {
		const worker = new Worker(
			`import(${
				JSON.stringify(API)
			}).then(({ boot }) => boot({ nr_cpus: 1, sysfs_socket: true }))
			.catch(({ message }) => require('node:worker_threads').parentPort.postMessage(message))`,
			{ eval: true },
		);
		// Asked for at once: a worker's last message and its end may be told of in one go.
		const ended = once(worker, 'exit');
		const [message] = await once(worker, 'message') as [string];
		expect(message).to.equal(
			`boot: option sysfs_socket: ${path()} is there already: another machine of this process has it, or a process of the same number`,
		);
		await ended;
		await works();
	});
});

describe('machine: the end of its socket', () => {
	const runtime = use_runtime_directory();
	const children = new Children();
	afterEach(() => children.kill());
	const left = (): string[] => readdirSync(join(runtime(), 'padata'));

	it('comes with shutdown(), which answers what has been asked', async () => {
		const machine = await boot({ nr_cpus: 1, sysfs_socket: true });
		const path = join(runtime(), 'padata', `${process.pid}.sock`);
		const [idle, watcher, asker] = await Promise.all(
			[1, 2, 3].map(async () => new SocketClient((await connect_socket(path))!)),
		);
		expect(await watcher.request({ op: 'watch' })).to.deep.equal({ event: 'watching' });
		const answer = asker.request({ op: 'cpus' });
		await answer;
		await machine.shutdown();
		expect(existsSync(path)).to.equal(false);
		expect(await idle.next()).to.equal(null);
		let last: object | null = null;
		for (let event; (event = await watcher.next()) !== null;)
			last = event;
		expect(last).to.deep.equal({ event: 'end' });
	});

	const { native } = load_native();
	const usable = usable_cpus(host_topology());

	(native === null || usable.length < 2 ? it.skip : it)(
		'tells what the booting thread may use, not its own',
		async () => {
			const machine = await boot({ sysfs_socket: true });
			try {
				native!.setAffinity([usable[1]]);
				await machine.reread_cpus();
				const c = new SocketClient(
					(await connect_socket(join(runtime(), 'padata', `${process.pid}.sock`)))!,
				);
				expect(await c.request({ op: 'cpus' })).to.deep.include({ allowed: [usable[1]],
					online: [usable[1]] });
				c.close();
			} finally {
				native!.setAffinity(usable);
				await machine.shutdown();
			}
		},
	);

	it('is not there unless it is asked for', async () => {
		const machine = await boot({ nr_cpus: 1 });
		expect(left()).to.deep.equal([]);
		await machine.shutdown();
	});

	it('is asked for by the environment, too', async () => {
		process.env['PADATA_SYSFS'] = 'on';
		try {
			const machine = await boot({ nr_cpus: 1 });
			expect(left()).to.deep.equal([`${process.pid}.sock`]);
			await machine.shutdown();
			await (await boot({ nr_cpus: 1, sysfs_socket: false })).shutdown();
			process.env['PADATA_SYSFS'] = '1';
			const error = await boot({ nr_cpus: 1 }).catch((e: unknown) => e as Error);
			expect((error as Error).message).to.equal(
				'boot: PADATA_SYSFS=1 in the environment is neither "on" nor "off"',
			);
		} finally {
			delete process.env['PADATA_SYSFS'];
		}
	});

	it('is an error of boot() if it cannot be', async () => {
		const directory = process.env['XDG_RUNTIME_DIR']!;
		process.env['XDG_RUNTIME_DIR'] = join(directory, 'none');
		const error = await boot({ nr_cpus: 1, sysfs_socket: true }).catch((e: unknown) =>
			e as Error
		);
		process.env['XDG_RUNTIME_DIR'] = directory;
		expect(error).to.be.instanceOf(RangeError);
		expect((error as Error).message).to.match(
			/^boot: option sysfs_socket: XDG_RUNTIME_DIR: .*\/none is not a directory$/,
		);
	});

	it("comes with the process, however that exits; a killed one's is removed by the next", async () => {
		const run = async (end: string): Promise<Ended> => {
			const ended = await children.run(['--input-type=module', '--eval', `
				import { readdirSync } from 'node:fs';
				import { boot } from ${JSON.stringify(API)};
				await boot({ nr_cpus: 1, sysfs_socket: true });
				console.log(readdirSync(process.env.XDG_RUNTIME_DIR + '/padata').join() === process.pid + '.sock');
				${end}
			`]);
			expect(ended).to.deep.include({ out: 'true\n', err: '' });
			return ended;
		};
		expect(await run('')).to.include({ code: 0 });
		expect(left()).to.deep.equal([]);
		expect(await run('process.exit(3)')).to.include({ code: 3 });
		expect(left()).to.deep.equal([]);
		expect(await children.run(['--input-type=module', '--eval', `
			import { existsSync } from 'node:fs';
			import { boot } from ${JSON.stringify(API)};
			void boot({ nr_cpus: 1, sysfs_socket: true });
			// This thread is told of nothing any more: boot() is not over.
			while (!existsSync(process.env.XDG_RUNTIME_DIR + '/padata/' + process.pid + '.sock'));
			process.exit(4);
		`])).to.include({ code: 4 });
		expect(left()).to.deep.equal([]);
		expect(
			await run('process.kill(process.pid, "SIGKILL"); await new Promise(() => undefined);'),
		).to.include({ signal: 'SIGKILL' });
		expect(left()).to.have.length(1);
		// One that was killed while it made its socket, and one that is about to make it.
		const [gone] = left();
		const dead = join(runtime(), 'padata', `${gone}.new`);
		const alive = join(runtime(), 'padata', `${process.pid}.sock.new`);
		const servers = [dead, alive].map((path) => createServer().listen(path));
		await Promise.all(servers.map((server) => once(server, 'listening')));
		try {
			expect(await remove_stale_sockets(join(runtime(), 'padata'))).to.deep.equal([]);
			expect(left()).to.deep.equal([`${process.pid}.sock.new`]);
		} finally {
			servers.forEach((server) => server.close());
			rmSync(alive, { force: true });
		}
		expect(await run('')).to.include({ code: 0 });
		expect(left()).to.deep.equal([]);
	});
});
