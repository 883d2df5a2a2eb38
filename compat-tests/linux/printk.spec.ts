// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel log.
import { expect } from 'chai';
import { dmesg, flush_work, INIT_WORK, KERN_DEBUG, KERN_INFO, KERN_WARNING, LogRecord, pr_debug,
	pr_err, pr_info, pr_warn, printk, queue_work_on, store, system_wq } from '../../lib/index.js';
import { dmesg_or_dropped, emit_record } from '../../lib/linux/printk.js';
import { jobs, random_of, seed_of, use_machine } from '../support/machine.js';
import { item } from '../support/work.jobs.js';

/** Bytes of the ring, and of a record's header. */
const RING = 256 * 1024;
const HEADER = 24;

describe('linux: printk', () => {
	const t = use_machine({ nr_cpus: 2 }, jobs('work'));

	it('keeps text, level, kind, CPU and time of each record, in order', () => {
		const since = (dmesg().at(-1)?.seq ?? -1) + 1;
		pr_err('error');
		pr_warn('warning');
		pr_info('info: ümläut ☃');
		pr_debug('');
		emit_record('uevent', KERN_INFO, 'add@/x');
		const records = dmesg(since);
		expect(records.map(({ level }) => level)).to.deep.equal([3, 4, 6, 7, 6]);
		expect(records.map(({ text }) => text)).to.deep.equal(['error', 'warning', 'info: ümläut ☃',
			'', 'add@/x']);
		expect(records.map(({ kind }) => kind)).to.deep.equal(['printk', 'printk', 'printk',
			'printk', 'uevent']);
		expect(records.map(({ seq }) => seq - since)).to.deep.equal([0, 1, 2, 3, 4]);
		expect(records.every(({ cpu }) => cpu === -1)).to.equal(true);
		records.reduce((before, { time }) => {
			expect(time).to.be.at.least(before);
			return time;
		}, 0);
		expect(records[0].time).to.be.within(0, 60);
		expect(dmesg(since + 3).map(({ text }) => text)).to.deep.equal(['', 'add@/x']);
		expect(dmesg(since + 100)).to.deep.equal([]);
		t().expect_log(/^error$/, /^warning$/);
	});

	it('says which CPU wrote a record', () => {
		const w = t().alloc(item.size);
		INIT_WORK(w, t().fn['prints']);
		queue_work_on(1, system_wq(), w);
		flush_work(w);
		expect(t().log().map(({ cpu, text }) => `${cpu}: ${text}`)).to.deep.equal([
			'1: printed on a CPU',
		]);
	});

	it('cuts what is too long', () => {
		printk(KERN_INFO, 'x'.repeat(10000));
		expect(t().log()[0].text).to.equal('x'.repeat(8192));
	});

	it("tells the machine's listeners", async () => {
		const heard = new Promise<string>((resolve) =>
			t().machine.once('printk', ({ text }) => resolve(text))
		);
		pr_info('to be heard');
		expect(await heard).to.equal('to be heard');
	});

	it('tells who follows it how many records it has dropped', async () => {
		pr_info('the last that is heard in time');
		const heard: LogRecord[] = [];
		const over = new Promise<void>((resolve) =>
			t().machine.on('printk', (record) => {
				heard.push(record);
				if (record.text.startsWith('99:'))
					resolve();
			})
		);
		// The listener is told when this thread's event loop runs.
		const first = dmesg().at(-1)!.seq + 1;
		for (let i = 0; i < 100; i++)
			printk(KERN_INFO, `${i}:`.padEnd(8192));
		await over;
		t().machine.removeAllListeners('printk');
		const [oldest] = dmesg();
		const at = heard.findIndex(({ text }) => text.includes('dropped'));
		expect(heard[at]).to.include({ level: KERN_WARNING, seq: oldest.seq - 1, cpu: -1 });
		const dropped = Number(
			/^\*\* (\d+) printk messages dropped \*\*$/.exec(heard[at].text)?.[1],
		);
		expect(dropped).to.be.within(oldest.seq - first, oldest.seq - first + 1);
		expect(heard.slice(at + 1).map(({ seq }) => seq)).to.deep.equal(
			Array.from({ length: first + 100 - oldest.seq }, (_, i) => oldest.seq + i),
		);
		expect(dmesg_or_dropped(oldest.seq)[0]).to.deep.equal(oldest);
	});

	it('keeps the newest when it is full', () => {
		const seed = seed_of('printk');
		const random = random_of(seed);
		const text = (i: number, length: number): string => `${i}:`.padEnd(length, String(i % 10));
		const written: string[] = [];
		let start = (dmesg().at(-1)?.seq ?? -1) + 1;
		const first = start;
		for (let i = 0; i < 3000; i++) {
			// Small ones, large ones, and such as leave just no room, or for a header, at the end
			// of the ring.
			const length = [random(20), random(300), 8192 - random(4), random(8192)][random(4)];
			written.push(text(i, length));
			printk(KERN_DEBUG, written.at(-1)!);
			if (random(20) !== 0 && i !== 2999)
				continue;
			const records = dmesg();
			expect(records.length, `seed ${seed}, record ${i}`).to.be.greaterThan(0);
			expect(records.at(-1)!.seq).to.equal(first + i);
			let bytes = 0;
			records.forEach((record, k) => {
				expect(record.seq).to.equal(records[0].seq + k);
				if (record.seq >= first)
					expect(record.text).to.equal(written[record.seq - first]);
				bytes += HEADER + (Buffer.byteLength(record.text) + 3 & ~3);
			});
			expect(bytes).to.be.at.most(RING);
			if (records[0].seq > start && i > 200)
				expect(bytes, 'it is about full').to.be.at.least(RING - 2 * (HEADER + 8192));
			start = records[0].seq;
		}
		expect(start).to.be.greaterThan(first);
	});

	it('fills the ring to its last byte', () => {
		// 8192 bytes of ring for each record.
		for (let i = 0; i < 200; i++)
			printk(KERN_DEBUG, String.fromCharCode(97 + i % 26).repeat(8192 - HEADER));
		const records = dmesg();
		expect(records.length).to.be.at.least(30);
		records.slice(-31).forEach(({ text }, k) =>
			expect(text).to.equal(
				String.fromCharCode(97 + (200 - 31 + k) % 26).repeat(8192 - HEADER),
			)
		);
	});

	it('is written by all at once', () => {
		const all = [0, 1].map((cpu) => {
			const w = t().alloc(item.size);
			INIT_WORK(w, t().fn['prints_many']);
			store(w + item.offset.n, 1000);
			queue_work_on(cpu, system_wq(), w);
			return w;
		});
		for (let i = 0; i < 1000; i++)
			pr_debug(`-1 ${i}`);
		all.forEach((w) => flush_work(w));
		const next = new Map<string, number>();
		for (const { text, cpu } of t().log()) {
			const [who, n] = text.split(' ') as [string, string];
			expect(cpu).to.equal(Number(who));
			if (next.has(who))
				expect(Number(n)).to.equal(next.get(who));
			next.set(who, Number(n) + 1);
		}
		expect([...next.values()]).to.deep.equal([1000, 1000, 1000]);
	});
});
