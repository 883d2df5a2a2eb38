// SPDX-License-Identifier: GPL-2.0-only
import { workerData } from 'node:worker_threads';
import { ThreadWorker } from 'poolifier';
import { make_task, Task } from './task.js';

const task: Task = await make_task(workerData);
export default new ThreadWorker<number, number>((first) => task(first!));
