// SPDX-License-Identifier: GPL-2.0-only
//
// `padata esp` as a user runs it: the output against the input, packet by packet, by our own
// decapsulation and by tshark.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { open_capture } from '../../lib/cli/esp/capture.js';
import type { EspResult } from '../../lib/cli/esp/command.js';
import { Children } from '../support/child.js';
import { decapsulate } from '../esp/decapsulate.js';
import { decrypt_with_tshark, tshark_available } from '../esp/tshark.js';
import { changed, example, packets } from './esp-runs.js';

const root = new URL('../../../', import.meta.url);
const command = fileURLToPath(new URL('dist/bundle/cli/padata.js', root));
const KEY = '000102030405060708090a0b0c0d0e0f';
const SALT = 'a0a1a2a3';

describe('padata esp', function() {
	this.timeout(60_000);
	let folder: string;
	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-esp-'));
	});
	after(() => rmSync(folder, { recursive: true }));

	function esp(...args: string[]): { status: number | null; stdout: string; stderr: string } {
		return spawnSync(process.execPath, [command, 'esp', ...args], { encoding: 'utf8' });
	}

	for (const [name, options] of [['one callback CPU', ['--cb-cpu', '0']], [
		'all callback CPUs in turn',
		['--cb-cpu', 'rr', '--tunnel', '2001:db8::1,2001:db8::2'],
	]] as const)
		it(`${name}: every packet, byte for byte, in order`, () => {
			const out = join(folder, 'out.pcap');
			const { status, stdout, stderr } = esp(example, out, '--key', KEY, '--salt', SALT,
				'--json', ...options);
			expect(stderr).to.equal('');
			expect(status).to.equal(0);
			const result = JSON.parse(stdout) as EspResult;
			const wanted = packets(example);
			expect(result.packets).to.equal(wanted.length);
			expect(result.orderHeld).to.equal(true);
			expect(Object.values(result.perCpu).reduce((a, b) => a + b)).to.equal(wanted.length);
			const key = Buffer.from(KEY, 'hex');
			const salt = Buffer.from(SALT, 'hex');
			const got = packets(out).map((packet) => decapsulate(packet, key, salt));
			expect(got.map(({ seq }) => seq)).to.deep.equal(wanted.map((_, i) => i + 1));
			got.forEach(({ inner }, i) =>
				expect(Buffer.compare(inner, wanted[i]), `packet ${i}`).to.equal(0)
			);
		});

	/** What is in an output: times, sequence numbers and inner packets. (The IV is another one.) */
	function content(out: string): string {
		const reader = open_capture(out);
		const hash = createHash('sha256');
		for (let frame = reader.next(); frame !== null; frame = reader.next()) {
			const { seq, inner } = decapsulate(frame.data, Buffer.from(KEY, 'hex'),
				Buffer.from(SALT, 'hex'));
			hash.update(`${frame.ts_sec} ${frame.ts_nsec} ${seq} `).update(inner);
		}
		reader.close();
		return hash.digest('hex');
	}

	it('the output is the same with any burst, and with node:crypto', () => {
		const out = join(folder, 'burst.pcap');
		// The example is longer than a buffer of the capture.
		const run = (env: NodeJS.ProcessEnv, ...options: string[]): string => {
			const { status, stderr } = spawnSync(process.execPath, [command, 'esp', example, out,
				'--key', KEY, '--salt', SALT, '--repeat', '3', ...options], { encoding: 'utf8',
				env: { ...process.env, ...env } });
			expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
			return content(out);
		};
		const expected = run({});
		for (const options of [['--burst', '1'], ['--burst', '7', '--cb-cpu', 'rr'], ['--burst',
			'1024', '--cb-cpu', 'rr']])
			expect(run({}, ...options), options.join(' ')).to.equal(expected);
		const native_off = { PADATA_NATIVE: 'off' };
		expect(run(native_off, '--burst', '5'), 'node:crypto').to.equal(expected);
	});

	it('--compare tells the rates of one thread, and leaves the output alone', () => {
		const out = join(folder, 'compare.pcap');
		const { status, stdout } = esp(example, out, '--compare', 'node', '--json');
		expect(status).to.equal(0);
		const { plain, plainNode, timesPlain, packets: n } = JSON.parse(stdout) as EspResult;
		expect(plain?.packets).to.equal(n);
		expect(plainNode).to.include({ packets: n, crypto: 'node' });
		expect(timesPlain).to.be.greaterThan(0);
		expect(packets(out)).to.have.lengthOf(n);
		const text = esp(example, out, '--compare').stdout;
		expect(text).to.match(/a plain loop on one thread: .* packets\/s/)
			.and.match(/padata is [\d.]+ times as fast as one thread\n$/);
		expect(esp(example, out, '--compare=openssl').stderr).to.match(/--compare: "openssl"/);
	});

	it('has the standard output to itself when that is the capture', () => {
		const out = join(folder, 'to-file.pcap');
		esp(example, out, '--key', KEY, '--salt', SALT);
		const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'esp', example,
			'-', '--key', KEY, '--salt', SALT], { maxBuffer: 64 << 20 });
		expect(status, stderr.toString()).to.equal(0);
		expect(stdout.length).to.equal(statSync(out).size);
		expect(stderr.toString()).to.match(/ bytes of ESP in -\n.*order held\n/s);
	});

	it('tshark decrypts the output to the input', function() {
		if (!tshark_available()) {
			console.log('      tshark is not installed: skipped');
			this.skip();
		}
		const out = join(folder, 'tshark.pcap');
		expect(esp(example, out, '--key', KEY, '--salt', SALT).status).to.equal(0);
		const sa = {
			key: Buffer.from(KEY, 'hex'),
			salt: Buffer.from(SALT, 'hex'),
			spi: 4096,
			src: Uint8Array.of(192, 0, 2, 1),
			dst: Uint8Array.of(192, 0, 2, 2),
		};
		const got = decrypt_with_tshark(out, sa);
		const wanted = packets(example);
		expect(got).to.have.lengthOf(wanted.length);
		got.forEach((inner, i) =>
			expect(Buffer.compare(inner, wanted[i]), `packet ${i}`).to.equal(0)
		);
	});

	it('leaves nothing behind when the input is bad, and says what is wrong', () => {
		const broken = join(folder, 'broken.pcap');
		writeFileSync(broken, 'this is no capture, whatever its name says');
		const before_ = readdirSync(folder).sort();
		for (const [args, message, code = 2] of [
			[[broken, join(folder, 'x.pcap')], /broken\.pcap/, 1],
			[[join(folder, 'absent'), join(folder, 'x.pcap')], /absent/, 1],
			[[example, join(folder, 'no', 'such', 'x.pcap')], /x\.pcap/, 1],
			[[example, join(folder, 'x.pcap'), '--key', 'xyz'], /--key/],
			[[example, join(folder, 'x.pcap'), '--cpus', '999'], /999/],
			[[example, join(folder, 'x.pcap'), '--cb-cpu', '999'], /--cb-cpu/],
			[[example, join(folder, 'x.pcap'), '--repeat', '0'], /--repeat/],
			[[example, join(folder, 'x.pcap'), '--burst', '0'], /--burst/],
		] as const) {
			const { status, stderr } = esp(...args);
			expect(status, args.join(' ')).to.equal(code);
			expect(stderr).to.match(message);
			expect(stderr.trim().split('\n'), stderr).to.have.lengthOf(1);
		}
		expect(readdirSync(folder).sort()).to.deep.equal(before_);
	});

	it('a capture that ends within a record: an error, and the old output untouched', () => {
		const cut = join(folder, 'cut.pcap');
		const whole = join(folder, 'whole.pcap');
		esp(example, whole, '--key', KEY, '--salt', SALT);
		expect(existsSync(whole)).to.equal(true);
		writeFileSync(cut, spawnSync('head', ['-c', '100001', whole]).stdout);
		const out = join(folder, 'cut-out.pcap');
		writeFileSync(out, 'old');
		const { status, stderr } = esp(cut, out);
		expect(status).to.equal(1);
		expect(stderr).to.match(/cut\.pcap/);
		expect(readdirSync(folder).some((file) => file.includes('.tmp-'))).to.equal(false);
		expect(spawnSync('cat', [out], { encoding: 'utf8' }).stdout).to.equal('old');
	});

	describe('while somebody changes the masks', () => {
		const children = new Children();
		afterEach(() => children.kill());

		for (const file of ['serial_cpumask', 'parallel_cpumask'])
			it(`ends when ${file} has no CPU any more`, async () => {
				expect(await changed(children, file, '"0"')).to.deep.equal({ code: 1, signal: null,
					out: '',
					err: `true\npadata esp: ${file}: has no CPU that is online: nothing can be submitted any more\n` });
			});
	});
});
