// SPDX-License-Identifier: GPL-2.0-only
//
// A thread that has taken over the reordering of an instance, and that its host does not let run:
// it is in the middle of take_over_reordering() and holds pd->lock, until the thread that waits for
// it has slept a while. What has been finished meanwhile it delivers then.
import { readFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { attach, atomic_load, detach, MachineHandle, parallel_data, rcu_read_lock, rcu_read_unlock,
	spin_lock_bh, spin_unlock_bh } from '../../lib/index.js';
import { padata_reorder_objects } from '../../lib/padata/v4.18/order.js';
import { padata_reorder } from '../../lib/padata/v4.18/padata.js';
import { begin_take_over, end_take_over } from '../../lib/padata/v4.18/reorder-offer.js';
import { set } from './machine.js';

/** What the thread is given: words are addresses. */
export interface LateReorderData {
	readonly handle: MachineHandle;
	readonly pd: number;
	/** So many finished objects are waited for. */
	readonly objects: number;
	/** The thread whose sleep is looked at. */
	readonly sleeper: number;
	/** Set to 1 as soon as the lock is held. */
	readonly holds: number;
	/** Set by others when the sleeper has returned. */
	readonly returned: number;
}

/** How often the sleeper has to go to sleep: it does so for less than a millisecond each. */
const SLEEPS = 50;

function sleeps_of(tid: number): number {
	const status = readFileSync(`/proc/self/task/${tid}/status`, 'utf8');
	return Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)![1]);
}

const { handle, pd, objects, sleeper, holds, returned } = workerData as LateReorderData;
attach(handle);
rcu_read_lock();
begin_take_over();
spin_lock_bh(pd + parallel_data.offset.lock);
set(holds);
while (padata_reorder_objects(pd) < objects && atomic_load(returned) === 0);
for (const before = sleeps_of(sleeper);
	sleeps_of(sleeper) < before + SLEEPS && atomic_load(returned) === 0;);
spin_unlock_bh(pd + parallel_data.offset.lock);
padata_reorder(pd);
end_take_over();
rcu_read_unlock();
detach();
