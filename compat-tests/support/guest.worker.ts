// SPDX-License-Identifier: GPL-2.0-only
//
// A user's worker that joins a machine as a guest thread, works, and leaves.
import { parentPort, workerData } from 'node:worker_threads';
import { attach, detach, kfree, kzalloc, MachineHandle, smp_processor_id,
	work_on_cpu } from '../../lib/index.js';

const { handle, double, rounds } = workerData as { handle: MachineHandle; double: number;
	rounds: number };
const results: number[] = [];
let error = '';
try {
	for (let i = 0; i < rounds; i++) {
		attach(handle);
		const objects = Array.from({ length: 40 }, () => kzalloc(100));
		results.push(smp_processor_id(), work_on_cpu(1, double, i));
		objects.forEach((at) => kfree(at));
		detach();
	}
} catch (e) {
	error = (e as Error).message;
}
parentPort!.postMessage({ results, error });
