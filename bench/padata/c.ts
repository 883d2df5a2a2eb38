// SPDX-License-Identifier: GPL-2.0-only
//
// parallel() in C (bench/native/parallel.cc), as a function pointer in two halves.
import koffi from 'koffi';
import { padata_priv, store } from 'padata';
import { build } from '../native.js';
import type { JobName } from '../work/job.js';
import { bench_job } from './layout.js';

let address = 0n;

/** @param slots of the payload, an address in the machine's memory */
export function load_c(job: JobName, slots: number, memory_high: number): void {
	const built = build('parallel');
	if ('missing' in built)
		throw new Error(built.missing);
	const library = koffi.load(built.path);
	const init = library.func('bench_init', 'void', ['str', 'int', 'void *']) as unknown as (
		job: string,
		value: number,
		slots: bigint,
	) => void;
	init(job, bench_job.offset.value, BigInt(memory_high) << 32n | BigInt(slots));
	address = library.symbol(job === 'empty' ? 'bench_parallel_empty' : 'bench_parallel') as bigint;
}

/** Let an object's parallel() be the one in C. */
export function set_parallel(padata: number): void {
	const slot = padata + padata_priv.offset.parallel;
	store(slot, Number(BigInt.asIntN(32, address)));
	store(slot + 4, Number(address >> 32n));
}
