// SPDX-License-Identifier: GPL-2.0-only
//
// A worker of piscina, and of tinypool, which came of it.
import { workerData } from 'node:worker_threads';
import { make_task } from './task.js';

export default await make_task(workerData);
