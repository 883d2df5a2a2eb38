// SPDX-License-Identifier: GPL-2.0-only
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, lstatSync,
	writeFileSync } from 'node:fs';
import { PcapWriteError, PcapWriter, put_record_header,
	RECORD_HEADER } from '../../lib/cli/esp/pcap-writer.js';
import { pcap, scratch_dir } from './builders.js';

describe('esp: writing pcap', () => {
	const dir = scratch_dir();
	const data = Uint8Array.of(0x45, 1, 2, 3, 4);

	/** What lies in a directory of this name, beside the output. */
	function fresh(name: string): { out: string; list: () => string[] } {
		const path = dir.file(name);
		mkdirSync(path);
		return { out: `${path}/out.pcap`, list: () => readdirSync(path) };
	}

	for (const nanosecond of [false, true]) {
		it(`in ${nanosecond ? 'nano' : 'micro'}seconds`, () => {
			const { out, list } = fresh(`unit-${nanosecond}`);
			const writer = new PcapWriter(out, { nanosecond });
			writer.write(1_700_000_000, 123_456_789, data);
			writer.write(0xffffffff, 999_999_999, data, 1, 3);
			const expected = pcap([
				{ sec: 1_700_000_000, fraction: nanosecond ? 123_456_789 : 123_456, data },
				{ sec: 0xffffffff, fraction: nanosecond ? 999_999_999 : 999_999,
					data: data.subarray(1, 4) },
			], { nanosecond, linktype: 101 });
			expect(writer.bytes_written).to.equal(expected.length);
			expect(list()).to.deep.equal([`out.pcap.tmp-${process.pid}`]);
			writer.commit();
			expect(list()).to.deep.equal(['out.pcap']);
			expect(readFileSync(out).equals(expected)).to.equal(true);
			writer.abort();
			expect(list(), 'abort after commit').to.deep.equal(['out.pcap']);
		});
	}

	it('of records that were made elsewhere, in shared memory', () => {
		const { out } = fresh('records');
		const slot = new Uint8Array(new SharedArrayBuffer(RECORD_HEADER + data.length));
		slot.set(data, RECORD_HEADER);
		put_record_header(slot, 0, 7, 8000, data.length, false);
		const writer = new PcapWriter(out);
		writer.write_records(slot);
		writer.write_records(slot);
		writer.commit();
		const record = { sec: 7, fraction: 8, data };
		expect(readFileSync(out).equals(pcap([record, record], { linktype: 101 }))).to.equal(true);
	});

	it('in large amounts, through its buffer and past it', () => {
		const { out } = fresh('large');
		const writer = new PcapWriter(out);
		const records = Array.from({ length: 100 },
			(_, i) => ({ sec: i, data: new Uint8Array(40_000 + i).fill(i) }));
		records.push({ sec: 100, data: new Uint8Array(3 << 20).fill(100) }, { sec: 101,
			data: Uint8Array.of(1) });
		for (const record of records)
			writer.write(record.sec, 0, record.data);
		writer.commit();
		const expected = pcap(records, { linktype: 101 });
		expect(writer.bytes_written).to.equal(expected.length);
		expect(readFileSync(out).equals(expected)).to.equal(true);
	});

	it('leaves nothing behind when it is given up', () => {
		const { out, list } = fresh('abort');
		const writer = new PcapWriter(out);
		writer.write(0, 0, new Uint8Array(3 << 20));
		writer.abort();
		expect(list()).to.deep.equal([]);
		writer.abort();
		writeFileSync(out, 'as it was');
		const second = new PcapWriter(out);
		second.write(0, 0, data);
		second.abort();
		expect(list()).to.deep.equal(['out.pcap']);
		expect(readFileSync(out, 'utf8')).to.equal('as it was');
	});

	it('replaces a file, with its mode, and what a symbolic link leads to', () => {
		const { out, list } = fresh('replace');
		writeFileSync(out, 'old');
		chmodSync(out, 0o640);
		const link = `${out}.link`;
		symlinkSync('out.pcap', link);
		// A file that a process of the same number has left behind is in nobody's way.
		writeFileSync(`${out}.tmp-${process.pid}`, 'stale');
		const writer = new PcapWriter(link);
		expect(readFileSync(out, 'utf8'), 'until the end').to.equal('old');
		writer.commit();
		expect(list()).to.have.members(['out.pcap', 'out.pcap.link']);
		expect(lstatSync(link).isSymbolicLink()).to.equal(true);
		expect(readFileSync(out).equals(pcap([], { linktype: 101 }))).to.equal(true);
		expect(statSync(out).mode & 0o777).to.equal(0o640);
	});

	it('to what is not a file', () => {
		const writer = new PcapWriter('/dev/null');
		writer.write(0, 0, data);
		writer.commit();
		expect(statSync('/dev/null').isCharacterDevice()).to.equal(true);

		const module = new URL('../../lib/cli/esp/pcap-writer.js', import.meta.url).href;
		const script = `import { PcapWriter } from ${JSON.stringify(module)};
			const writer = new PcapWriter(process.argv[1]);
			for (let i = 0; i < 100; i++) writer.write(i, 0, new Uint8Array(50_000).fill(i));
			writer.commit();`;
		const expected = pcap(
			Array.from({ length: 100 },
				(_, i) => ({ sec: i, data: new Uint8Array(50_000).fill(i) })),
			{ linktype: 101 },
		);
		const run = (command: string) =>
			spawnSync('sh', ['-c', command, 'sh', process.execPath, script, dir.file('stdout')], {
				maxBuffer: 1 << 24,
			});
		// A pipe that does not block, here because this very process has a stream on it, and a
		// reader who takes his time.
		const late = run(
			`"$1" --input-type=module -e "process.stdout.isTTY;$2" - | (sleep 0.5; cat)`,
		);
		expect(late.stderr.toString()).to.equal('');
		expect(late.stdout.equals(expected), 'to a slow reader').to.equal(true);
		for (const target of ['-', '/dev/stdout']) {
			// Through a pipe, and through whatever spawnSync gives.
			for (const command of [`"$1" --input-type=module -e "$2" ${target} | cat`,
				`"$1" --input-type=module -e "$2" -`])
			{
				const { stdout, stderr } = run(command);
				expect(stderr.toString()).to.equal('');
				expect(stdout.equals(expected), command).to.equal(true);
			}
			run(`"$1" --input-type=module -e "$2" ${target} > "$3"`);
			expect(readFileSync(dir.file('stdout')).equals(expected), `${target} to a file`).to
				.equal(true);
		}
	});

	it('says what went wrong', () => {
		const { out, list } = fresh('wrong');
		expect(() => new PcapWriter(`${out}/x/y`)).to.throw(PcapWriteError,
			`${out}/x/y: cannot open: ENOENT`);
		writeFileSync(out, '');
		expect(() => new PcapWriter(`${out}/y`)).to.throw(PcapWriteError, 'cannot open: ENOTDIR');
		expect(() => new PcapWriter(dir.path)).to.throw(PcapWriteError, 'cannot open: EISDIR');
		expect(list()).to.deep.equal(['out.pcap']);

		const full = new PcapWriter('/dev/full');
		full.write(0, 0, data);
		expect(() => full.commit()).to.throw(PcapWriteError, '/dev/full: cannot write: ENOSPC');
		const overfull = new PcapWriter('/dev/full');
		expect(() => overfull.write(0, 0, new Uint8Array(2 << 20))).to.throw(PcapWriteError,
			'/dev/full: cannot write: ENOSPC');
		overfull.abort();
	});

	it('leaves nothing behind when the last step fails', () => {
		const { out, list } = fresh('last');
		const writer = new PcapWriter(out);
		writer.write(0, 0, data);
		// Meanwhile somebody else makes a directory of that name.
		mkdirSync(out);
		expect(() => writer.commit()).to.throw(PcapWriteError, `${out}: cannot finish: EISDIR`);
		expect(list()).to.deep.equal(['out.pcap']);
	});
});
