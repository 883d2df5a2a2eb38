// SPDX-License-Identifier: GPL-2.0-only
//
// `padata esp`: every IP packet of a capture into an ESP tunnel, encrypted on all CPUs, written in
// the order of the input.
import { getSystemErrorMap } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import cliProgress from 'cli-progress';
import { boot, kfree, load, Machine, nr_cpu_ids } from '../../index.js';
import { EXIT, exit_of_error, exit_of_output, exit_of_signal } from '../exit-codes.js';
import { CommandError, OptionError, parse_cpu_list, parse_integer,
	sysfs_socket } from '../options.js';
import type { Crypto } from './burst.js';
import { CaptureError, open_capture, type CaptureReader } from './capture.js';
import { EspSa, SaConfig } from './esp.js';
import { EspJob, free_chunks, make_chunks } from './job.js';
import { PassCounts, pass_reasons } from './link.js';
import { parse_cb_cpu, parse_sa } from './options.js';
import { each_packet } from './packets.js';
import { PcapWriteError, PcapWriter } from './pcap-writer.js';
import { plain_loop, PlainRate } from './plain.js';
import { counter, esp_run, make_run } from './shared.js';

const r = esp_run.offset;

/** Packets in an object, if --burst does not say it. */
const BURST = 256;
const BURST_MAX = 1024;

export interface EspOptions {
	readonly key?: string;
	readonly salt?: string;
	readonly spi?: string;
	readonly tunnel?: string;
	readonly cpus?: string;
	readonly cbCpu?: string;
	readonly repeat?: string;
	readonly burst?: string;
	/** true: with the plain loop; "node": also with one that uses node:crypto. */
	readonly compare?: string | boolean;
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
	/** Most packets in an object of padata. */
	readonly burst: number;
	/** Who encrypts: OpenSSL by the addon, a burst in a call, or node:crypto, packet by packet. */
	readonly crypto: Crypto;
	/**
	 * The same work in a plain loop on one thread, for a second at most; null without --compare.
	 */
	readonly plain: PlainRate | null;
	/** The same with node:crypto; null without --compare=node. */
	readonly plainNode: PlainRate | null;
	/** How many times as fast as the plain loop; null without that, or if nothing was wrapped. */
	readonly timesPlain: number | null;
	readonly orderHeld: boolean;
	readonly sa: { readonly key: string; readonly salt: string; readonly spi: number };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

interface Settings {
	readonly sa: Required<SaConfig>;
	readonly repeat: number;
	readonly burst: number;
	readonly compare: boolean;
	readonly compare_node: boolean;
	readonly input: string;
	readonly output: string;
}

/** A bar on the terminal, from the second second on. */
class Progress {
	readonly #begin = performance.now();
	#bar: cliProgress.SingleBar | null = null;

	update(done: number, packets: number): void {
		if (this.#bar === null && process.stderr.isTTY && performance.now() - this.#begin > 1000) {
			this.#bar = new cliProgress.SingleBar({
				format: 'encrypting {bar} {percentage}% | {packets} packets',
				hideCursor: true,
				stream: process.stderr,
			});
			this.#bar.start(1000, 0, { packets: 0 });
		}
		this.#bar?.update(Math.round(done * 1000), { packets });
	}

	stop(): void {
		this.#bar?.stop();
	}
}

async function run_job(machine: Machine, settings: Settings, cb_cpus: readonly number[],
	interrupted: () => boolean): Promise<EspResult>
{
	const { sa, repeat, burst, input, output } = settings;
	const online = machine.cpus().online;
	const jobs = await machine.load_module(new URL('./jobs.js', import.meta.url));
	const chunks = make_chunks();
	let job: EspJob | null = null;
	// Until there is a job the reader needs no further buffer: it looks at the first frame only.
	const open = (): CaptureReader => open_capture(input, () => job?.next_chunk() ?? chunks[0]);
	const first = open();
	let writer: PcapWriter | null = null;
	try {
		first.look_ahead();
		const plain = settings.compare
			? await plain_loop(input, output, repeat, sa, 'addon', interrupted)
			: null;
		const plain_node = settings.compare_node
			? await plain_loop(input, output, repeat, sa, 'node', interrupted)
			: null;
		if (interrupted())
			throw new Error('interrupted');
		writer = new PcapWriter(output, { nanosecond: first.nanosecond });
		const run = make_run(sa, writer.hand_over(), nr_cpu_ids);
		if (run === 0)
			throw new CommandError('the machine has no memory left for the job');
		const encryptor = job = new EspJob(run, jobs, new EspSa(sa), chunks, cb_cpus, burst,
			first.nanosecond);
		const passed = new PassCounts();
		const progress = new Progress();
		const start = performance.now();
		let next: CaptureReader | null = first;
		try {
			await each_packet({
				open: () => {
					const reader = next ?? open();
					next = null;
					return reader;
				},
				repeat,
				sa: job.sa,
				passed,
				each: (frame, ip) => encryptor.add(frame, ip),
				breathe: async (done) => {
					progress.update(done, encryptor.packets);
					await new Promise((resolve) => {
						setImmediate(resolve);
					});
					if (interrupted())
						throw new Error('interrupted');
				},
			});
		} finally {
			job.finish();
			progress.stop();
		}
		// As the plain loop's: until all is written. To replace an old output of some hundred
		// megabytes takes as long again.
		const seconds = (performance.now() - start) / 1000;
		if (load(run + r.sealFailed) !== 0)
			throw new CommandError(
				'a packet could not be encrypted, see the kernel log; nothing written',
			);
		if (load(run + r.failed) !== 0)
			throw write_error(output, load(run + r.failed));
		if (load(run + r.outOfOrder) !== 0)
			throw new CommandError(
				'packets came out of order, which is a fault of padata; nothing written',
			);
		writer.commit();
		const packets_per_second = job.packets / seconds;
		const result: EspResult = {
			packets: job.packets,
			bytesIn: job.bytes_in,
			bytesOut: job.bytes_out,
			passedOver: passed.toJSON(),
			perCpu: per_cpu(run, online),
			seconds,
			packetsPerSecond: packets_per_second,
			mbitPerSecond: job.bytes_in * 8 / seconds / 1e6,
			burst,
			crypto: load(run + r.crypto) === 0 ? 'node' : 'addon',
			plain,
			plainNode: plain_node,
			timesPlain: plain === null || plain.packets === 0 || job.packets === 0
				? null
				: packets_per_second / plain.packetsPerSecond,
			orderHeld: load(run + r.outOfOrder) === 0,
			sa: { key: hex(sa.key), salt: hex(sa.salt), spi: sa.spi },
		};
		kfree(load(run + r.buffer));
		kfree(run);
		free_chunks(chunks);
		return result;
	} catch (error) {
		writer?.abort();
		throw error;
	} finally {
		first.close();
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

const rate = (n: number): string => Math.round(n).toLocaleString('en');
const mbit = (bytes: number, seconds: number): string => rate(bytes * 8 / seconds / 1e6);

/** The result for people: what was done, how fast, against what, on how many cores. */
function text(result: EspResult, output: string): string {
	const { packets, bytesIn, bytesOut, seconds, plain, plainNode, perCpu } = result;
	const cpus = Object.keys(perCpu).length;
	const compared = (what: string, { packetsPerSecond, bytes, seconds: s }: PlainRate): string =>
		`${what.padEnd(33)} ${rate(packetsPerSecond).padStart(10)} packets/s ${
			mbit(bytes, s).padStart(7)
		} Mbit/s`;
	const how = result.crypto === 'addon' ? '' : ', by node:crypto, since the addon cannot';
	const lines = [
		`${rate(packets)} packets, ${rate(bytesIn)} bytes -> ${
			rate(bytesOut)
		} bytes of ESP in ${output}`,
		...Object.entries(result.passedOver).map(([reason, n]) =>
			`passed over: ${rate(n)} (${pass_reasons[reason as keyof typeof pass_reasons]})`
		),
		`per CPU: ${Object.entries(perCpu).map(([cpu, n]) => `cpu ${cpu}: ${rate(n)}`).join(', ')}`,
		`key ${result.sa.key} salt ${result.sa.salt} spi ${result.sa.spi}`,
		`order ${result.orderHeld ? 'held' : 'NOT held'}`,
		compared(`padata on ${cpus} CPU${cpus === 1 ? '' : 's'}${how}:`, {
			packets,
			bytes: bytesIn,
			seconds,
			packetsPerSecond: result.packetsPerSecond,
			crypto: result.crypto,
		}),
	];
	if (plain !== null)
		lines.push(compared('a plain loop on one thread:', plain));
	if (plainNode !== null)
		lines.push(compared('the same with node:crypto:', plainNode));
	if (result.timesPlain !== null && packets > 0)
		lines.push(
			`padata is ${result.timesPlain.toFixed(2)} times as fast as one thread${
				plainNode === null
					? ''
					: `, ${
						(result.packetsPerSecond / plainNode.packetsPerSecond).toFixed(1)
					} times as fast as one with node:crypto`
			}`,
		);
	return `${lines.join('\n')}\n`;
}

/** Say why nothing was wrapped. */
function nothing_wrapped(input: string, { passedOver }: EspResult): string {
	const reasons = Object.entries(passedOver).map(([reason, n]) =>
		`${n} passed over (${pass_reasons[reason as keyof typeof pass_reasons]})`
	);
	return `padata esp: ${input}: nothing was wrapped: ${
		reasons.length === 0 ? 'the capture has no packet' : reasons.join(', ')
	}\n`;
}

/** @returns the exit code */
export async function esp_command(input: string, output: string,
	options: EspOptions): Promise<number>
{
	let machine: Machine | null = null;
	let interrupted: NodeJS.Signals | null = null;
	const interrupt = (signal: NodeJS.Signals): void => {
		interrupted ??= signal;
	};
	process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
	// Where node:crypto encrypts, it allocates several small buffers for a packet. V8's helper
	// threads, which would free them, fight with the CPUs for the allocator's locks and for the
	// cores: without them the job runs 1.3 times as fast.
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
		const burst = options.burst === undefined
			? BURST
			: parse_integer('--burst', options.burst, 1, BURST_MAX);
		const { compare } = options;
		if (typeof compare === 'string' && compare !== 'node')
			throw new OptionError('--compare', `"${compare}" is not "node"`);
		machine = await boot({ ...cpus === undefined ? {} : { cpus },
			...sysfs_socket(options.sysfs) });
		const online = machine.cpus().online;
		const cb = options.cbCpu === undefined
			? online[0]
			: parse_cb_cpu('--cb-cpu', options.cbCpu, 65535);
		if (cb !== 'rr' && !online.includes(cb))
			throw new OptionError('--cb-cpu',
				`CPU ${cb} is not one of the CPUs in use (${online.join(',')})`);
		const result = await run_job(machine, { sa, repeat, burst, input, output,
			compare: compare !== undefined, compare_node: compare === 'node' },
			cb === 'rr' ? online : [cb], () => interrupted !== null);
		// The capture has the standard output to itself.
		const report = output === '-' ? process.stderr : process.stdout;
		report.write(
			options.json === true
				? `${JSON.stringify(result, null, '\t')}\n`
				: text(result, output),
		);
		if (result.packets > 0)
			return EXIT.done;
		process.stderr.write(nothing_wrapped(input, result));
		return EXIT.nothing;
	} catch (error) {
		if (interrupted !== null) {
			process.stderr.write('padata esp: interrupted, nothing written\n');
			return exit_of_signal(interrupted);
		}
		const code = error instanceof CaptureError
			? EXIT.failed
			: error instanceof PcapWriteError
			? exit_of_output(error.cause as NodeJS.ErrnoException)
			: exit_of_error(error);
		if (code === null)
			throw error;
		process.stderr.write(`padata esp: ${(error as Error).message}\n`);
		return code;
	} finally {
		process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
		await machine?.shutdown();
	}
}
