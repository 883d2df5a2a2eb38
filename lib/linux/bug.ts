// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/bug.h>. Where the kernel would crash, the port throws an Oops: it is on the
// kernel log with its event, function, CPU and call trace, the main thread gets it as an event, and
// the call that ran into it ends. Where a callback of the user throws, the same report is made and
// the machine goes on.
import { bundle } from '../machine/bundle.js';
import { machine_field } from '../machine/layout.js';
import { load } from '../machine/memory.js';
import { this_cpu } from '../machine/thread.js';
import { emit_record, KERN_ALERT, KERN_EMERG, KERN_ERR, KERN_WARNING, LogKind,
	printk } from './printk.js';

/** A kernel crash, as an exception. It has been reported on the kernel log when it is thrown. */
export class Oops extends Error {
	override readonly name = 'Oops';
	/** @param event the telling line, as the kernel words it */
	constructor(readonly event: string, readonly trace: readonly string[]) {
		super(event);
	}
}

const KERNEL_FILE = /[/\\]lib[/\\](?:boot|linux|machine|padata[/\\]v[\d.]+)[/\\][\w-]+\.[jt]s/;

/**
 * Kernel functions by their names, others with their file behind them, as the kernel marks those of
 * a module.
 */
const in_kernel = (place: string): boolean =>
	bundle === undefined ? KERNEL_FILE.test(place) : place.startsWith(bundle.file);
/** Where modules are joined, a function has a number behind its name if that name was taken. */
const plain = (name: string): string => name.replace(/\$\d+$/, '');
const TRACE_FRAMES = 40;

/** An Error whose stack is deep enough for a call trace. */
function traced(): Error {
	const limit = Error.stackTraceLimit;
	Error.stackTraceLimit = TRACE_FRAMES;
	const error = new Error();
	Error.stackTraceLimit = limit;
	return error;
}

/** The functions on the stack, innermost first, without those that report. */
function call_trace(error: Error): string[] {
	const trace: string[] = [];
	for (const line of (error.stack ?? '').split('\n')) {
		const m = /^\s*at (?:async )?(?:new )?([\w$.<>#]+) (?:\[as \w+\] )?\((.*)\)$/.exec(line);
		if (m === null)
			continue;
		const name = m[1].replace(/^(?:Object|Module)\./, '');
		if (!in_kernel(m[2]))
			trace.push(`${name} [${/([^/\\]+?)(?::\d+)*$/.exec(m[2])?.[1] ?? '?'}]`);
		else if (!reporters.has(plain(name)))
			trace.push(plain(name));
	}
	return trace;
}

const context = (): string => this_cpu() < 0 ? `task ${process.pid}` : `kworker/${this_cpu()}`;

function report(kind: LogKind, level: number, event: string, trace: readonly string[],
	stack?: string): void
{
	emit_record(kind, level, [
		event,
		`CPU: ${this_cpu()} Comm: ${context()}`,
		`RIP: ${trace[0] ?? '?'}`,
		'Call Trace:',
		...trace.slice(1).map((name) => ` ${name}`),
		...(stack === undefined ? [] : [stack]),
	].join('\n'));
}

/** Report a crash and throw it. */
export function die(event: string): never {
	const trace = call_trace(traced());
	// On a guest thread the caller gets the exception. On a CPU nobody does, so the main thread
	// must not overlook it.
	report('oops', this_cpu() < 0 ? KERN_ALERT : KERN_EMERG, event, trace);
	throw new Oops(event, trace);
}

/** Report a crash that is no caller's, and go on. On the main thread it is an event. */
export function report_oops(event: string): void {
	report('oops', KERN_EMERG, event, call_trace(traced()));
}

/** @param where file and line, as the kernel prints them */
export function BUG(where: string): never {
	die(`kernel BUG at ${where}!`);
}

export function BUG_ON(condition: boolean, where: string): void {
	if (condition)
		BUG(where);
}

/** The kernel's divide error, where JavaScript would go on with NaN. */
export function divide_error(): never {
	die('divide error: 0000');
}

/** What the kernel's debug checks of lists say, and the BUG behind it. */
export function report_bug_in_list(op: 'add' | 'del', entry: number, prev: number, next: number,
	next_prev: number, prev_next: number): never
{
	const hex = (n: number): string => n.toString(16);
	let what: string;
	if (op === 'add' && next_prev !== prev)
		what = `list_add corruption. next->prev should be prev (${hex(prev)}), but was ${
			hex(next_prev)
		}. (next=${hex(next)}).`;
	else if (op === 'add' && prev_next !== next)
		what = `list_add corruption. prev->next should be next (${hex(next)}), but was ${
			hex(prev_next)
		}. (prev=${hex(prev)}).`;
	else if (op === 'add')
		what = `list_add double add: new=${hex(entry)}, prev=${hex(prev)}, next=${hex(next)}.`;
	else if (prev_next !== entry)
		what = `list_del corruption. prev->next should be ${hex(entry)}, but was ${hex(prev_next)}`;
	else
		what = `list_del corruption. next->prev should be ${hex(entry)}, but was ${hex(next_prev)}`;
	printk(KERN_EMERG, what);
	die(`${what}\nkernel BUG at lib/list_debug.c:30!`);
}

/** A state that should not be, which can be lived with. */
export function WARN(what: string): void {
	const trace = call_trace(traced());
	printk(KERN_WARNING,
		`WARNING: CPU: ${this_cpu()} ${what}\nCall Trace:\n${
			trace.map((name) => ` ${name}`).join('\n')
		}`);
}

export function WARN_ON(condition: boolean, what: string): boolean {
	if (condition)
		WARN(what);
	return condition;
}

const reported_once = new Set<string>();

export function WARN_ONCE(what: string): void {
	if (!reported_once.has(what)) {
		reported_once.add(what);
		WARN(what);
	}
}

/**
 * The user has misused the API in a way that would corrupt the kernel. It is refused, and reported.
 * @param what function, object and CPU, and what was wrong
 */
export function misuse(what: string): void {
	// What C reports says itself what it is.
	report('misuse', KERN_ERR, /^(?:BUG|INFO): /.test(what) ? what : `BUG: ${what}`,
		call_trace(traced()));
}

/**
 * A thread is about to wait for what it holds itself: a misuse, after which the caller returns
 * -EDEADLK; a crash where the machine checks as little as the kernel, which would hang here.
 */
export function self_deadlock(what: string): void {
	if (load(machine_field('unchecked')) !== 0)
		die(`INFO: task blocked for ever: ${what}`);
	misuse(what);
}

/** might_sleep() found the thread in atomic context. */
export function sleeping_in_atomic(what: string, softirq: number, preempt: number): void {
	report('misuse', KERN_ERR,
		`BUG: sleeping function called from invalid context: ${what} (softirq_count ${softirq}, preempt_count ${preempt})`,
		call_trace(traced()));
}

/**
 * A callback threw. The report names it; the machine goes on.
 * @param what the callback, e.g. "parallel() of padata_priv 12340"
 */
export function oops_in_callback(what: string, error: unknown): void {
	if (error instanceof Oops)
		return;
	const e = error instanceof Error ? error : new Error(String(error));
	report('oops', KERN_EMERG, `BUG: ${what} threw ${e.name}: ${e.message}`, call_trace(e),
		e.stack);
}

const reporters = new Set(
	[traced, die, report_oops, BUG, BUG_ON, divide_error, report_bug_in_list, WARN, WARN_ON,
		WARN_ONCE, misuse, self_deadlock, sleeping_in_atomic, oops_in_callback].map(({ name }) =>
			plain(name)
		),
);

/** A function that only checks something for its caller: call traces begin with the caller. */
export function name_caller_of({ name }: { readonly name: string }): void {
	reporters.add(plain(name));
}
