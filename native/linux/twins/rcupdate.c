// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/rcupdate.h>: readers. The twin is lib/linux/rcutree.ts, where the counters are, so that a
// grace period of either language waits for the readers of both. A JS thread has TypeScript count.
// There are two because a foreign thread cannot: a call through a c-call thread would count there.
// It takes a place among the machine's threads and counts in that.
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "machine.h"
#include "runtime.h"
#include "sanitizer.h"

static int *word_of(int slot, int offset)
{
	return (int *)((char *)pointer_to(machine.threads) +
		       (size_t)slot * (size_t)machine.thread_size + offset);
}

/*
 * This foreign thread's place. Without one (the boot option "tasks") it waits for another to end.
 */
static int slot_of(struct task_struct *task)
{
	for (unsigned int turns = 0; task->machine.slot < 0; turns++) {
		for (int slot = machine.nr_cpu_ids; slot < machine.nr_threads; slot++) {
			int zero = 0;
			if (__atomic_compare_exchange_n(word_of(slot, machine.thread_taken), &zero,
							1, false, __ATOMIC_SEQ_CST,
							__ATOMIC_SEQ_CST)) {
				task->machine.slot = slot;
				return slot;
			}
		}
		relax(turns);
	}
	return task->machine.slot;
}

void leave_slot(struct task_struct *task)
{
	// A place of a machine that is gone.
	if (task->machine.slot < 0 || task->machine.generation != machine_generation ||
	    memory_high == 0)
		return;
	__atomic_store_n(word_of(task->machine.slot, machine.thread_taken), 0, __ATOMIC_SEQ_CST);
	task->machine.slot = -1;
}

static void count(struct task_struct *task)
{
	if (task->machine.generation != machine_generation)
		task->machine.slot = -1;
	task->machine.generation = machine_generation;
	// A full barrier on both sides of the section: pairs with synchronize_rcu().
	__atomic_add_fetch(word_of(slot_of(task), machine.thread_reader), 1, __ATOMIC_SEQ_CST);
}

EXPORT_C void rcu_read_lock(void)
{
	if (on_js_thread()) {
		call_js(JS_rcu_read_lock, "");
		return;
	}
	struct task_struct *task = task_current();
	if (task->machine.rcu_depth++ == 0 && memory_high != 0)
		count(task);
}

EXPORT_C void rcu_read_unlock(void)
{
	san_release(&machine);
	if (on_js_thread()) {
		call_js(JS_rcu_read_unlock, "");
		return;
	}
	struct task_struct *task = task_current();
	if (--task->machine.rcu_depth == 0 && memory_high != 0)
		count(task);
}

EXPORT_C void local_bh_disable(void)
{
	if (on_js_thread()) {
		call_js(JS_local_bh_disable, "");
		return;
	}
	task_current()->machine.bh_count++;
	rcu_read_lock();
}

EXPORT_C void local_bh_enable(void)
{
	if (on_js_thread()) {
		call_js(JS_local_bh_enable, "");
		return;
	}
	struct task_struct *task = task_current();
	if (task->machine.bh_count == 0) {
		kernel_misuse("local_bh_enable: softirqs are not disabled");
		return;
	}
	task->machine.bh_count--;
	rcu_read_unlock();
}

EXPORT_C void rcu_read_lock_bh(void)
{
	local_bh_disable();
}

EXPORT_C void rcu_read_unlock_bh(void)
{
	local_bh_enable();
}

EXPORT_C void synchronize_rcu(void)
{
	if (may_sleep("synchronize_rcu"))
		call_js(JS_synchronize_rcu, "");
	san_acquire(&machine);
}
