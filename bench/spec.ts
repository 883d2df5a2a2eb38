// SPDX-License-Identifier: GPL-2.0-only
//
// What is handed around: a measurement to make, what one process of it gives, and the row that
// comes of several.
import type { JobName } from './work/job.js';

/** How padata is set up; what is not said is as boot() and padata_alloc_possible() have it. */
export interface PadataOptions {
	/**
	 * Who submits: the main thread, a work item on the first CPU, or each serial() its own object
	 * again.
	 */
	readonly submitter: 'main' | 'cpu' | 'serial';
	/** So many instances at once, each with its own workqueue. */
	readonly instances?: number;
	/** serial() on all CPUs in turn instead of one. */
	readonly all_callbacks?: boolean;
	/** Simulate so many CPUs. */
	readonly nr_cpus?: number;
	/** Only so many of the host's CPUs. */
	readonly cores?: number;
	/** Only so many CPUs in the parallel mask. */
	readonly parallel?: number;
	/** Objects in flight. */
	readonly in_flight?: number;
	/** parallel() in C. */
	readonly c?: boolean;
	/** A new object for each job, freed in serial(). */
	readonly alloc?: boolean;
}

export type Measurement = 'throughput' | 'latency' | 'load' | 'startup' | 'idle' | 'memory'
	| 'growth' | 'masks';

/** One measurement, of which each run is a process of its own. */
export interface Spec {
	readonly work: string;
	readonly impl: string;
	/** Where the row stands on a curve. */
	readonly x?: number;
	readonly measurement: Measurement;
	readonly job: JobName;
	/** How many jobs are timed, and how many come before, so that code is compiled. */
	readonly jobs: number;
	readonly warm: number;
	/** Threads that run jobs. */
	readonly threads: number;
	/** Jobs in one task of a pool. */
	readonly batch?: number;
	/** Arrivals, as a part of what can be done at most. */
	readonly load?: number;
	readonly padata?: PadataOptions;
	/** Options for Node.js. */
	readonly node?: readonly string[];
	/** Make at most so many runs: it takes long, or hardly varies. */
	readonly runs?: number;
}

/** What is measured; the first one that is there is the row's figure. */
export interface Figures {
	/** Microseconds (for each job, if there are many); of a latency the median. */
	readonly us?: number;
	readonly bytes?: number;
	/** Per cent of a core. */
	readonly percent?: number;
}

export interface Sample extends Figures {
	/** If a process measures several things: which row this belongs to. Else it is the spec's. */
	readonly work?: string;
	/** CPU time of the whole process for each job. */
	readonly cpu_us?: number;
	readonly p99?: number;
	readonly p999?: number;
	/** Jobs that came in a second. */
	readonly per_second?: number;
	/** Latencies: [upper end of the bucket in us, how many]. */
	readonly histogram?: readonly (readonly [number, number])[];
	/** Fingerprint of the job's results, the same for everybody. */
	readonly digest?: number;
}

/** Medians over the runs; min and max are those of the figure. */
export interface Row extends Figures {
	readonly work: string;
	readonly impl: string;
	readonly x?: number;
	readonly min?: number;
	readonly max?: number;
	readonly runs?: number;
	readonly cpu_us?: number;
	readonly p99?: number;
	readonly p999?: number;
	readonly per_second?: number;
	readonly histogram?: readonly (readonly [number, number])[];
	/** Why there are no figures. */
	readonly missing?: string;
}

/** What `--json` prints. */
export interface Results {
	readonly machine: Readonly<Record<string, string | number>>;
	readonly rows: readonly Row[];
}
