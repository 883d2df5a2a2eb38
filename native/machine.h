/* SPDX-License-Identifier: GPL-2.0-only
 *
 * What TypeScript has laid out at boot, as far as C looks at it itself.
 */
#pragma once

extern struct machine {
	/* Tells a machine from an earlier one. */
	int generation;
	int nr_threads, nr_cpu_ids;
	/* Where the threads' areas begin, their size, and where in one is: the mark that it is taken, and the count of RCU readers. */
	int threads, thread_size, taken, reader;
	/* Where the percpu units begin, and their size. */
	int percpu, percpu_unit;
} machine;
