// SPDX-License-Identifier: GPL-2.0-only
import { workerData } from 'node:worker_threads';
import workerpool from 'workerpool';
import { make_task } from './task.js';

workerpool.worker({ task: await make_task(workerData) });
