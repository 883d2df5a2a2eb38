// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/sched.h>: tasks, and how they sleep and are woken. A task is a thread; a CPU's
// thread runs one work item at a time, and while one sleeps it runs others, all as the same task.
// With -I include this file hides the C library's <linux/sched.h>, so that one is included too.
#ifndef PADATA_LINUX_SCHED_H
#define PADATA_LINUX_SCHED_H

#if __has_include_next(<linux/sched.h>)
#include_next <linux/sched.h>
#endif
#include <asm/current.h>
#include <asm/processor.h>
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/types.h>

#define TASK_RUNNING 0x0000
#define TASK_INTERRUPTIBLE 0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define __TASK_STOPPED 0x0004
#define __TASK_TRACED 0x0008
#define EXIT_DEAD 0x0010
#define EXIT_ZOMBIE 0x0020
#define EXIT_TRACE (EXIT_ZOMBIE | EXIT_DEAD)
#define TASK_PARKED 0x0040
#define TASK_DEAD 0x0080
#define TASK_WAKEKILL 0x0100
#define TASK_WAKING 0x0200
#define TASK_NOLOAD 0x0400
#define TASK_NEW 0x0800
#define TASK_STATE_MAX 0x1000
#define TASK_KILLABLE (TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_STOPPED (TASK_WAKEKILL | __TASK_STOPPED)
#define TASK_TRACED (TASK_WAKEKILL | __TASK_TRACED)
#define TASK_IDLE (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)
#define TASK_NORMAL (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define PF_IDLE 0x00000002
#define PF_EXITING 0x00000004
#define PF_WQ_WORKER 0x00000020
#define PF_MEMALLOC 0x00000800
#define PF_NOFREEZE 0x00008000
#define PF_FROZEN 0x00010000
#define PF_MEMALLOC_NOFS 0x00040000
#define PF_MEMALLOC_NOIO 0x00080000
#define PF_KTHREAD 0x00200000
#define PF_NO_SETAFFINITY 0x04000000
#define PF_FREEZER_SKIP 0x40000000

#define TASK_COMM_LEN 16
#define MAX_SCHEDULE_TIMEOUT LONG_MAX

struct task_struct {
	// By the protocol of set_current_state().
	volatile long state;
	unsigned int flags;
	int prio;
	int static_prio;
	unsigned int policy;
	int nr_cpus_allowed;
	pid_t pid;
	pid_t tgid;
	char comm[TASK_COMM_LEN];
	int exit_code;
	void *journal_info;
	// No task has a process's memory of its own.
	struct mm_struct *mm, *active_mm;
	// A kthread's: struct kthread of native/linux/helpers/kthread.c.
	void *kthread;
	// The runtime's alone.
	struct {
		// Counts the wake-ups, to sleep on; what the sleeper has seen of them. A CPU's are
		// in its park words instead.
		int woken;
		int seen;
		// How many of them were for schedule(), by wake_up_process() and the like.
		int scheduled;
		int refs;
		int preempt_count;
		int bh_count;
		int rcu_depth;
		int irqs_off;
		// Mutexes and rwsems that it holds: while it sleeps, its CPU runs no item that
		// might want them.
		int held;
		// In a timer's function, or another softirq.
		int serving_softirq;
		// Of a CPU's thread, else -1.
		int cpu;
		// Where a kthread is bound to, plus 1; it may run anywhere all the same.
		int bound;
		// A foreign thread's place among the machine's threads, and of which machine that
		// is; started by task_start()?
		int slot;
		int generation;
		int started;
		// A CPU's park words: native/shared-words.h.
		struct park_words *park;
		// Signals, by number - 1: those a kthread has allowed, and those that have come.
		unsigned long allowed, pending;
	} machine;
};

/*
 * How to sleep: set the state, look at the condition, call schedule(). How to wake: change the
 * condition, then wake. The full barrier of set_current_state() pairs with the one of
 * wake_up_process(): either the sleeper sees the condition changed, or the waker sees the state and
 * sets it back to TASK_RUNNING, with which schedule() returns at once.
 */
#define __set_current_state(state_value) ((void)WRITE_ONCE(current->state, (state_value)))
#define set_current_state(state_value) do { \
	WRITE_ONCE(current->state, (state_value)); \
	smp_mb(); \
} while (0)
#define set_special_state(state_value) set_current_state(state_value)
#define __set_task_state(tsk, state_value) ((void)WRITE_ONCE((tsk)->state, (state_value)))
#define set_task_state(tsk, state_value) smp_store_mb((tsk)->state, (state_value))
#define task_is_running(tsk) (READ_ONCE((tsk)->state) == TASK_RUNNING)

void schedule(void);
void schedule_preempt_disabled(void);
// The jiffies that were left, or 0.
long schedule_timeout(long timeout);
long schedule_timeout_interruptible(long timeout);
long schedule_timeout_killable(long timeout);
long schedule_timeout_uninterruptible(long timeout);
long schedule_timeout_idle(long timeout);
void io_schedule(void);
long io_schedule_timeout(long timeout);

// 1 if it was asleep.
int wake_up_process(struct task_struct *tsk);
int wake_up_state(struct task_struct *tsk, unsigned int state);

void yield(void);
int _cond_resched(void);
#define cond_resched() _cond_resched()
#define cond_resched_rcu() _cond_resched()
#define cond_resched_bh() _cond_resched()
#define cond_resched_softirq() _cond_resched()
#define cond_resched_lock(lock) ((void)(lock), 0)
// No other task waits for this one's CPU.
#define need_resched() 0
#define tif_need_resched() 0
#define should_resched(offset) 0

static inline pid_t task_pid_nr(struct task_struct *tsk)
{
	return tsk->pid;
}

static inline pid_t task_tgid_nr(struct task_struct *tsk)
{
	return tsk->tgid;
}

#define task_pid_vnr(tsk) task_pid_nr(tsk)
#define task_tgid_vnr(tsk) task_tgid_nr(tsk)

static inline int is_global_init(struct task_struct *tsk)
{
	return tsk->tgid == 1;
}

char task_state_to_char(struct task_struct *tsk);
char *__get_task_comm(char *to, size_t len, struct task_struct *tsk);
#define get_task_comm(buf, tsk) ({ \
	BUILD_BUG_ON(sizeof(buf) != TASK_COMM_LEN); \
	__get_task_comm(buf, sizeof(buf), tsk); \
})
void set_task_comm(struct task_struct *tsk, const char *from);

// The host's scheduler decides about threads: these say yes and change nothing.
static inline void set_user_nice(struct task_struct *p, long nice)
{
	p->static_prio = (int)(120 + nice);
}

static inline int task_nice(const struct task_struct *p)
{
	return p->static_prio == 0 ? 0 : p->static_prio - 120;
}

static inline int task_prio(const struct task_struct *p)
{
	return task_nice(p) + 20;
}

#define SCHED_NORMAL 0
#define SCHED_FIFO 1
#define SCHED_RR 2
#define SCHED_BATCH 3
#define SCHED_IDLE 5
#define MAX_USER_RT_PRIO 100
#define MAX_RT_PRIO MAX_USER_RT_PRIO
// <sched.h> has the struct too, and a function of the second name: include/sched.h.
#if __has_include(<bits/types/struct_sched_param.h>)
#include <bits/types/struct_sched_param.h>
#else
struct sched_param {
	int sched_priority;
};
#endif
#define sched_setscheduler kernel_sched_setscheduler
static inline int sched_setscheduler(struct task_struct *p, int policy,
				     const struct sched_param *param)
{
	(void)param;
	p->policy = (unsigned int)policy;
	return 0;
}
#define sched_setscheduler_nocheck(p, policy, param) sched_setscheduler(p, policy, param)

struct cpumask;
// A kthread that is bound to one CPU says so by smp_processor_id(); it may run anywhere all the
// same.
int set_cpus_allowed_ptr(struct task_struct *p, const struct cpumask *new_mask);

static inline unsigned int task_cpu(const struct task_struct *p)
{
	return p->machine.cpu >= 0  ? (unsigned int)p->machine.cpu :
	       p->machine.bound > 0 ? (unsigned int)p->machine.bound - 1 :
				      0;
}

struct completion;
// A kthread ends.
void __noreturn do_exit(long code);
void __noreturn complete_and_exit(struct completion *comp, long code);

// Nanoseconds since boot.
unsigned long long sched_clock(void);
u64 local_clock(void);
#define cpu_clock(cpu) local_clock()
#define running_clock() local_clock()

void get_task_struct(struct task_struct *tsk);
void put_task_struct(struct task_struct *tsk);

#include <linux/sched/signal.h>

#endif
