// SPDX-License-Identifier: GPL-2.0-only
import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { CaptureError, FRAME_MAX, open_capture } from '../../lib/cli/esp/capture.js';
import { CHUNK } from '../../lib/cli/esp/capture-source.js';
import { copy_of, FrameCopy, pack, pcap, random_from, scratch_dir } from './builders.js';

/** Every frame of a file, copied. */
function frames(path: string): FrameCopy[] {
	const reader = open_capture(path);
	const all: FrameCopy[] = [];
	for (let frame = reader.next(); frame; frame = reader.next())
		all.push(copy_of(frame));
	expect(reader.next(), 'after the end').to.equal(null);
	if (reader.size !== null)
		expect(reader.bytes_read).to.equal(reader.size);
	reader.close();
	return all;
}

describe('esp: pcap files', () => {
	const dir = scratch_dir();

	for (const little_endian of [true, false]) {
		for (const nanosecond of [false, true]) {
			it(`reads ${little_endian ? 'little' : 'big'}-endian, ${nanosecond ? 'nano' : 'micro'}seconds`, () => {
				const path = dir.file('a.pcap', pcap([
					{ sec: 1700000000, fraction: 999999, data: Uint8Array.of(1, 2, 3) },
					{ sec: 0xffffffff, fraction: 1, data: Uint8Array.of(4), origLen: 1500 },
					{ data: new Uint8Array() },
				], { littleEndian: little_endian, nanosecond, linktype: 113 }));
				const unit = nanosecond ? 1 : 1000;
				expect(frames(path)).to.deep.equal([
					{ data: Uint8Array.of(1, 2, 3), linktype: 113, ts_sec: 1700000000,
						ts_nsec: 999999 * unit, orig_len: 3, truncated: false },
					{ data: Uint8Array.of(4), linktype: 113, ts_sec: 0xffffffff, ts_nsec: unit,
						orig_len: 1500, truncated: true },
					{ data: new Uint8Array(), linktype: 113, ts_sec: 0, ts_nsec: 0, orig_len: 0,
						truncated: false },
				]);
				const reader = open_capture(path);
				expect([reader.format, reader.nanosecond]).to.deep.equal(['pcap', nanosecond]);
				reader.close();
			});
		}
	}

	it('reads a file without a record', () => {
		expect(frames(dir.file('none.pcap', pcap([])))).to.deep.equal([]);
	});

	it('may be closed twice', () => {
		const reader = open_capture(dir.file('none.pcap', pcap([])));
		reader.close();
		reader.close();
	});

	it('leaves the flags beside the link type alone', () => {
		const [frame] = frames(
			dir.file('fcs.pcap', pcap([{ data: Uint8Array.of(1) }], { linktype: 0x54000001 })),
		);
		expect(frame.linktype).to.equal(1);
	});

	it('reads files longer than its buffer, with records across its chunks', () => {
		const random = random_from(1);
		const records = Array.from({ length: 60 },
			(_, i) => ({ sec: i, data: new Uint8Array(random() * FRAME_MAX).fill(i) }));
		records.push({ sec: 60, data: new Uint8Array(FRAME_MAX).fill(60) });
		const file = pcap(records);
		expect(file.length).to.be.above(3 * CHUNK);
		const read = frames(dir.file('long.pcap', file));
		expect(read).to.have.length(records.length);
		read.forEach(({ ts_sec, data }, i) => {
			expect(ts_sec).to.equal(i);
			expect(Buffer.compare(data, records[i].data), `record ${i}`).to.equal(0);
		});
	});

	it('reads a pipe as it comes, and the standard input', () => {
		const path = dir.file('p.pcap',
			pcap(Array.from({ length: 50 }, (_, i) => ({ data: new Uint8Array(50_000).fill(i) }))));
		const fifo = dir.file('fifo');
		execFileSync('mkfifo', [fifo]);
		const module = new URL('../../lib/cli/esp/capture.js', import.meta.url).href;
		const count = `import { open_capture } from ${JSON.stringify(module)};
			const reader = open_capture(process.argv[1]);
			let n = 0, sum = 0;
			for (let f = reader.next(); f; f = reader.next()) { n++; sum += f.data[49_999]; }
			console.log(n, sum, reader.size, reader.bytes_read);`;
		const script = dir.file('count.mjs', Buffer.from(count));
		const run = (command: string) =>
			spawnSync('sh', ['-c', command, 'sh', process.execPath, script, path, fifo], {
				encoding: 'utf8',
			});
		const body = 24 + 50 * 50_016;
		const in_node = `"$1" --input-type=module -e "$(cat "$2")"`;
		expect(run(`cat "$3" | ${in_node} -`)).to.deep.include({ stdout: `50 1225 null ${body}\n`,
			stderr: '' });
		expect(run(`${in_node} - < "$3"`)).to.deep.include({ stdout: `50 1225 ${body} ${body}\n`,
			stderr: '' });
		expect(run(`cat "$3" > "$4" & ${in_node} "$4"`)).to.deep.include({
			stdout: `50 1225 null ${body}\n`,
			stderr: '',
		});
		// A pipe that does not block, here because this very process has a stream on it.
		const non_blocking = dir.file('non-blocking.mjs',
			Buffer.from(`process.stdin.pause();${count}`));
		expect(
			run(`(sleep 0.5; cat "$3") | "$1" --input-type=module -e "$(cat ${non_blocking})" -`),
		)
			.to.deep.include({ stdout: `50 1225 null ${body}\n`, stderr: '' });
		// As a socket, which is what another Node process gives its child.
		const child = spawnSync(process.execPath, ['--input-type=module', '-e', count, '-'], {
			input: pcap([{ data: new Uint8Array(50_000).fill(7) }]),
			encoding: 'utf8',
		});
		expect(child).to.deep.include({ stdout: `1 7 null ${24 + 50_016}\n`, stderr: '' });
	});

	describe('says what is wrong with', () => {
		function problem(name: string, bytes?: Uint8Array): CaptureError {
			const path = dir.file(name, bytes);
			try {
				frames(path);
			} catch (e) {
				expect(e).to.be.instanceOf(CaptureError);
				const error = e as CaptureError;
				expect(error.message).to.equal(
					`${path}: ${error.problem} (at byte ${error.offset})`,
				);
				return error;
			}
			throw new Error(`${name} was read without an error`);
		}
		const good = pcap([{ data: Uint8Array.of(1, 2, 3, 4) }, { data: Uint8Array.of(5) }]);

		it('a file that is not there', () => {
			expect(problem('absent').problem).to.equal('cannot open: ENOENT');
		});
		it('a directory', () => {
			expect(() => open_capture(dir.path)).to.throw(CaptureError, 'cannot read: EISDIR');
		});
		it('an empty file', () => {
			expect(problem('empty', new Uint8Array()).problem).to.equal(
				'is empty, not a capture file',
			);
		});
		it('foreign files', () => {
			const hint = (...bytes: number[]) => problem('foreign', Uint8Array.from(bytes)).problem;
			expect(problem('text', Buffer.from('#!/bin/sh\necho hello\n')).problem).to.equal(
				'is not a pcap or pcapng capture file',
			);
			expect(hint(0xd4)).to.equal('is not a pcap or pcapng capture file');
			expect(hint(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0)).to.equal(
				'is gzip-compressed data: decompress it first',
			);
			expect(hint(0x28, 0xb5, 0x2f, 0xfd, 0)).to.equal(
				'is zstd-compressed data: decompress it first',
			);
			expect(hint(0xa1, 0xb2, 0xcd, 0x34)).to.match(/modified pcap/);
			expect(problem('snoop', Buffer.from('snoop\0\0\0\0\0\0\x02')).problem).to.match(
				/snoop/,
			);
		});
		it('an old version', () => {
			const { problem: text, offset } = problem('old.pcap', pcap([], { minor: 2 }));
			expect(text).to.equal('is a pcap file of version 2.2; only 2.4 is supported');
			expect(offset).to.equal(4);
		});
		it('a cut file header', () => {
			expect(problem('h.pcap', good.subarray(0, 23)).problem).to.equal(
				'ends within its file header (23 of 24 bytes)',
			);
		});
		it('a cut record header', () => {
			const { problem: text, offset } = problem('r.pcap', good.subarray(0, 24 + 20 + 15));
			expect(text).to.equal('ends within the header of record 2');
			expect(offset).to.equal(44);
		});
		it('a cut record', () => {
			const { problem: text, offset } = problem('d.pcap', good.subarray(0, 24 + 19));
			expect(text).to.equal('ends within record 1 (19 of 20 bytes)');
			expect(offset).to.equal(24);
		});
		it('an absurd length', () => {
			const huge = Buffer.concat([good,
				pack(true, [32, 0], [32, 0], [32, FRAME_MAX + 1], [32, 60])]);
			const { problem: text, offset } = problem('l.pcap', huge);
			expect(text).to.equal('record 3 claims 262145 bytes, more than 262144: damaged file?');
			expect(offset).to.equal(good.length);
		});
	});
});
