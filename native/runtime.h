/* SPDX-License-Identifier: GPL-2.0-only
 *
 * What the files of the C runtime share. The kernel's functions are below native/linux, each file
 * named after its header in include/linux: calls/ has those that call the TypeScript kernel by
 * call_js(), twins/ second implementations of what TypeScript has too, helpers/ what only C has. A
 * file of twins/ begins with the name of its twin, and with the reason why there are two.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A symbol that clients may use: all others are hidden. */
#define EXPORT_C __attribute__((visibility("default")))

/* memory.c ------------------------------------------------------------------------------------- */

/* The upper half of each address of the machine's memory; 0: there is no machine. */
extern uintptr_t memory_high;
extern size_t memory_size;

/* Does it lie in the machine's memory, where TypeScript can use it in place? */
static inline bool in_memory(const void *p)
{
	return (uintptr_t)p >> 32 == memory_high && (uint32_t)(uintptr_t)p < memory_size &&
	       memory_high != 0;
}

/* TypeScript's address of what lies in the machine's memory. */
static inline double offset_of(const void *p)
{
	return (uint32_t)(uintptr_t)p;
}

/* The pointer for TypeScript's address; NULL for 0. */
static inline void *pointer_to(long offset)
{
	return offset == 0 ? NULL : (void *)(memory_high << 32 | (uint32_t)offset);
}

/* task.c --------------------------------------------------------------------------------------- */

struct task_struct;

/*
 * The calling thread's; made when it calls for the first time. include/linux/sched.h has the fields
 * that clients use.
 */
struct task_struct *task_current(void);

/*
 * Sleep until task_wake() is called for this thread. A wake-up that comes before the call is not
 * lost: it makes it return at once. As with the kernel's schedule(), the caller looks at its
 * condition again. On a CPU's thread its work items go on meanwhile.
 * @deadline_ns: of CLOCK_MONOTONIC, INT64_MAX for none
 * Returns false if the time was over first.
 */
bool task_wait(int64_t deadline_ns);

/* Wake a task: any thread, any context. */
void task_wake(struct task_struct *task);

/*
 * A sleeping function begins: is the caller allowed to sleep? If not, that is reported ("BUG:
 * sleeping function called from invalid context at <what>"), and the function must return without
 * having slept or changed anything.
 */
bool may_sleep(const char *what);

/*
 * preempt_count of what C itself holds (spinlocks, preempt_disable); softirqs are counted by
 * TypeScript on JS threads.
 */
int *task_preempt_count(void);

/*
 * Start a foreign thread that runs fn(arg) as a task; the kthread.c file builds on it. Returns 0 or
 * a negative errno.
 */
int task_start(struct task_struct *task, void (*fn)(void *), void *arg);
/* End the calling thread, which task_start() has started. */
void task_exit(void) __attribute__((noreturn));
struct task_struct *task_alloc(const char *comm);
void task_put(struct task_struct *task);
void task_get(struct task_struct *task);

int64_t monotonic_ns(void);

/*
 * One turn of a busy wait: a short spin first, then the core is given away. @turns: how often
 * before, from 0
 */
void relax(unsigned int turns);

/* printk.c ------------------------------------------------------------------------------------- */

/* To the kernel log. @level: 0 (emergency) .. 7 (debug) */
void kernel_log(int level, const char *text);

/* A line without its end is written now. */
void printk_flush(void);

/*
 * A misuse that a kernel would not survive: a report on the kernel log with call trace, and the
 * call goes on with an error.
 */
void kernel_misuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* c-to-js.c ------------------------------------------------------------------------------------ */

enum js_function {
#define F(name, sleeps, on_oops) JS_##name,
#include "functions.h"
#undef F
	JS_FUNCTIONS
};

/*
 * Call a function of the TypeScript kernel: on a JS thread at once, on any other through a c-call
 * thread.
 * @kinds: one letter for each argument: 'n' long, 'p' pointer into the machine's memory or NULL,
 * 's' string or NULL Returns its number (a boolean as 0 or 1); if it oopsed, what functions.h says.
 */
long call_js(enum js_function fn, const char *kinds, ...);

/*
 * The padata_do_serial() that has been left to the return from parallel() is not to wait any
 * longer. For whatever waits for others, shows them something, or is called again and again until
 * something has changed.
 */
void serial_not_deferred(void);

/* Is this a thread with JavaScript of this machine? */
bool on_js_thread(void);

/* linux/twins/rcupdate.c, linux/helpers/rcu-callbacks.c ---------------------------------------- */

/*
 * A foreign thread ends: it gives back its place among the machine's threads, where its RCU counter
 * is.
 */
void leave_slot(struct task_struct *task);
/* The machine shuts down: wait until all callbacks have been called. */
void stop_rcu_thread(void);
