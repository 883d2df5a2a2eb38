// SPDX-License-Identifier: GPL-2.0-only
//
// Where `padata cpus` looks: a machine of its own, on the host's CPUs, or that of a running
// process.
import { boot, CpusInfo, Machine } from '../../index.js';
import { SocketClient } from '../../machine/control-socket/client.js';
import { SocketError } from '../../machine/control-socket/directory.js';
import { InstanceMasks } from '../../machine/control-socket/protocol.js';
import { cpu_event, read_masks, ControlEvent, watch_machine } from '../../boot/control-socket.js';
import { OtherProcess } from '../sysfs/process.js';

/** What is shown. */
export interface CpusState {
	readonly cpus: CpusInfo;
	/** Of all instances that are in sysfs. */
	readonly masks: readonly InstanceMasks[];
}

/**
 * What a source tells. lost: it tells nothing any more, whatever the reason; if there was no end
 * before, the process was killed.
 */
export type SourceEvent = ControlEvent | { readonly event: 'lost' };

export interface CpusSource {
	look(): Promise<CpusState>;
	/** Tell what happens from now on. */
	watch(tell: (event: SourceEvent) => void): Promise<void>;
	close(): Promise<void>;
}

/** A machine in this process. */
class OwnMachine implements CpusSource {
	#stop: (() => void) | null = null;

	constructor(private readonly machine: Machine) {}

	look(): Promise<CpusState> {
		return Promise.resolve({ cpus: this.machine.cpus(), masks: read_masks() });
	}

	watch(tell: (event: SourceEvent) => void): Promise<void> {
		this.#stop = watch_machine(tell);
		this.machine.on('cpu', (event) => tell(cpu_event(event)));
		return Promise.resolve();
	}

	async close(): Promise<void> {
		this.#stop?.();
		await this.machine.shutdown();
	}
}

/** The machine of a running process. */
class OtherMachine implements CpusSource {
	#events: SocketClient | null = null;

	constructor(private readonly other: OtherProcess) {}

	async look(): Promise<CpusState> {
		const cpus = await this.#ask<CpusInfo>('cpus');
		return { cpus, masks: (await this.#ask<{ masks: InstanceMasks[] }>('masks')).masks };
	}

	async #ask<Answer extends object>(op: 'cpus' | 'masks'): Promise<Answer> {
		const answer = await this.other.request<Answer>({ op });
		if ('errno' in answer)
			throw new SocketError(`process ${this.other.pid}: ${answer.message ?? answer.error}`);
		return answer;
	}

	async watch(tell: (event: SourceEvent) => void): Promise<void> {
		this.#events = await this.other.watch();
		void this.#follow(this.#events, tell);
	}

	async #follow(events: SocketClient, tell: (event: SourceEvent) => void): Promise<void> {
		for (let event; (event = await events.next()) !== null;)
			tell(event as ControlEvent);
		tell({ event: 'lost' });
	}

	close(): Promise<void> {
		this.#events?.close();
		return Promise.resolve();
	}
}

/** @param pid of the process; undefined: a machine of our own. @throws SocketError */
export async function open_source(pid: string | undefined): Promise<CpusSource> {
	// Nobody looks for us: it is who looks.
	return pid === undefined
		? new OwnMachine(await boot({ sysfs_socket: false }))
		: new OtherMachine(await OtherProcess.find(pid));
}
