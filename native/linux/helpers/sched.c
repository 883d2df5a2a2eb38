// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/sched.h>: schedule() and its wake-ups, on task_wait() and task_wake().
//
// A sleeper sets its state, looks at its condition, and calls schedule(). A waker changes the
// condition and wakes. On a CPU's thread several sleeps may lie one on top of another (items that
// run while one sleeps), with one state among them. So a wake-up is also counted, and a sleep is
// over when the count is another than it was when schedule() began: no sleep can take a wake-up
// away from another.
#include <linux/sched.h>

#include <linux/string.h>
#include <sched.h>

#include "linux/sync.h"

/* What smp_mb() and the like tell ThreadSanitizer (asm/barrier.h). */
EXPORT_C int smp_barrier_word;

EXPORT_C struct task_struct *get_current(void)
{
	return task_current();
}

EXPORT_C void get_task_struct(struct task_struct *tsk)
{
	task_get(tsk);
}

EXPORT_C void put_task_struct(struct task_struct *tsk)
{
	task_put(tsk);
}

int64_t deadline_after(unsigned long timeout)
{
	int64_t ns, deadline;

	if (timeout >= MAX_JIFFY_OFFSET ||
	    __builtin_mul_overflow((int64_t)timeout, (int64_t)TICK_NSEC, &ns) ||
	    __builtin_add_overflow(monotonic_ns(), ns, &deadline))
		return INT64_MAX;
	return deadline;
}

bool sleep_turn(long state, int64_t deadline_ns)
{
	struct task_struct *me = task_current();
	bool woken;

	// Nobody wakes by this state, but kthread_stop(), signals and who looks at it know it. They
	// also count as a wake-up of task_wait().
	set_current_state(state);
	woken = signal_pending_state(state, me) || task_wait(deadline_ns);
	__set_current_state(TASK_RUNNING);
	return woken;
}

bool sleep_until(int64_t deadline_ns, const char *what)
{
	struct task_struct *me = task_current();
	// Before the state, which wakers change first: if that is not TASK_RUNNING yet, the count
	// is still to change. Pairs with try_to_wake_up().
	int before = __atomic_load_n(&me->machine.scheduled, __ATOMIC_SEQ_CST);
	long state = __atomic_load_n(&me->state, __ATOMIC_SEQ_CST);
	bool woken = true;

	if (state == TASK_RUNNING) {
		serial_not_deferred();
		sched_yield();
		return true;
	}
	if (!may_sleep(what)) {
		// The caller's loop comes again, as often as it likes.
		relax(~0u);
		__set_current_state(TASK_RUNNING);
		return true;
	}
	if (!signal_pending_state(state, me)) {
		do {
			// A lock's wake-up that came too late, or on a CPU that of another item's
			// sleep, is none for us.
			woken = task_wait(deadline_ns);
		} while (woken &&
			 __atomic_load_n(&me->machine.scheduled, __ATOMIC_SEQ_CST) == before);
	}
	__set_current_state(TASK_RUNNING);
	san_acquire(&me->machine.scheduled);
	return woken;
}

int try_to_wake_up(struct task_struct *task, unsigned int mode)
{
	long state;

	// Pairs with the barrier of set_current_state(): what the caller has changed, or else the
	// state that the sleeper has set, is seen.
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	state = __atomic_load_n(&task->state, __ATOMIC_SEQ_CST);
	do {
		// On a CPU that is the state of the item on top, and the one to be woken may be
		// below.
		if ((state == TASK_RUNNING || !((unsigned long)state & mode)) &&
		    !may_be_buried(task))
			return 0;
	} while (state != TASK_RUNNING &&
		 !__atomic_compare_exchange_n(&task->state, &state, TASK_RUNNING, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	san_release(&task->machine.scheduled);
	// Behind the state, before the wake-up. Pairs with sleep_until().
	__atomic_add_fetch(&task->machine.scheduled, 1, __ATOMIC_SEQ_CST);
	task_wake(task);
	return state != TASK_RUNNING;
}

EXPORT_C int wake_up_process(struct task_struct *tsk)
{
	return try_to_wake_up(tsk, TASK_NORMAL);
}

EXPORT_C int wake_up_state(struct task_struct *tsk, unsigned int state)
{
	return try_to_wake_up(tsk, state);
}

EXPORT_C void schedule(void)
{
	sleep_until(INT64_MAX, "schedule");
}

EXPORT_C void io_schedule(void)
{
	sleep_until(INT64_MAX, "io_schedule");
}

EXPORT_C void schedule_preempt_disabled(void)
{
	preempt_enable();
	schedule();
	preempt_disable();
}

EXPORT_C long schedule_timeout(long timeout)
{
	unsigned long end;
	long left;

	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	if (timeout < 0) {
		kernel_misuse("schedule_timeout: wrong timeout value %lx", (unsigned long)timeout);
		__set_current_state(TASK_RUNNING);
		return 0;
	}
	end = jiffies + (unsigned long)timeout;
	if (!sleep_until(deadline_after((unsigned long)timeout), "schedule_timeout"))
		return 0;
	left = (long)(end - jiffies);
	return left < 0 ? 0 : left;
}

EXPORT_C long io_schedule_timeout(long timeout)
{
	return schedule_timeout(timeout);
}

EXPORT_C long schedule_timeout_interruptible(long timeout)
{
	__set_current_state(TASK_INTERRUPTIBLE);
	return schedule_timeout(timeout);
}

EXPORT_C long schedule_timeout_killable(long timeout)
{
	__set_current_state(TASK_KILLABLE);
	return schedule_timeout(timeout);
}

EXPORT_C long schedule_timeout_uninterruptible(long timeout)
{
	__set_current_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(timeout);
}

EXPORT_C long schedule_timeout_idle(long timeout)
{
	__set_current_state(TASK_IDLE);
	return schedule_timeout(timeout);
}

EXPORT_C void yield(void)
{
	__set_current_state(TASK_RUNNING);
	serial_not_deferred();
	sched_yield();
}

EXPORT_C int _cond_resched(void)
{
	serial_not_deferred();
	// What TypeScript holds on this thread is not looked at: this is called in loops.
	if (*task_preempt_count() != 0)
		may_sleep("cond_resched");
	return 0;
}

EXPORT_C void cpu_relax_turn(unsigned int turns)
{
	relax(turns);
}

EXPORT_C void cpu_relax(void)
{
	static __thread unsigned int turns;

	// Who waits calls often: the core is given away at times, though it is not known since when
	// the caller waits.
	relax(++turns % 256 == 0 ? 256 : 0);
}

EXPORT_C char *__get_task_comm(char *to, size_t len, struct task_struct *tsk)
{
	strlcpy(to, tsk->comm, len);
	return to;
}

EXPORT_C void set_task_comm(struct task_struct *tsk, const char *from)
{
	strlcpy(tsk->comm, from, sizeof(tsk->comm));
}

EXPORT_C char task_state_to_char(struct task_struct *tsk)
{
	long state = READ_ONCE(tsk->state);

	if (state == TASK_IDLE)
		return 'I';
	return state == TASK_RUNNING        ? 'R' :
	       state & TASK_INTERRUPTIBLE   ? 'S' :
	       state & TASK_UNINTERRUPTIBLE ? 'D' :
	       state & TASK_PARKED          ? 'P' :
					      'X';
}
