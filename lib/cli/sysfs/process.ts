// SPDX-License-Identifier: GPL-2.0-only
//
// The running processes whose sysfs can be reached, and which of them a command means.
import { readFileSync } from 'node:fs';
import { connect_socket, SocketClient } from '../../machine/control-socket/client.js';
import { socket_directory, SocketError,
	socket_path } from '../../machine/control-socket/directory.js';
import { ControlFailure, ControlRequest } from '../../machine/control-socket/protocol.js';
import { remove_stale_sockets } from '../../machine/control-socket/server.js';
import { parse_integer } from '../options.js';

const HOW =
	'a process offers it if it is started with --sysfs, PADATA_SYSFS=on, or the boot option sysfs_socket';

/** A process that offers its sysfs to us. */
export class OtherProcess {
	private constructor(readonly pid: number, private readonly directory: string) {}

	/**
	 * @param pid which one, as the user writes it; undefined: the only one
	 * @throws SocketError: it is not there, there is none, or there are several; OptionError: pid
	 *   is no number
	 */
	static async find(pid: string | undefined): Promise<OtherProcess> {
		const directory = socket_directory();
		if (pid !== undefined)
			return new OtherProcess(parse_integer('--pid', pid, 1, 2 ** 22), directory);
		const pids = await remove_stale_sockets(directory);
		if (pids.length === 0)
			throw new SocketError(`no process offers its sysfs in ${directory}; ${HOW}`);
		if (pids.length > 1)
			throw new SocketError(
				`several processes offer their sysfs; say which by --pid:\n${
					pids.map((each) => `\t${each}\t${command_line(each)}\n`).join('')
				}`.trimEnd(),
			);
		return new OtherProcess(pids[0], directory);
	}

	/** @throws SocketError */
	async #connect(): Promise<SocketClient> {
		const { pid, directory } = this;
		let socket;
		try {
			socket = await connect_socket(socket_path(directory, pid));
		} catch (error) {
			throw new SocketError(`process ${pid}: ${(error as Error).message}`, { cause: error });
		}
		if (socket !== null)
			return new SocketClient(socket);
		// If it has ended, its socket should not stay.
		await remove_stale_sockets(directory);
		throw new SocketError(`process ${pid} does not offer its sysfs in ${directory}; ${HOW}`);
	}

	/**
	 * A request by a connection of its own: one that is silent for long is closed.
	 * @returns the answer, or what went wrong
	 * @throws SocketError: the process is not there, has ended meanwhile, or refuses the request
	 */
	async request<Answer extends object>(
		request: ControlRequest,
	): Promise<Answer | ControlFailure> {
		const client = await this.#connect();
		const answer = await this.#ask(client, request);
		client.close();
		if (answer === null)
			throw new SocketError(`process ${this.pid} has closed the connection`);
		if ('errno' in answer && (answer as ControlFailure).at === 'request')
			throw new SocketError(
				`process ${this.pid} does not understand the request: ${
					(answer as ControlFailure).message ?? ''
				}`,
			);
		return answer as Answer | ControlFailure;
	}

	/** @throws SocketError, with the connection closed: the process does not answer */
	async #ask(client: SocketClient, request: ControlRequest): Promise<object | null> {
		try {
			return await client.request(request, () => {
				if (is_stopped(this.pid))
					throw new SocketError(
						`process ${this.pid} is stopped, and does not answer; kill -CONT ${this.pid} lets it go on`,
					);
			});
		} catch (error) {
			client.close();
			throw error;
		}
	}

	/** A connection that tells what happens in the process from now on. @throws SocketError */
	async watch(): Promise<SocketClient> {
		const client = await this.#connect();
		if (await this.#ask(client, { op: 'watch' }) === null)
			throw new SocketError(`process ${this.pid} has closed the connection`);
		return client;
	}
}

/** Is a process stopped, by SIGSTOP, ^Z or a debugger? */
function is_stopped(pid: number): boolean {
	try {
		// The name before it may have anything in it.
		return /^[Tt]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, ''));
	} catch {
		return false;
	}
}

/** How a process was started, for people. */
function command_line(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim().slice(0,
			100);
	} catch {
		return '';
	}
}
