// SPDX-License-Identifier: GPL-2.0-only
//
// Calls from C into the TypeScript kernel. A JS thread makes them itself. A foreign thread (a
// library's, a kthread that has found no host) has no JavaScript: it hands the call to a c-call
// thread and waits for the result. C-call threads have two lanes, so that what does not sleep
// (padata_do_serial above all) never waits behind what does.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "js.h"
#include "runtime.h"
#include "sanitizer.h"

enum { ARGS_MAX = 6 };

static const struct {
	const char *name;
	bool sleeps;
	long on_oops;
} functions[] = {
#define F(name, sleeps, on_oops) { #name, sleeps, on_oops },
#include "functions.h"
#undef F
};

// Of a thread with JavaScript.
struct js {
	napi_env env;
	napi_ref functions[JS_FUNCTIONS];
	napi_ref cpu_wait;
};

static __thread struct js *js;

union argument {
	long number;
	const char *string;
};

struct request {
	enum js_function fn;
	const char *kinds;
	union argument args[ARGS_MAX];
	long ret;
	int done;
	struct request *next;
};

enum lane { QUICK, SLEEPING, LANES };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t arrival;
	struct request *first, **last;
	int idle;
	// Changes when the c-call threads shall look at something else than requests.
	unsigned int attention;
} lanes[LANES] = {
	{ .lock = PTHREAD_MUTEX_INITIALIZER,
	  .arrival = PTHREAD_COND_INITIALIZER,
	  .last = &lanes[QUICK].first },
	{ .lock = PTHREAD_MUTEX_INITIALIZER,
	  .arrival = PTHREAD_COND_INITIALIZER,
	  .last = &lanes[SLEEPING].first },
};

bool on_js_thread(void)
{
	return js != NULL;
}

static napi_value value_of(char kind, union argument arg)
{
	napi_value value = NULL;

	switch (kind) {
	case 'p':
		napi_create_int32(js->env, (int32_t)(uint32_t)arg.number, &value);
		break;
	case 's':
		if (arg.string == NULL)
			napi_get_undefined(js->env, &value);
		else
			napi_create_string_utf8(js->env, arg.string, NAPI_AUTO_LENGTH, &value);
		break;
	default:
		if (arg.number == (int32_t)arg.number)
			napi_create_int32(js->env, (int32_t)arg.number, &value);
		else
			napi_create_int64(js->env, arg.number, &value);
	}
	return value;
}

static long run(enum js_function fn, const char *kinds, const union argument *args)
{
	napi_value argv[ARGS_MAX], function, result;
	napi_handle_scope scope;
	napi_env env = js->env;
	int64_t ret = functions[fn].on_oops;
	size_t argc = 0;

	napi_open_handle_scope(env, &scope);
	for (; kinds[argc] != '\0'; argc++)
		argv[argc] = value_of(kinds[argc], args[argc]);
	napi_get_reference_value(env, js->functions[fn], &function);
	// What it runs into it has reported itself; then it returns nothing, and `ret` stays. (A
	// thread that ends cannot call any more.)
	if (call_function(env, function, argc, argv, &result))
		napi_get_value_int64(env, result, &ret);
	napi_close_handle_scope(env, scope);
	return ret;
}

static long serve_me(struct request *request)
{
	enum lane lane = functions[request->fn].sleeps ? SLEEPING : QUICK;

	san_release(request);
	pthread_mutex_lock(&lanes[lane].lock);
	// Under the lock: pairs with refuse_requests(), which comes after the memory has been
	// unmapped.
	if (memory_high == 0) {
		pthread_mutex_unlock(&lanes[lane].lock);
		return functions[request->fn].on_oops;
	}
	*lanes[lane].last = request;
	lanes[lane].last = &request->next;
	pthread_cond_signal(&lanes[lane].arrival);
	pthread_mutex_unlock(&lanes[lane].lock);
	while (__atomic_load_n(&request->done, __ATOMIC_ACQUIRE) == 0)
		futex_wait_until(&request->done, 0, INT64_MAX);
	san_acquire(request);
	return request->ret;
}

/* The machine is gone: nobody is left to carry out what has been asked for. */
void refuse_requests(void)
{
	for (int lane = 0; lane < LANES; lane++) {
		pthread_mutex_lock(&lanes[lane].lock);
		struct request *request = lanes[lane].first;
		lanes[lane].first = NULL;
		lanes[lane].last = &lanes[lane].first;
		pthread_mutex_unlock(&lanes[lane].lock);
		while (request != NULL) {
			struct request *next = request->next;
			request->ret = functions[request->fn].on_oops;
			__atomic_store_n(&request->done, 1, __ATOMIC_RELEASE);
			futex_wake_one(&request->done);
			request = next;
		}
	}
}

long call_js(enum js_function fn, const char *kinds, ...)
{
	struct request request = { .fn = fn, .kinds = kinds };
	va_list ap;

	serial_not_deferred();
	va_start(ap, kinds);
	for (int i = 0; kinds[i] != '\0'; i++) {
		if (kinds[i] == 's')
			request.args[i].string = va_arg(ap, const char *);
		else
			request.args[i].number = va_arg(ap, long);
	}
	va_end(ap);
	if (js != NULL)
		return run(fn, kinds, request.args);
	return serve_me(&request);
}

void cpu_wait(int seen, int64_t deadline_ns, bool holds)
{
	napi_value argv[3], function, result;
	napi_handle_scope scope;
	int64_t left = deadline_ns == INT64_MAX ? INT64_MAX : deadline_ns - monotonic_ns();

	napi_open_handle_scope(js->env, &scope);
	napi_create_int32(js->env, seen, &argv[0]);
	napi_create_double(js->env, left == INT64_MAX ? __builtin_inf() : (double)left / 1e6,
			   &argv[1]);
	napi_get_boolean(js->env, holds, &argv[2]);
	napi_get_reference_value(js->env, js->cpu_wait, &function);
	call_function(js->env, function, 3, argv, &result);
	napi_close_handle_scope(js->env, scope);
}

/* The names of the functions, for TypeScript to give their values in this order. */
napi_value js_function_names(napi_env env, napi_callback_info info)
{
	napi_value list, name;

	(void)info;
	napi_create_array(env, &list);
	for (size_t i = 0; i < JS_FUNCTIONS; i++) {
		napi_create_string_utf8(env, functions[i].name, NAPI_AUTO_LENGTH, &name);
		napi_set_element(env, list, (uint32_t)i, name);
	}
	return list;
}

/* joinThread(functions, cpuWait, cpu, slot, park offset or 0) */
napi_value js_join_thread(napi_env env, napi_callback_info info)
{
	size_t argc = 5;
	napi_value argv[5], function;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	struct js *mine = calloc(1, sizeof(*mine));
	if (mine == NULL)
		abort();
	mine->env = env;
	for (uint32_t i = 0; i < JS_FUNCTIONS; i++) {
		napi_get_element(env, argv[0], i, &function);
		napi_create_reference(env, function, 1, &mine->functions[i]);
	}
	napi_create_reference(env, argv[1], 1, &mine->cpu_wait);
	js = mine;
	join_thread(integer_of(env, argv[2]), integer_of(env, argv[3]),
		    pointer_to(integer_of(env, argv[4])));
	return NULL;
}

napi_value js_leave_thread(napi_env env, napi_callback_info info)
{
	(void)info;
	if (js == NULL)
		return NULL;
	leave_thread();
	for (size_t i = 0; i < JS_FUNCTIONS; i++)
		napi_delete_reference(env, js->functions[i]);
	napi_delete_reference(env, js->cpu_wait);
	free(js);
	js = NULL;
	return NULL;
}

void call_alone(napi_env env, napi_value function)
{
	napi_handle_scope scope;
	napi_value result;

	napi_open_handle_scope(env, &scope);
	call_function(env, function, 0, NULL, &result);
	napi_close_handle_scope(env, scope);
}

/*
 * A thread of the machine waits in C until there is something for it, but for so many milliseconds
 * at most. A worker that Node.js ends from outside (worker.terminate()) does so only when it comes
 * back to JavaScript.
 */
enum { IDLE_MS = 200 };

bool wait_for_arrival(pthread_cond_t *arrival, pthread_mutex_t *lock)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += IDLE_MS * 1000000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	return pthread_cond_timedwait(arrival, lock, &end) != ETIMEDOUT;
}

/*
 * serve(lane, attention, alone): carry out requests until cCallAttention() has been called since it
 * was `attention`, or none has come for IDLE_MS. Returns the new one.
 * alone(): called before a request is carried out while nobody else of the lane is idle.
 */
napi_value js_serve(napi_env env, napi_callback_info info)
{
	size_t argc = 3;
	napi_value argv[3];
	uint32_t attention = 0;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	int lane = integer_of(env, argv[0]);
	napi_get_value_uint32(env, argv[1], &attention);
	pthread_mutex_lock(&lanes[lane].lock);
	for (;;) {
		struct request *request = lanes[lane].first;

		if (lanes[lane].attention != attention)
			break;
		if (request == NULL) {
			lanes[lane].idle++;
			bool arrived = wait_for_arrival(&lanes[lane].arrival, &lanes[lane].lock);
			lanes[lane].idle--;
			if (!arrived && lanes[lane].first == NULL)
				break;
			continue;
		}
		lanes[lane].first = request->next;
		if (lanes[lane].first == NULL)
			lanes[lane].last = &lanes[lane].first;
		bool alone = lanes[lane].idle == 0;
		pthread_mutex_unlock(&lanes[lane].lock);
		if (alone && lane == SLEEPING)
			call_alone(env, argv[2]);
		san_acquire(request);
		request->ret = run(request->fn, request->kinds, request->args);
		san_release(request);
		// The request is on the stack of who waits: its last use is the wake-up's, which is
		// harmless on whatever is there then.
		__atomic_store_n(&request->done, 1, __ATOMIC_RELEASE);
		futex_wake_one(&request->done);
		pthread_mutex_lock(&lanes[lane].lock);
	}
	attention = lanes[lane].attention;
	pthread_mutex_unlock(&lanes[lane].lock);
	return js_number(env, attention);
}

/* cCallAttention(): all c-call threads return from serve(). */
napi_value js_c_call_attention(napi_env env, napi_callback_info info)
{
	(void)env;
	(void)info;
	for (int lane = 0; lane < LANES; lane++) {
		pthread_mutex_lock(&lanes[lane].lock);
		lanes[lane].attention++;
		pthread_cond_broadcast(&lanes[lane].arrival);
		pthread_mutex_unlock(&lanes[lane].lock);
	}
	kthread_hosts_attention();
	return NULL;
}
