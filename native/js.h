/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Between the files of the C runtime that know JavaScript and those below: not for what is below
 * native/linux.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <node_api.h>

struct park_words;
struct task_struct;

/* memory.c */
int map_memory(void *base, size_t size);
void unmap_memory(void);

/* task.c */
void join_thread(int cpu, int slot, struct park_words *park);
void leave_thread(void);
bool futex_wait_until(int *word, int value, int64_t deadline_ns);
void futex_wake_one(int *word);

/* c-to-js.c */
void cpu_wait(int seen, int64_t deadline_ns, bool holds);
void refuse_requests(void);
/* Of an idle thread, under the lock. Returns false if nothing has come for a while. */
bool wait_for_arrival(pthread_cond_t *arrival, pthread_mutex_t *lock);
/* A c-call thread's alone(), in a scope of its own: such a thread does not return for long. */
void call_alone(napi_env env, napi_value function);

/* Threads that task_start() has started and that run. */
int tasks_running(void);
/* This thread is that task from now on, until end_task(). Returns the one that it was. */
struct task_struct *become_task(struct task_struct *task);
void end_task(struct task_struct *before);

/* kthread-host.c */
bool kthread_host_take(struct task_struct *task, void (*fn)(void *), void *arg);
/* The kthread ends here, if it runs on a kthread host, else this returns. */
void kthread_host_exit(void);
void kthread_hosts_attention(void);

/* js.c: what the functions that JavaScript calls have in common -------------------------------- */

napi_value js_number(napi_env env, int64_t value);
napi_value only_argument(napi_env env, napi_callback_info info);
int32_t integer_of(napi_env env, napi_value value);
/* Call a JavaScript function. What it throws is dropped; then this is false. */
bool call_function(napi_env env, napi_value function, size_t argc, const napi_value *argv,
		   napi_value *result);

/* What JavaScript calls. */
#define E(name, function) napi_value function(napi_env env, napi_callback_info info);
#define E_IF(condition, name, function) E(name, function)
#include "exports.h"
#undef E
#undef E_IF
