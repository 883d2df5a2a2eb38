// SPDX-License-Identifier: GPL-2.0-only
//
// Blocking notifier chains: order, return values, what callbacks may do wrong, and what 4.18 does
// to a block that is registered twice.
import { expect } from 'chai';
import fc from 'fast-check';

import { Oops } from '../../lib/linux/bug.js';
import { EDEADLK, EEXIST, EINVAL, ENOENT, ENOMEM } from '../../lib/linux/errno.js';
import { kref_get, kref_get_unless_zero, kref_init, kref_put,
	kref_read } from '../../lib/linux/kref.js';
import { blocking_notifier_call_chain, blocking_notifier_chain_register,
	blocking_notifier_chain_unregister, blocking_notifier_head, BLOCKING_INIT_NOTIFIER_HEAD,
	NOTIFY_BAD, NOTIFY_DONE, notifier_block, notifier_from_errno, notifier_to_errno, NOTIFY_OK,
	NOTIFY_STOP, NOTIFY_STOP_MASK } from '../../lib/linux/notifier.js';
import { local_bh_disable, local_bh_enable, preempt_count,
	preempt_disable } from '../../lib/linux/preempt.js';
import { down_read_trylock, down_write, rw_semaphore, up_read,
	up_write } from '../../lib/linux/rwsem.js';
import { kzalloc } from '../../lib/linux/slab.js';
import { store_function } from '../../lib/machine/function.js';
import { load, store } from '../../lib/machine/memory.js';
import { bare_machine, bare_shutdown, LogReader, test_function } from '../support/bare.js';

describe('notifier', () => {
	let nh: number;
	let log: LogReader;
	/** What was called: [block, val, v] */
	let calls: [number, number, number][];

	beforeEach(() => {
		bare_machine();
		nh = kzalloc(blocking_notifier_head.size);
		BLOCKING_INIT_NOTIFIER_HEAD(nh);
		log = new LogReader();
		calls = [];
	});

	afterEach(() => {
		if (nh !== 0) {
			// However a test ended: nobody holds the chain, and nothing is left disabled.
			down_write(nh);
			up_write(nh);
		}
		expect(preempt_count()).to.equal(0);
		bare_shutdown();
	});

	function block(priority: number,
		callback: (nb: number, val: number, v: number) => unknown = () => NOTIFY_DONE): number
	{
		const nb = kzalloc(notifier_block.size);
		store(nb + notifier_block.offset.priority, priority);
		store_function(nb + notifier_block.offset.notifier_call,
			test_function(function tested_callback(n: number, val: number, v: number) {
				calls.push([n, val, v]);
				return callback(n, val, v);
			}));
		return nb;
	}

	const register = (nb: number, twice = false): number =>
		blocking_notifier_chain_register(nh, nb, twice);
	const unregister = (nb: number): number => blocking_notifier_chain_unregister(nh, nb);

	/** Call the chain. @returns the blocks called */
	function called(): number[] {
		calls = [];
		blocking_notifier_call_chain(nh, 1, 2);
		return calls.map(([nb]) => nb);
	}

	it('has the C layout', () => {
		expect(notifier_block.offset).to.deep.equal({ notifier_call: 0, next: 8, priority: 16 });
		expect(notifier_block.size).to.equal(24);
		expect(blocking_notifier_head.offset).to.deep.equal({ rwsem: 0, head: rw_semaphore.size });
		expect(blocking_notifier_head.size).to.equal(48);
	});

	it('converts errnos', () => {
		expect(notifier_from_errno(0)).to.equal(NOTIFY_OK);
		for (const err of [-EINVAL, -ENOMEM, -1]) {
			expect(notifier_from_errno(err)).to.equal(NOTIFY_STOP_MASK | 1 - err);
			expect(notifier_to_errno(notifier_from_errno(err))).to.equal(err);
		}
		expect([NOTIFY_DONE, NOTIFY_OK, NOTIFY_STOP, NOTIFY_BAD].map(notifier_to_errno)).to.deep
			.equal([0, 0, 0, -1]);
		expect([NOTIFY_DONE, NOTIFY_OK, NOTIFY_STOP, NOTIFY_BAD]).to.deep.equal([0, 1, 0x8001,
			0x8002]);
	});

	it('calls in descending priority, equal ones in the order of registration', () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: -2, max: 2 }), { maxLength: 12 }),
				(priorities) => {
					BLOCKING_INIT_NOTIFIER_HEAD(nh);
					const blocks = priorities.map((priority) =>
						[priority, block(priority)] as const
					);
					for (const [, nb] of blocks)
						expect(register(nb)).to.equal(0);
					expect(called()).to.deep.equal(
						[...blocks].sort(([p], [q]) => q - p).map(([, nb]) => nb),
					);
				}),
			{ numRuns: 50 },
		);
	});

	it('passes the block, the value and the data, and returns the last value', () => {
		register(block(1, () => NOTIFY_OK));
		const last = block(0, () => 7);
		register(last);
		expect(blocking_notifier_call_chain(nh, 3, 4096)).to.equal(7);
		expect(calls[1]).to.deep.equal([last, 3, 4096]);
	});

	it('returns NOTIFY_DONE for an empty chain, without the lock', () => {
		down_write(nh);
		expect(blocking_notifier_call_chain(nh, 1, 2)).to.equal(NOTIFY_DONE);
		up_write(nh);
	});

	it('holds the lock for reading while it calls', () => {
		const free = (): boolean => {
			const got = down_read_trylock(nh);
			if (got)
				up_read(nh);
			return got;
		};
		let count = 0;
		register(block(0, () => {
			count = load(nh + rw_semaphore.offset.count);
			return free() ? NOTIFY_OK : NOTIFY_BAD;
		}));
		expect(blocking_notifier_call_chain(nh, 0, 0)).to.equal(NOTIFY_OK);
		expect(count).to.equal(1);
		expect(load(nh + rw_semaphore.offset.count)).to.equal(0);
	});

	for (const [name, ret] of Object.entries({ NOTIFY_STOP, NOTIFY_BAD, '-EINVAL': -EINVAL,
		'-ENOMEM': -ENOMEM }))
		it(`stops after ${name}`, () => {
			const first = block(1, () => ret);
			register(first);
			register(block(0));
			expect(called()).to.deep.equal([first]);
			expect(blocking_notifier_call_chain(nh, 0, 0)).to.equal(ret);
		});

	it('takes any return value as an int', () => {
		let value: unknown;
		const first = block(1, () => value);
		const second = block(0, () => 5);
		register(first);
		register(second);
		for (value of [undefined, null, false, 2 ** 32, 1.9, NaN, 'x', {}, Promise.resolve(3)])
			expect(called(), String(value)).to.deep.equal([first, second]);
		unregister(second);
		for (const [returned, int] of [[undefined, 0], [2 ** 32 + 3, 3], [0xffff8001,
			0xffff8001 | 0], [-1.5, -1], [true, 1]] as const)
		{
			value = returned;
			expect(blocking_notifier_call_chain(nh, 0, 0)).to.equal(int);
		}
	});

	it('unregisters: 0, then -ENOENT', () => {
		const blocks = [block(2), block(1), block(0)] as const;
		expect(unregister(blocks[0])).to.equal(-ENOENT);
		blocks.forEach((nb) => register(nb));
		expect(unregister(blocks[1])).to.equal(0);
		expect(called()).to.deep.equal([blocks[0], blocks[2]]);
		expect(unregister(blocks[1])).to.equal(-ENOENT);
		expect(unregister(blocks[0])).to.equal(0);
		expect(unregister(blocks[2])).to.equal(0);
		expect(called()).to.deep.equal([]);
		expect(register(blocks[1])).to.equal(0);
		expect(called()).to.deep.equal([blocks[1]]);
	});

	it('refuses a block that is on the chain, which stays as it is', () => {
		const blocks = [block(2), block(1), block(1), block(0)];
		blocks.forEach((nb) => register(nb));
		for (const nb of blocks)
			expect(register(nb)).to.equal(-EEXIST);
		expect(called()).to.deep.equal(blocks);
		blocks.forEach((nb) => expect(unregister(nb)).to.equal(0));
	});

	describe('a block registered twice, as 4.18', () => {
		it('the blocks between its old and its new place fall off', () => {
			const blocks = [block(0), block(0), block(0)] as const;
			blocks.forEach((nb) => register(nb));
			// Behind the last one of the same priority: blocks[0] ends the chain, and blocks[1] and
			// [2] lead to it.
			expect(register(blocks[0], true)).to.equal(0);
			expect(load(blocks[0] + notifier_block.offset.next)).to.equal(0);
			expect(load(blocks[2] + notifier_block.offset.next)).to.equal(blocks[0]);
			expect(called()).to.deep.equal([blocks[0]]);
		});

		it('goes behind those of the same or a higher priority', () => {
			const [high, first, second, low] = [block(5), block(0), block(0), block(-5)] as const;
			[high, first, second, low].forEach((nb) => register(nb));
			expect(register(first, true)).to.equal(0);
			expect(called()).to.deep.equal([high, first, low]);
		});

		it('one that is the last of its priority becomes its own successor: a soft lockup with a name', () => {
			const nb = block(0);
			register(nb);
			expect(register(nb, true)).to.equal(0);
			expect(load(nb + notifier_block.offset.next)).to.equal(nb);
			expect(() => blocking_notifier_call_chain(nh, 0, 0)).to.throw(Oops,
				'watchdog: BUG: soft lockup - CPU stuck in notifier_call_chain');
			const [report] = log.read('oops');
			expect(report).to.match(/^RIP: notifier_call_chain$/m).and.match(
				/^ blocking_notifier_call_chain$/m,
			);
			expect(calls.map(([n]) => n)).to.deep.equal([nb]);
		});

		it('a callback that stops ends also an endless chain', () => {
			const nb = block(0, () => NOTIFY_STOP);
			register(nb);
			register(nb, true);
			expect(blocking_notifier_call_chain(nh, 0, 0)).to.equal(NOTIFY_STOP);
		});

		it('unregistering it leaves the ring, and the other functions are stuck in it too', () => {
			const nb = block(0);
			register(nb);
			register(nb, true);
			expect(unregister(nb)).to.equal(0);
			expect(load(nh + blocking_notifier_head.offset.head)).to.equal(nb);
			expect(() => unregister(block(0))).to.throw(Oops, 'stuck in notifier_chain_unregister');
			expect(() => register(nb, true)).to.throw(Oops, 'stuck in notifier_chain_register');
			expect(register(block(1), true)).to.equal(0);
		});

		it('a longer ring is found', () => {
			const blocks = [block(3), block(2), block(1), block(0)] as const;
			blocks.forEach((nb) => register(nb));
			store(blocks[3] + notifier_block.offset.next, blocks[1]);
			expect(() => blocking_notifier_call_chain(nh, 0, 0)).to.throw(Oops,
				'stuck in notifier_call_chain');
			expect(new Set(calls.map(([n]) => n))).to.deep.equal(new Set(blocks));
		});
	});

	it('a chain may be long', () => {
		const nr = 10000;
		let nb = 0;
		const fn = test_function(() => {
			calls.push([0, 0, 0]);
		});
		for (let i = 0; i < nr; i++) {
			const next = nb;
			nb = kzalloc(notifier_block.size);
			store_function(nb + notifier_block.offset.notifier_call, fn);
			store(nb + notifier_block.offset.next, next);
		}
		store(nh + blocking_notifier_head.offset.head, nb);
		expect(called()).to.have.length(nr);
		expect(register(block(0))).to.equal(0);
		expect(called()).to.have.length(nr + 1);
	});

	it('a callback that throws is reported and counts as NOTIFY_DONE', () => {
		const last = block(0, () => NOTIFY_OK);
		const bad = block(1, () => {
			local_bh_disable();
			preempt_disable();
			throw new RangeError('no good');
		});
		register(bad);
		register(last);
		expect(called()).to.deep.equal([bad, last]);
		const reports = log.read('oops');
		expect(reports[0]).to.include('notifier_call').and.include(bad.toString(16)).and.include(
			'threw RangeError: no good',
		);
		expect(preempt_count()).to.equal(0);
		unregister(last);
		expect(blocking_notifier_call_chain(nh, 0, 0)).to.equal(NOTIFY_DONE);
	});

	it('a callback that returns with softirqs disabled is reported', () => {
		register(block(0, () => {
			local_bh_disable();
		}));
		expect(called()).to.have.length(1);
		expect(log.read('misuse').join()).to.include('leaked a lock or left softirqs disabled');
		expect(preempt_count()).to.equal(0);
	});

	it('an Oops in a callback ends the call, with the lock released', () => {
		const oops = new Oops('kernel BUG at test!', []);
		const bad = block(1, () => {
			throw oops;
		});
		register(bad);
		register(block(0));
		expect(() => blocking_notifier_call_chain(nh, 0, 0)).to.throw(Oops, 'kernel BUG at test!');
		expect(calls).to.have.length(1);
		expect(log.read('oops')).to.deep.equal([]);
		expect(unregister(bad)).to.equal(0);
	});

	it('a NULL callback is reported, and the others are called', () => {
		const empty = block(1);
		store_function(empty + notifier_block.offset.notifier_call, 0);
		const nb = block(0);
		register(empty);
		register(nb);
		expect(called()).to.deep.equal([nb]);
		expect(log.read('oops').join()).to.include('NULL function pointer');
	});

	it('a callback may not change its own chain', () => {
		const results: number[] = [];
		const other = block(0);
		const nb = block(1, (n) => {
			results.push(unregister(n), register(other), register(n));
		});
		register(nb);
		expect(called()).to.deep.equal([nb]);
		expect(results).to.deep.equal([-EDEADLK, -EDEADLK, -EDEADLK]);
		const reports = log.read('misuse');
		expect(reports).to.have.length(3);
		expect(reports[0]).to.include('blocking_notifier_chain_unregister').and.include(
			nb.toString(16),
		).and.include('same chain');
		expect(reports[1]).to.include('blocking_notifier_chain_register').and.include(
			other.toString(16),
		);
		expect(unregister(nb)).to.equal(0);
		expect(register(other)).to.equal(0);
	});

	it('a callback that changes its own chain hangs, if asked for', () => {
		let change = (): unknown => blocking_notifier_chain_unregister(nh, nb, { hang: true });
		const nb = block(0, () => change());
		register(nb);
		expect(called).to.throw(Oops, 'INFO: task blocked');
		expect(log.read('oops')[0]).to.match(
			/rwsem_down_write_slowpath[^]*blocking_notifier_chain_unregister/,
		);
		change = () => blocking_notifier_chain_register(nh, block(1), true, { hang: true });
		expect(called).to.throw(Oops, 'INFO: task blocked');
		expect(log.read('oops')[0]).to.match(
			/rwsem_down_write_slowpath[^]*blocking_notifier_chain_register/,
		);
		expect(called).to.throw(Oops);
		expect(unregister(nb)).to.equal(0);
	});

	it('a callback may change another chain, and have its own one called', () => {
		const other = kzalloc(blocking_notifier_head.size);
		BLOCKING_INIT_NOTIFIER_HEAD(other);
		const in_other = block(0);
		let depth = 0;
		const nb = block(0, () => {
			if (depth++ > 0)
				return NOTIFY_OK;
			// As if a writer waited: a second down_read() of this thread would wait behind it, and
			// it behind us.
			store(nh + rw_semaphore.offset.waiters, 1);
			const ret = blocking_notifier_call_chain(nh, 8, 9);
			store(nh + rw_semaphore.offset.waiters, 0);
			return blocking_notifier_chain_register(other, in_other) === 0 ? ret : NOTIFY_BAD;
		});
		register(nb);
		expect(blocking_notifier_call_chain(nh, 1, 2)).to.equal(NOTIFY_OK);
		expect(calls).to.deep.equal([[nb, 1, 2], [nb, 8, 9]]);
		expect(load(nh + rw_semaphore.offset.count)).to.equal(0);
		calls = [];
		blocking_notifier_call_chain(other, 0, 0);
		expect(calls).to.have.length(1);
	});

	it('does not sleep in atomic context', () => {
		register(block(0));
		local_bh_disable();
		try {
			expect(() => blocking_notifier_call_chain(nh, 0, 0)).to.throw(Oops,
				'scheduling while atomic');
			expect(() => unregister(block(0))).to.throw(Oops, 'scheduling while atomic');
		} finally {
			local_bh_enable();
		}
		expect(calls).to.deep.equal([]);
		expect(called()).to.have.length(1);
	});

	it('reads the next block before the call', () => {
		const nb = block(1, (n) => {
			store(n + notifier_block.offset.next, 0);
		});
		const second = block(0);
		register(nb);
		register(second);
		expect(called()).to.deep.equal([nb, second]);
	});
});

describe('kref', () => {
	beforeEach(() => {
		bare_machine();
	});
	afterEach(bare_shutdown);

	it('calls release with the last reference', () => {
		const outer = kzalloc(64);
		const k = outer + 8;
		const released: number[] = [];
		const release = (at: number): void => {
			released.push(at);
		};
		kref_init(k);
		kref_get(k);
		expect(kref_get_unless_zero(k)).to.equal(true);
		expect(kref_read(k)).to.equal(3);
		expect([kref_put(k, release), kref_put(k, release)]).to.deep.equal([false, false]);
		expect(released).to.deep.equal([]);
		expect(kref_put(k, release)).to.equal(true);
		expect(released).to.deep.equal([k]);
	});

	it('a count that has reached 0 stays there, with a warning', () => {
		const k = kzalloc(64);
		const log = new LogReader();
		kref_init(k);
		kref_put(k, () => undefined);
		kref_get(k);
		expect(log.read().join()).to.include('refcount_t: increment on 0; use-after-free.');
		expect(kref_put(k, () => {
			throw new Error('released twice');
		})).to.equal(false);
		expect(log.read().join()).to.include('refcount_t: underflow; use-after-free.');
		expect(kref_get_unless_zero(k)).to.equal(false);
		expect(kref_read(k)).to.equal(0);
	});
});
