// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/list.h>, doubly linked lists and hlists, with the checks of CONFIG_DEBUG_LIST always
// on: a corrupt list is a BUG at the place where it is seen, not a hang somewhere else.
import { load, READ_ONCE, store } from '../machine/memory.js';
import { ptr, struct } from '../machine/struct.js';
import { report_bug_in_list } from './bug.js';

export const list_head = struct('list_head', { next: ptr, prev: ptr });
export const hlist_head = struct('hlist_head', { first: ptr });
export const hlist_node = struct('hlist_node', { next: ptr, pprev: ptr });

const PREV = list_head.offset.prev;
const PPREV = hlist_node.offset.pprev;

export function INIT_LIST_HEAD(list: number): void {
	store(list, list);
	store(list + PREV, list);
}

export function list_next(entry: number): number {
	return load(entry);
}

export function list_prev(entry: number): number {
	return load(entry + PREV);
}

/** May be asked without the list's lock. */
export function list_empty(head: number): boolean {
	return READ_ONCE(head) === head;
}

function list_corruption(op: 'add' | 'del', entry: number, prev: number, next: number): never {
	report_bug_in_list(op, entry, prev, next, load(next + PREV), load(prev));
}

function __list_add_valid(entry: number, prev: number, next: number): void {
	if (load(next + PREV) !== prev || load(prev) !== next || entry === prev || entry === next)
		list_corruption('add', entry, prev, next);
}

function __list_add(entry: number, prev: number, next: number): void {
	__list_add_valid(entry, prev, next);
	store(next + PREV, entry);
	store(entry, next);
	store(entry + PREV, prev);
	store(prev, entry);
}

/** Insert behind `head` (stack). */
export function list_add(entry: number, head: number): void {
	__list_add(entry, head, load(head));
}

/** Insert before `head` (queue). */
export function list_add_tail(entry: number, head: number): void {
	__list_add(entry, load(head + PREV), head);
}

function __list_del_entry_valid(entry: number, prev: number, next: number): void {
	if (load(prev) !== entry || load(next + PREV) !== entry)
		list_corruption('del', entry, prev, next);
}

function __list_del(entry: number): void {
	const next = load(entry);
	const prev = load(entry + PREV);
	__list_del_entry_valid(entry, prev, next);
	store(next + PREV, prev);
	store(prev, next);
}

export function list_del_init(entry: number): void {
	__list_del(entry);
	INIT_LIST_HEAD(entry);
}

/**
 * `to` takes over the entries of `from`; `from` is empty afterwards. The order of the loads is what
 * makes it right for an empty `from`: its prev, read after the store to it, is `to`.
 */
export function list_replace_init(from: number, to: number): void {
	const next = load(from);
	store(to, next);
	store(next + PREV, to);
	const prev = load(from + PREV);
	store(to + PREV, prev);
	store(prev, to);
	INIT_LIST_HEAD(from);
}

export function INIT_HLIST_NODE(node: number): void {
	store(node, 0);
	store(node + PPREV, 0);
}

export function hlist_unhashed(node: number): boolean {
	return load(node + PPREV) === 0;
}

export function hlist_add_head(node: number, head: number): void {
	const first = load(head);
	store(node, first);
	if (first !== 0)
		store(first + PPREV, node);
	store(head, node);
	store(node + PPREV, head);
}

export function hlist_del_init(node: number): void {
	if (hlist_unhashed(node))
		return;
	const next = load(node);
	const pprev = load(node + PPREV);
	store(pprev, next);
	if (next !== 0)
		store(next + PPREV, pprev);
	INIT_HLIST_NODE(node);
}
