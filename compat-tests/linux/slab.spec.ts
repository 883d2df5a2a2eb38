// SPDX-License-Identifier: GPL-2.0-only
//
// The allocator: slab, pages, percpu, failslab, and the checks of a debug boot.
import { expect } from 'chai';
import { alloc_percpu, alloc_workqueue, bytes_at, destroy_workqueue, FAIL_ALL, FAIL_KMALLOC,
	FAIL_KMEM_CACHE, FAIL_KZALLOC, FAIL_PERCPU, failslab, failslab_candidates, flush_work,
	free_percpu, GFP_ATOMIC, GFP_KERNEL, INIT_DELAYED_WORK, kcalloc, kfree, kmalloc,
	kmem_cache_alloc, kmem_cache_create, kmem_cache_free, ksize, kzalloc, load, local_bh_disable,
	local_bh_enable, padata_priv, percpu_in_use, per_cpu_ptr, queue_work_on, slab_objects, store,
	system_wq } from '../../lib/index.js';
import { debug_activate } from '../../lib/linux/debugobjects.js';
import { alloc_pages, free_pages, pages_in_use, PAGE_SIZE } from '../../lib/linux/page_alloc.js';
import { bare_machine, bare_shutdown } from '../support/bare.js';
import { jobs, random_of, seed_of, use_machine, with_machine } from '../support/machine.js';
import { item } from '../support/work.jobs.js';

const it_ = item.offset;
const SIZES = [0, 1, 8, 63, 64, 65, 128, 129, 192, 193, 256, 300, 384, 512, 513, 768, 1000, 1024,
	1536, 2048, 3072, 4096, 4097, 6144, 8192, 8193, 20000, 100000, 1 << 20];

/** Every second byte of the object is what it was filled with. */
const filled = (at: number, size: number, byte: number): boolean =>
	bytes_at(at, size).every((b) => b === byte);

for (const debug of [false, true])
	describe(`linux: slab, ${debug ? 'debug' : 'plain'} boot`, () => {
		const t = use_machine({ nr_cpus: 4, debug }, jobs('work'));

		it('gives objects that begin on a line and do not overlap', () => {
			const objects: [number, number, number][] = [];
			for (let round = 0; round < 3; round++)
				for (const size of SIZES) {
					const at = kmalloc(size);
					expect(at % 64, `kmalloc(${size})`).to.equal(0);
					expect(at).to.be.greaterThan(0);
					expect(ksize(at)).to.be.at.least(size);
					const byte = objects.length & 255;
					bytes_at(at, size).fill(byte);
					objects.push([at, size, byte]);
				}
			for (const [at, size, byte] of objects)
				expect(filled(at, size, byte), `${size} bytes`).to.equal(true);
			objects.forEach(([at]) => kfree(at));
		});

		it('zeroes what kzalloc and kcalloc give, also used memory', () => {
			for (const size of [1, 64, 200, 4096, 10000]) {
				const dirty = kmalloc(size);
				bytes_at(dirty, size).fill(0xff);
				kfree(dirty);
				const clean = kzalloc(size);
				expect(filled(clean, size, 0), `kzalloc(${size})`).to.equal(true);
				kfree(clean);
			}
			const array = kcalloc(10, 30);
			expect(ksize(array)).to.be.at.least(300);
			expect(filled(array, 300, 0)).to.equal(true);
			kfree(array);
		});

		it('counts the objects', () => {
			const before = slab_objects();
			const all = [kmalloc(1), kzalloc(5000), kmalloc(50000)];
			expect(slab_objects() - before).to.equal(3);
			kfree(0);
			all.forEach((at) => kfree(at));
			expect(slab_objects()).to.equal(before);
		});

		it('has no memory for what is too much or no size', () => {
			for (const size of [-1, NaN, Infinity, 2 ** 31, 1 << 30])
				expect(kmalloc(size), String(size)).to.equal(0);
			expect(kcalloc(2 ** 20, 2 ** 20)).to.equal(0);
		});

		it('refuses to free what it has not given', () => {
			const large = kmalloc(20000);
			for (const wild of [64, 4096, 100, -64, NaN, large + 4096, large + 64,
				load(0) + 2 ** 28])
				kfree(wild);
			kfree(large);
			t().expect_log(/kfree: .* is not the address of an allocated object/);
			expect(t().log().filter(({ kind }) => kind === 'misuse').length).to.equal(8);
		});

		it('refuses to free an object that is in flight', () => {
			for (const size of [300, 20000]) {
				const at = kzalloc(size);
				const stamp = at + 128 + padata_priv.offset.state;
				debug_activate(stamp, 2);
				const before = slab_objects();
				kfree(at);
				expect(slab_objects(), 'not freed').to.equal(before);
				store(stamp, 0);
				kfree(at);
				expect(slab_objects()).to.equal(before - 1);
			}
			t().expect_log(/kfree: object .* \(kmalloc-384\) is in flight/,
				/kfree: object [0-9a-f]+ is in flight/);
		});

		/**
		 * An item on each of four CPUs allocates and frees, n times, through so many places that
		 * they share; each says how many objects were not what they should be.
		 */
		function storm(name_of: (cpu: number) => string, n: number, places: number): void {
			const seed = seed_of('slab');
			const slots = t().alloc(4 * places);
			const before = slab_objects();
			const items = Array.from({ length: 4 }, (_, cpu) => {
				const w = t().alloc(item.size);
				INIT_DELAYED_WORK(w, t().fn[name_of(cpu)]);
				for (const [field, value] of Object.entries({ id: seed + cpu, n, other: slots,
					due: places }))
					store(w + it_[field as 'id'], value);
				return w;
			});
			items.forEach((w, cpu) => queue_work_on(cpu, system_wq(), w));
			items.forEach((w) => flush_work(w));
			for (let i = 0; i < places; i++)
				kfree(load(slots + i * 4));
			items.forEach((w) => expect(load(w + it_.ret)).to.equal(0));
			// The four items themselves.
			expect(slab_objects() - before).to.equal(4);
		}

		it('serves all threads at once, and objects wander between them', () =>
			storm(() => 'slab_storm', debug ? 3000 : 20000, 64));

		it('serves two threads that allocate and two that free', () =>
			storm((cpu) => cpu < 2 ? 'slab_source' : 'slab_sink', debug ? 8000 : 60000, 256));

		it('one thread allocates and another frees: memory goes round', () => {
			const wq = alloc_workqueue('free', 0, 0);
			const pages = pages_in_use();
			for (let round = 0; round < 60; round++) {
				for (let i = 0; i < 100; i++) {
					const w = kzalloc(item.size);
					INIT_DELAYED_WORK(w, t().fn['free_itself']);
					queue_work_on(1, wq, w);
				}
				const marker = t().alloc(item.size);
				INIT_DELAYED_WORK(marker, t().fn['run']);
				queue_work_on(1, wq, marker);
				flush_work(marker);
			}
			destroy_workqueue(wq);
			// 100 items in flight, and what two threads keep in their magazines: not 6000 items.
			expect((pages_in_use() - pages) * PAGE_SIZE).to.be.lessThan(1000 * 640);
		});
	});

describe('linux: kmem_cache', () => {
	const t = use_machine({ nr_cpus: 1, debug: true });

	it('gives objects of its size and alignment', () => {
		for (const align of [1, 64, 256, 4096]) {
			const cache = kmem_cache_create(100, align);
			expect(cache).not.to.equal(0);
			const all = Array.from({ length: 70 }, () => kmem_cache_alloc(cache));
			for (const at of all)
				expect(at % Math.max(64, align)).to.equal(0);
			expect(new Set(all).size).to.equal(70);
			expect(ksize(all[0])).to.equal(100);
			all.forEach((at) => kmem_cache_free(cache, at));
		}
	});

	it('tells whose an object is', () => {
		const [a, b] = [kmem_cache_create(64), kmem_cache_create(64)];
		const at = kmem_cache_alloc(a);
		kmem_cache_free(b, at);
		kmem_cache_free(a, at);
		kmem_cache_free(a, 0);
		t().expect_log(/kmem_cache_free: .* is not an object of cache-/);
	});

	it('refuses sizes and alignments that it has not, and more caches than there is room for', () => {
		for (const [size, align] of [[0, 64], [-1, 64], [8193, 64], [NaN, 64], [64, 0], [64, 96], [
			64,
			8192,
		]] as const)
			expect(kmem_cache_create(size, align), `${size}, ${align}`).to.equal(0);
		let made = 0;
		while (kmem_cache_create(64) !== 0)
			made++;
		// Six were made by the tests above, and the kernel has some of its own.
		expect(made).to.be.within(35, 49 - 6);
	});
});

describe('linux: slab debugging', () => {
	const t = use_machine({ nr_cpus: 2, debug: true }, jobs('work'));

	it('finds a write behind the object when it is freed, and names the cache', () => {
		const at = kmalloc(100);
		bytes_at(at + 100, 1)[0] = 7;
		kfree(at);
		t().expect_log(
			/^BUG: kmalloc-128: Right Redzone overwritten at [0-9a-f]+, object [0-9a-f]+ of 100 bytes/,
		);
	});

	it('finds a write before the object', () => {
		const at = kmalloc(500);
		bytes_at(at - 1, 1)[0] = 7;
		kfree(at);
		t().expect_log(/kmalloc-512: Left Redzone overwritten/);
	});

	it('finds a second free', () => {
		const at = kmalloc(700);
		kfree(at);
		kfree(at);
		t().expect_log(/kmalloc-768: Object [0-9a-f]+ already free/);
	});

	it('finds a write to a freed object when it is given out again', () => {
		const at = kmalloc(1500);
		kfree(at);
		bytes_at(at + 700, 1)[0] = 7;
		const again = kmalloc(1500);
		expect(again).to.equal(at);
		kfree(again);
		t().expect_log(/kmalloc-1536: Poison overwritten at [0-9a-f]+.*use after free/);
	});

	it('finds a pointer into an object', () => {
		const at = kmalloc(1000);
		kfree(at + 64);
		kfree(at);
		t().expect_log(/kfree: [0-9a-f]+ points into an object of kmalloc-1024/);
	});

	it('fills new objects and freed ones with poison', () => {
		const at = kmalloc(256);
		expect(filled(at, 256, 0x5a)).to.equal(true);
		kfree(at);
		expect(filled(at, 256, 0x6b)).to.equal(true);
	});

	it('reports GFP_KERNEL in atomic context, and not GFP_ATOMIC', () => {
		local_bh_disable();
		kfree(kmalloc(64, GFP_ATOMIC));
		expect(t().trouble()).to.deep.equal([]);
		kfree(kmalloc(64, GFP_KERNEL));
		local_bh_enable();
		t().expect_log(/sleeping function called from invalid context: kmalloc\(64, GFP_KERNEL\)/);
	});
});

describe('linux: memory that is used up', () => {
	it('gives NULL, and memory again when some was freed', () =>
		with_machine({ nr_cpus: 1, memory: 8 << 20 }, () => {
			// The small ones last: a slab stays one of its size.
			for (const size of [100000, 20000, 64]) {
				const all: number[] = [];
				for (let at; (at = kmalloc(size)) !== 0;)
					all.push(at);
				expect(all.length, `objects of ${size}`).to.be.greaterThan(4);
				expect(kmalloc(size)).to.equal(0);
				expect(kzalloc(200000)).to.equal(0);
				for (const at of all.splice(0, 3))
					kfree(at);
				for (let i = 0; i < 3; i++) {
					const at = kmalloc(size);
					expect(at).not.to.equal(0);
					all.push(at);
				}
				all.forEach((at) => kfree(at));
			}
		}));

	it('joins free runs of pages again', () => {
		bare_machine({ nr_cpu_ids: 1, debug: false });
		const seed = seed_of('pages');
		const random = random_of(seed);
		// Nothing else is left: one run of all pages, then pieces of it.
		const held = new Map<number, number>();
		for (let at; (at = alloc_pages(64)) !== 0;)
			held.set(at, 64);
		for (let at; (at = alloc_pages(1)) !== 0;)
			held.set(at, 1);
		const total = pages_in_use();
		const take = (pages: number): void => {
			const at = alloc_pages(pages);
			if (at === 0)
				return;
			for (const [other, n] of held)
				if (at < other + n * PAGE_SIZE && other < at + pages * PAGE_SIZE)
					throw new Error(`seed ${seed}: ${at} and ${other} overlap`);
			expect(filled(at, pages * PAGE_SIZE, 0), 'zeroed').to.equal(true);
			bytes_at(at, pages * PAGE_SIZE).fill(0xee);
			held.set(at, pages);
		};
		const drop = (): void => {
			const all = [...held];
			const [at, pages] = all[random(all.length)];
			held.delete(at);
			free_pages(at, pages);
		};
		for (let i = 0; i < 60; i++)
			drop();
		for (let i = 0; i < 400; i++)
			if (random(2) === 0)
				take(1 + random(20));
			else if (held.size > 0)
				drop();
		while (held.size > 0)
			drop();
		expect(pages_in_use()).to.equal(0);
		expect(alloc_pages(total), 'all of it in one piece').not.to.equal(0);
		bare_shutdown();
	});
});

describe('linux: failslab', () => {
	const t = use_machine({ nr_cpus: 1 });
	beforeEach(() => t().at_end(() => failslab({})));

	/** Which of n allocations fail. */
	function failures(n: number, alloc: () => number = () => kmalloc(64)): number[] {
		const failed: number[] = [];
		for (let i = 1; i <= n; i++) {
			const at = alloc();
			if (at === 0)
				failed.push(i);
			kfree(at);
		}
		return failed;
	}

	it('fails each, every n-th, so many times, after so many bytes', () => {
		failslab({ probability: 100, times: -1 });
		expect(failures(3)).to.deep.equal([1, 2, 3]);
		expect(failslab_candidates()).to.equal(3);
		failslab({ probability: 100, interval: 3, times: -1 });
		expect(failures(10)).to.deep.equal([3, 6, 9]);
		failslab({ probability: 100, interval: 2, times: 2 });
		expect(failures(10)).to.deep.equal([2, 4]);
		failslab({ probability: 100 });
		expect(failures(3), 'times is 1').to.deep.equal([1]);
		failslab({ probability: 100, interval: 0, times: -1 });
		expect(failures(2)).to.deep.equal([1, 2]);
		failslab({ probability: 100, times: 0 });
		expect(failures(5)).to.deep.equal([]);
		failslab({ probability: 100, space: 200, times: -1 });
		expect(failures(5)).to.deep.equal([4, 5]);
		failslab({});
		expect(failures(5)).to.deep.equal([]);
	});

	it('fails with a probability', () => {
		failslab({ probability: 30, times: -1 });
		const n = failures(2000).length;
		expect(n).to.be.within(450, 750);
	});

	it('picks kinds of allocations', () => {
		const cache = kmem_cache_create(64);
		const kinds: [number, () => number][] = [
			[FAIL_KMALLOC, () => kmalloc(8)],
			[FAIL_KZALLOC, () => kzalloc(8)],
			[FAIL_KMEM_CACHE, () => kmem_cache_alloc(cache)],
		];
		for (const [filter] of kinds) {
			failslab({ probability: 100, times: -1, filter });
			for (const [kind, alloc] of kinds)
				expect(failures(1, alloc).length, `filter ${filter}, kind ${kind}`).to.equal(
					kind === filter ? 1 : 0,
				);
		}
		failslab({ probability: 100, times: -1, filter: FAIL_PERCPU });
		expect(alloc_percpu(8)).to.equal(0);
		failslab({ probability: 100, times: -1, filter: FAIL_ALL & ~FAIL_PERCPU });
		const ptr = alloc_percpu(8);
		expect(ptr).not.to.equal(0);
		free_percpu(ptr);
	});

	it('refuses wrong knobs, and names them', () => {
		for (const [knobs, message] of [
			[{ probability: 101 }, /^failslab: probability: 101 is not an integer from 0 to 100$/],
			[{ probability: NaN }, /probability: NaN/],
			[{ interval: -1 }, /interval/],
			[{ times: -2 }, /times/],
			[{ times: 1.5 }, /times/],
			[{ space: -1 }, /space/],
			[{ filter: 32 }, /filter/],
			[{ chance: 1 }, /there is no knob chance; there are: probability/],
		] as const)
			expect(() => failslab(knobs as Parameters<typeof failslab>[0])).to.throw(RangeError,
				message);
		expect(failures(3)).to.deep.equal([]);
	});
});

describe('linux: percpu', () => {
	const t = use_machine({ nr_cpus: 4 });

	it('gives each CPU zeroed memory of its own', () => {
		const a = alloc_percpu(200);
		const b = alloc_percpu(8);
		const seen = new Set<number>();
		for (const [ptr, size] of [[a, 200], [b, 8]] as const)
			for (let cpu = 0; cpu < 4; cpu++) {
				const at = per_cpu_ptr(ptr, cpu);
				expect(filled(at, size, 0)).to.equal(true);
				bytes_at(at, size).fill(cpu + 1);
				seen.add(Math.floor(at / 128));
			}
		expect(seen.size, 'no line is shared').to.equal(8);
		for (let cpu = 0; cpu < 4; cpu++)
			expect(filled(per_cpu_ptr(a, cpu), 200, cpu + 1)).to.equal(true);
		expect(percpu_in_use()).to.be.at.least(3);
		free_percpu(a);
		const again = alloc_percpu(200);
		expect(again).to.equal(a);
		expect(filled(per_cpu_ptr(again, 3), 200, 0)).to.equal(true);
		free_percpu(again);
		free_percpu(b);
		free_percpu(0);
	});

	it('gives NULL when it is used up, and all again when it was freed', () => {
		const before = percpu_in_use();
		const all: number[] = [];
		for (let ptr; (ptr = alloc_percpu(64 * 1024)) !== 0;)
			all.push(ptr);
		for (let ptr; (ptr = alloc_percpu(1)) !== 0;)
			all.push(ptr);
		expect(all.length).to.be.greaterThan(8);
		expect(alloc_workqueue('none', 0, 0)).to.equal(0);
		all.forEach((ptr) => free_percpu(ptr));
		expect(percpu_in_use()).to.equal(before);
		t().expect_log();
	});
});
