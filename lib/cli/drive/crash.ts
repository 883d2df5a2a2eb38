// SPDX-License-Identifier: GPL-2.0-only
//
// A crash of the kernel as a trace shows it: the telling lines of the report, without addresses and
// times.
import type { LogRecord } from '../../index.js';

/** Is the record a crash, and not the report of a callback that threw? */
export function is_crash(record: LogRecord): boolean {
	return record.kind === 'oops';
}

/**
 * Frames outside the kernel are marked with their file; these are calls through function pointers
 * and the CPU's loop.
 */
const NOT_KERNEL =
	/\[|^(?:[A-Z#]|.*\.|call1?$|call_(?:parallel|serial|notifier|back)$|run_|work_for_cpu|process_one_work)/;

/** The same of a report as it stands in the log. */
export function crash_lines_of(text: string, task: string): string[] {
	const [event, ...rest] = text.split('\nCPU: ');
	const trace = rest.join('').split('\n').slice(1).map((line) => line.replace(/^(?:RIP: | )/, ''))
		.filter((line) => line !== 'Call Trace:');
	return crash_lines(event, trace, task);
}

/** @param task who was running, as far as the trace does not tell */
export function crash_lines(event: string, trace: readonly string[], task: string): string[] {
	const kernel = trace.filter((name) => !NOT_KERNEL.test(name));
	const who = kernel.some((name) => name.startsWith('cpuhp_')) ? 'cpuhp' : task;
	const [first, ...more] = event.split('\n');
	if (/^INFO: task|^watchdog/.test(first))
		return [`@@HANG: ${first}`, `KERNEL: blocked task ${who}`,
			...kernel.map((name) => `KERNEL:   ${name}`)];
	return [
		`KERNEL: ${first}`,
		...more.map((text) => `KERNEL: ${text}`),
		`KERNEL: in ${who}`,
		`KERNEL: RIP ${kernel[0] ?? '?'}`,
		...kernel.slice(1).map((name) => `KERNEL:   ${name}`),
		'KERNEL: Kernel panic - not syncing: Fatal exception',
	];
}
