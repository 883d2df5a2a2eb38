// SPDX-License-Identifier: GPL-2.0-only
//
// Where a thread of a machine begins. It is up before it has what it takes to load modules, which
// is as much again as the kernel: the package's module finds the kernel where this leaves it.
// (scripts/setup/bundle.mjs fills in the capitals.)
import { run } from './run.js';

const { bundle } = process.getBuiltinModule('node:worker_threads').workerData;
globalThis[Symbol.for(bundle.url)] = run(bundle, (module) => import(module));
