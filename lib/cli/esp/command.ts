// SPDX-License-Identifier: GPL-2.0-only
//
// `padata esp`: every IP packet of a capture into an ESP tunnel, encrypted on all CPUs, written in
// the order of the input.
import { statSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import cliProgress from 'cli-progress';
import { alloc_workqueue, atomic_load, boot, bytes_at, destroy_workqueue, EBUSY, EINVAL, errno_name,
	kfree, kmalloc, load, Machine, ModuleFunctions, nr_cpu_ids, padata_alloc_possible,
	padata_do_parallel, padata_free, padata_priv, padata_start, padata_stop, sleep_on, store,
	store_function, WQ_CPU_INTENSIVE, WQ_MEM_RECLAIM } from '../../index.js';
import { CaptureError, open_capture } from './capture.js';
import { EspSa, OUTER_MAX, SaConfig, SEQUENCE_MAX } from './esp.js';
import { Frame } from './frame.js';
import { flush } from './jobs.js';
import { find_ip, IpPacket, PassCounts, pass_reasons } from './link.js';
import { other_callback_cpu, show_masks } from './masks.js';
import { OptionError, parse_cpu_list, parse_integer, sysfs_socket } from '../options.js';
import { parse_cb_cpu, parse_sa } from './options.js';
import { PcapWriteError, PcapWriter, RECORD_HEADER } from './pcap-writer.js';
import { counter, esp_request, esp_run, make_run, RING } from './shared.js';

const q = esp_request.offset;
const r = esp_run.offset;

/**
 * The plain loop is timed over as many packets at most; it gives a rate, not the whole job once
 * more.
 */
const PLAIN_PACKETS = 200_000;
/** So often main looks at its event loop: signals, the progress bar (ms). */
const BREATH_MS = 50;

export interface EspOptions {
	readonly key?: string;
	readonly salt?: string;
	readonly spi?: string;
	readonly tunnel?: string;
	readonly cpus?: string;
	readonly cbCpu?: string;
	readonly repeat?: string;
	readonly sysfs?: boolean;
	readonly json?: boolean;
}

/** What came out of it; --json prints this. */
export interface EspResult {
	readonly packets: number;
	/** Of the IP packets, and of the ESP packets made of them. */
	readonly bytesIn: number;
	readonly bytesOut: number;
	readonly passedOver: Partial<Record<keyof typeof pass_reasons, number>>;
	readonly perCpu: Record<string, number>;
	readonly seconds: number;
	readonly packetsPerSecond: number;
	readonly mbitPerSecond: number;
	/**
	 * The same work (read, encrypt, write) in a plain loop on one thread, over at most 200,000
	 * packets.
	 */
	readonly plain: { readonly packets: number; readonly seconds: number;
		readonly packetsPerSecond: number };
	readonly timesPlain: number;
	readonly orderHeld: boolean;
	readonly sa: { readonly key: string; readonly salt: string; readonly spi: number };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/**
 * The frames of a capture, `repeat` times over.
 * @param each gets the frame and its IP packet; false ends it
 */
async function each_packet(path: string, repeat: number, passed: PassCounts, sa: EspSa,
	each: (frame: Frame, ip: IpPacket) => boolean,
	breathe: (done: number) => Promise<void>): Promise<void>
{
	let breath = performance.now();
	for (let round = 0; round < repeat; round++) {
		const reader = open_capture(path);
		try {
			for (let frame = reader.next(), n = 0; frame !== null; frame = reader.next(), n++) {
				const ip = find_ip(frame);
				if (typeof ip === 'string')
					passed.add(ip);
				else if (sa.output_length(ip.length) > OUTER_MAX)
					passed.add('too-long');
				else if (!each(frame, ip))
					return;
				if ((n & 63) === 0 && performance.now() - breath > BREATH_MS) {
					await breathe(
						reader.size === null
							? 0
							: (round + reader.bytes_read / reader.size) / repeat,
					);
					breath = performance.now();
				}
			}
		} finally {
			reader.close();
		}
	}
}

/**
 * Where the plain loop writes: where the job will write if that is a file, since pages of a file
 * cost time too.
 */
function plain_output(output: string): string {
	return output !== '-' && (statSync(output, { throwIfNoEntry: false })?.isFile() ?? true)
		? output
		: '/dev/null';
}

/** The same work on this thread alone. Its output is taken back. */
async function plain_loop(path: string, output: string, repeat: number,
	config: SaConfig): Promise<EspResult['plain']>
{
	const sa = new EspSa(config);
	const writer = new PcapWriter(plain_output(output));
	const out = Buffer.allocUnsafeSlow(OUTER_MAX);
	let packets = 0;
	try {
		const start = performance.now();
		await each_packet(path, repeat, new PassCounts(), sa,
			(frame, { offset, length, version }) => {
				const bytes = sa.encapsulate(frame.data, offset, length, version, packets + 1, out,
					0);
				writer.write(frame.tsSec, frame.tsNsec, out, 0, bytes);
				return ++packets < PLAIN_PACKETS;
			}, () => Promise.resolve());
		writer.hand_over();
		const seconds = (performance.now() - start) / 1000;
		return { packets, seconds, packetsPerSecond: packets / seconds };
	} finally {
		writer.abort();
	}
}

/** One run of the job on a booted machine. */
class EspJob {
	readonly #pinst: number;
	readonly #wq: number;
	readonly passed = new PassCounts();
	packets = 0;
	bytes_in = 0;
	bytes_out = 0;

	constructor(readonly run: number, readonly jobs: ModuleFunctions, readonly sa: EspSa,
		readonly cb_cpus: readonly number[])
	{
		this.#wq = alloc_workqueue('esp', WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
		this.#pinst = padata_alloc_possible(this.#wq);
		const err = this.#pinst === 0 ? -12 : padata_start(this.#pinst);
		if (err !== 0)
			throw new Error(
				`padata esp: the padata instance cannot be started: ${errno_name(err)}`,
			);
		show_masks(this.#pinst);
	}

	/**
	 * Submit a packet; sleeps while there are too many on their way.
	 * @returns false if the output has failed
	 */
	submit(frame: Frame, ip: IpPacket): boolean {
		const record_length = RECORD_HEADER + this.sa.output_length(ip.length);
		if (this.packets >= SEQUENCE_MAX)
			throw new OptionError('--repeat',
				`more than ${SEQUENCE_MAX} packets: the sequence number must not come round`);
		this.#make_room(RING);
		const size = esp_request.size + ip.length + record_length;
		let request = kmalloc(size);
		for (let window = RING / 2; request === 0; request = kmalloc(size), window >>= 1) {
			if (window === 0)
				throw new Error('padata esp: the machine has no memory left');
			this.#make_room(window);
		}
		const index = this.packets++;
		bytes_at(request + esp_request.size, ip.length).set(
			frame.data.subarray(ip.offset, ip.offset + ip.length),
		);
		store(request + q.run, this.run);
		store(request + q.index, index);
		store(request + q.innerLength, ip.length);
		store(request + q.innerVersion, ip.version);
		store(request + q.seq, index + 1);
		store(request + q.tsSec, frame.tsSec);
		store(request + q.tsNsec, frame.tsNsec);
		store(request + q.recordLength, record_length);
		store(request + padata_priv.offset.info, 0);
		store_function(request + padata_priv.offset.parallel, this.jobs.parallel);
		store_function(request + padata_priv.offset.serial, this.jobs.serial);
		this.bytes_in += ip.length;
		this.bytes_out += record_length - RECORD_HEADER;
		try {
			this.#send(request, this.cb_cpus[index % this.cb_cpus.length]);
		} catch (error) {
			// Nobody shall wait for it.
			this.packets--;
			kfree(request);
			throw error;
		}
		return load(this.run + r.failed) === 0;
	}

	#send(request: number, cb_cpu: number): void {
		for (;;) {
			const err = padata_do_parallel(this.#pinst, request, cb_cpu);
			if (err === 0)
				return;
			if (err === -EBUSY)
				// It is padata's limit of 1000: wait for half of them, so that main does not wake
				// up for each.
				this.#make_room(500);
			else if (err === -EINVAL)
				// Somebody has changed the masks, or a CPU has gone.
				cb_cpu = other_callback_cpu(this.#pinst, this.packets);
			else
				throw new Error(`padata esp: padata_do_parallel: ${errno_name(err)}`);
		}
	}

	/** Sleep until fewer than `window` packets are between submission and the file. */
	#make_room(window: number): void {
		this.#wait_for(this.packets - window + 1);
	}

	#wait_for(index: number): void {
		for (;;) {
			const next = atomic_load(this.run + r.next);
			if (next >= index)
				return;
			store(this.run + r.waiting, index);
			// The count may have passed `index` before we said that we wait for it: then it is no
			// longer what we saw, or changes once more; the time-out covers the last packet.
			if (atomic_load(this.run + r.next) === next)
				sleep_on(this.run + r.next, next, 5);
		}
	}

	/** All packets are submitted: wait for them. */
	finish(): void {
		padata_stop(this.#pinst);
		this.#wait_for(this.packets);
		padata_free(this.#pinst);
		destroy_workqueue(this.#wq);
		flush(this.run);
	}
}

interface Settings {
	readonly sa: Required<SaConfig>;
	readonly repeat: number;
	readonly input: string;
	readonly output: string;
}

async function run_job(machine: Machine, settings: Settings, cb_cpus: readonly number[],
	interrupted: () => boolean): Promise<EspResult>
{
	const { sa, repeat, input, output } = settings;
	const online = machine.cpus().online;
	const plain = await plain_loop(input, output, repeat, sa);
	const jobs = await machine.load_module(new URL('./jobs.js', import.meta.url));
	const probe = open_capture(input);
	probe.next();
	const nanosecond = probe.nanosecond;
	probe.close();
	const writer = new PcapWriter(output, { nanosecond });
	const bar = process.stderr.isTTY && plain.seconds * repeat > 1
		? new cliProgress.SingleBar({ format: 'encrypting {bar} {percentage}% | {packets} packets',
			hideCursor: true, stream: process.stderr })
		: null;
	try {
		const run = make_run(sa, nanosecond, writer.hand_over(), nr_cpu_ids);
		const job = new EspJob(run, jobs, new EspSa(sa), cb_cpus);
		bar?.start(1000, 0, { packets: 0 });
		const start = performance.now();
		try {
			await each_packet(input, repeat, job.passed, job.sa, (frame, ip) =>
				job.submit(frame, ip), async (done) => {
				bar?.update(Math.round(done * 1000), { packets: job.packets });
				await new Promise((resolve) => {
					setImmediate(resolve);
				});
				if (interrupted())
					throw new Error('interrupted');
			});
		} finally {
			job.finish();
			bar?.stop();
		}
		if (load(run + r.failed) !== 0)
			throw write_error(output, load(run + r.failed));
		writer.commit();
		const seconds = (performance.now() - start) / 1000;
		const result: EspResult = {
			packets: job.packets,
			bytesIn: job.bytes_in,
			bytesOut: job.bytes_out,
			passedOver: job.passed.toJSON(),
			perCpu: per_cpu(run, online),
			seconds,
			packetsPerSecond: job.packets / seconds,
			mbitPerSecond: job.bytes_in * 8 / seconds / 1e6,
			plain,
			timesPlain: job.packets / seconds / plain.packetsPerSecond,
			orderHeld: load(run + r.outOfOrder) === 0,
			sa: { key: hex(sa.key), salt: hex(sa.salt), spi: sa.spi },
		};
		kfree(load(run + r.buffer));
		kfree(run);
		return result;
	} catch (error) {
		writer.abort();
		throw error;
	}
}

/** What each CPU has encrypted. @param online when the job began; others may have come since */
function per_cpu(run: number, online: readonly number[]): Record<string, number> {
	const counts = Array.from({ length: nr_cpu_ids },
		(_, cpu) => [cpu, load(counter(run, cpu))] as const);
	return Object.fromEntries(counts.filter(([cpu, n]) => n > 0 || online.includes(cpu)));
}

/** The error that a CPU's write has met. */
function write_error(output: string, errno: number): PcapWriteError {
	const [code, message] = getSystemErrorMap().get(errno) ?? ['EIO', 'write failed'];
	return new PcapWriteError(output, 'write', Object.assign(new Error(message), { code }));
}

function print(result: EspResult, output: string): void {
	const rate = (n: number): string => Math.round(n).toLocaleString('en');
	const lines = [
		`${rate(result.packets)} packets, ${rate(result.bytesIn)} bytes -> ${
			rate(result.bytesOut)
		} bytes of ESP in ${output}`,
		...Object.entries(result.passedOver).map(([reason, n]) =>
			`passed over: ${rate(n)} (${pass_reasons[reason as keyof typeof pass_reasons]})`
		),
		`per CPU: ${
			Object.entries(result.perCpu).map(([cpu, n]) => `cpu ${cpu}: ${rate(n)}`).join(', ')
		}`,
		`padata:     ${rate(result.packetsPerSecond)} packets/s, ${
			rate(result.mbitPerSecond)
		} Mbit/s`,
		`plain loop: ${rate(result.plain.packetsPerSecond)} packets/s (one thread, the same work, ${
			rate(result.plain.packets)
		} packets)`,
		`padata is ${result.timesPlain.toFixed(2)} times as fast; order ${
			result.orderHeld ? 'held' : 'NOT held'
		}`,
		`key ${result.sa.key} salt ${result.sa.salt} spi ${result.sa.spi}`,
	];
	process.stdout.write(`${lines.join('\n')}\n`);
}

/** @returns the exit code */
export async function esp_command(input: string, output: string,
	options: EspOptions): Promise<number>
{
	let machine: Machine | null = null;
	let interrupted = false;
	const interrupt = (): void => {
		interrupted = true;
	};
	process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
	// node:crypto allocates several small buffers for a packet. V8's helper threads, which would
	// free them, fight with the CPUs for the allocator's locks and for the cores: without them the
	// job runs 1.3 times as fast, the plain loop 1.1.
	setFlagsFromString('--no-concurrent-array-buffer-sweeping');
	try {
		const sa = parse_sa(options);
		const repeat = options.repeat === undefined
			? 1
			: parse_integer('--repeat', options.repeat, 1, 1e6);
		if (input === '-')
			throw new OptionError('IN', 'the capture is read more than once, so it must be a file');
		const cpus = options.cpus === undefined
			? undefined
			: parse_cpu_list('--cpus', options.cpus, 65535);
		// A capture that cannot be read is told before anything is started.
		open_capture(input).close();
		machine = await boot({ ...cpus === undefined ? {} : { cpus },
			...sysfs_socket(options.sysfs) });
		const online = machine.cpus().online;
		const cb = options.cbCpu === undefined
			? online[0]
			: parse_cb_cpu('--cb-cpu', options.cbCpu, 65535);
		if (cb !== 'rr' && !online.includes(cb))
			throw new OptionError('--cb-cpu',
				`CPU ${cb} is not one of the CPUs in use (${online.join(',')})`);
		const result = await run_job(machine, { sa, repeat, input, output },
			cb === 'rr' ? online : [cb], () => interrupted);
		if (options.json === true)
			process.stdout.write(`${JSON.stringify(result, null, '\t')}\n`);
		else
			print(result, output);
		return result.orderHeld ? 0 : 1;
	} catch (error) {
		if (interrupted || error instanceof CaptureError || error instanceof OptionError
			|| error instanceof PcapWriteError || error instanceof RangeError)
		{
			process.stderr.write(
				`padata esp: ${
					interrupted ? 'interrupted, nothing written' : (error as Error).message
				}\n`,
			);
			return interrupted ? 130 : 1;
		}
		throw error;
	} finally {
		process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
		await machine?.shutdown();
	}
}
