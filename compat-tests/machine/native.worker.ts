// SPDX-License-Identifier: GPL-2.0-only
//
// The worker's half of native.spec.ts: pins itself, and answers with what it then sees of itself.
// It ends by returning.
import { parentPort, workerData } from 'node:worker_threads';

import { load_native } from '../../lib/machine/native.js';

export interface Report {
	tid: number;
	pinned: number;
	affinity: number[];
	cpu: number;
	named: number;
	name: string;
	base: bigint;
}

const { cpu, name, memory } = workerData as { cpu: number; name: string;
	memory: SharedArrayBuffer };
const { native, error } = load_native();
if (native === null)
	throw new Error(error);

const report: Report = {
	tid: native.gettid(),
	pinned: native.pin(cpu),
	affinity: native.getAffinity(),
	cpu: native.currentCpu(),
	named: native.setThreadName(name),
	name: native.getThreadName(),
	base: native.memoryBase(new Int32Array(memory)),
};
parentPort?.postMessage(report);
