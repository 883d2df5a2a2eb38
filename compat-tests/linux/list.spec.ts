// SPDX-License-Identifier: GPL-2.0-only
//
// Lists, and the crash that a corrupt one is.
import { expect } from 'chai';
import { hlist_add_head, hlist_del_init, hlist_unhashed, INIT_HLIST_NODE, INIT_LIST_HEAD, list_add,
	list_add_tail, list_del_init, list_empty, list_next, list_prev, list_replace_init, load, Oops,
	store } from '../../lib/index.js';
import { random_of, seed_of, use_machine } from '../support/machine.js';

describe('linux: list', () => {
	const t = use_machine({ nr_cpus: 1 });
	let head = 0;
	let node: number[] = [];

	beforeEach(() => {
		head = t().alloc(64);
		INIT_LIST_HEAD(head);
		const all = t().alloc(16 * 32);
		node = Array.from({ length: 32 }, (_, i) => all + i * 16);
		node.forEach((n) => INIT_LIST_HEAD(n));
	});

	/** The entries forwards; backwards they are the same. */
	function entries(of = head): number[] {
		const forwards: number[] = [];
		for (let n = list_next(of); n !== of; n = list_next(n))
			forwards.push(node.indexOf(n));
		const backwards: number[] = [];
		for (let n = list_prev(of); n !== of; n = list_prev(n))
			backwards.unshift(node.indexOf(n));
		expect(backwards).to.deep.equal(forwards);
		return forwards;
	}

	it('is a stack and a queue', () => {
		expect(list_empty(head)).to.equal(true);
		list_add_tail(node[1], head);
		list_add_tail(node[2], head);
		list_add(node[0], head);
		expect(list_empty(head)).to.equal(false);
		expect(entries()).to.deep.equal([0, 1, 2]);
		list_del_init(node[1]);
		expect(list_empty(node[1])).to.equal(true);
		list_del_init(node[1]);
		expect(entries()).to.deep.equal([0, 2]);
		const other = t().alloc(64);
		list_replace_init(head, other);
		expect(entries(other)).to.deep.equal([0, 2]);
		expect(list_empty(head)).to.equal(true);
		list_replace_init(head, other);
		expect(list_empty(other), 'taking over an empty one').to.equal(true);
	});

	it('is what an array is', () => {
		const random = random_of(seed_of('list'));
		const model: number[] = [];
		for (let i = 0; i < 2000; i++) {
			const n = random(32);
			const at = model.indexOf(n);
			if (at >= 0) {
				list_del_init(node[n]);
				model.splice(at, 1);
			} else if (random(2) === 0) {
				list_add(node[n], head);
				model.unshift(n);
			} else {
				list_add_tail(node[n], head);
				model.push(n);
			}
			expect(entries()).to.deep.equal(model);
		}
	});

	it('crashes where it is found corrupt', () => {
		const [a, b, c] = node as [number, number, number];
		list_add_tail(a, head);
		list_add_tail(b, head);
		const hex = (n: number): string => n.toString(16);
		expect(() => list_add(a, head), 'it is in the list').to.throw(Oops,
			`list_add double add: new=${hex(a)}, prev=${hex(head)}, next=${hex(a)}.`);
		expect(() => list_add_tail(b, head)).to.throw(Oops, 'list_add double add');
		store(b + 8, c);
		expect(() => list_add(c, a)).to.throw(Oops,
			`list_add corruption. next->prev should be prev (${hex(a)}), but was ${hex(c)}. (next=${
				hex(b)
			}).`);
		expect(() => list_del_init(b)).to.throw(Oops,
			`list_del corruption. prev->next should be ${hex(b)}, but was ${hex(c)}`);
		expect(() => list_del_init(a)).to.throw(Oops,
			`list_del corruption. next->prev should be ${hex(a)}, but was ${hex(c)}`);
		store(b + 8, a);
		store(a, c);
		expect(() => list_add_tail(c, b)).to.throw(Oops,
			`list_add corruption. prev->next should be next (${hex(b)}), but was ${hex(c)}. (prev=${
				hex(a)
			}).`);
		store(a, b);
		expect(entries(), 'nothing was written').to.deep.equal([0, 1]);
		t().expect_log(/list_add double add/, /\nkernel BUG at lib\/list_debug.c:\d+!/,
			/list_add corruption/, /list_del corruption/);
	});

	it('hlists', () => {
		const first = t().alloc(64);
		const all = (): number[] => {
			const found: number[] = [];
			for (let n = load(first); n !== 0; n = load(n))
				found.push(node.indexOf(n));
			return found;
		};
		const [a, b, c] = node as [number, number, number];
		[a, b, c].forEach((n) => INIT_HLIST_NODE(n));
		expect(hlist_unhashed(a)).to.equal(true);
		[a, b, c].forEach((n) => hlist_add_head(n, first));
		expect(all()).to.deep.equal([2, 1, 0]);
		expect(hlist_unhashed(a)).to.equal(false);
		hlist_del_init(b);
		expect(all()).to.deep.equal([2, 0]);
		hlist_del_init(b);
		hlist_del_init(c);
		expect(all()).to.deep.equal([0]);
		hlist_del_init(a);
		expect(all()).to.deep.equal([]);
		expect(hlist_unhashed(a)).to.equal(true);
	});
});
