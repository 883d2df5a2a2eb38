// SPDX-License-Identifier: GPL-2.0-only
//
// Calls from the TypeScript kernel into C. The JavaScript function of a C function pointer is the
// Node-API function made here, with the C address as its data, so that a job costs one crossing in
// each direction.
#include <string.h>

#include "crash.h"
#include "js.h"
#include "modules.h"
#include "runtime.h"
#include "sanitizer.h"
#include <linux/padata.h>
#include <linux/sched.h>

enum { ARGS_MAX = 4, KINDS_MAX = 16 };

static __thread const void *stands_for;

void note_callback(const void *fn)
{
	stands_for = fn;
}

/* What the function has left held or switched off; the kernel says so too, and goes on. */
static void check_preempt_count(int before, void *fn)
{
	int *count = task_preempt_count();
	char name[128];

	if (*count == before)
		return;
	describe_code((uintptr_t)(stands_for != NULL ? stands_for : fn), name, sizeof(name));
	kernel_misuse("BUG: %s: preempt count leaked: entered with %d, exited with %d: "
		      "a spinlock is still held, or one too many was let go",
		      name, before, *count);
	*count = before;
}

typedef void (*callback1)(void *);
typedef long (*callback4)(long, long, long, long);

/* How deep this thread is in calls by JavaScript. */
static __thread int depth;

bool called_by_js(void)
{
	return depth > 0;
}

/* With one pointer: parallel(), work items. */
static napi_value call_object(napi_env env, napi_callback_info info)
{
	size_t argc = 1;
	napi_value arg;
	int32_t offset = 0;
	void *fn;

	napi_get_cb_info(env, info, &argc, &arg, NULL, &fn);
	napi_get_value_int32(env, arg, &offset);
	void *object = pointer_to(offset);
	int before = *task_preempt_count();
	// Pairs with the release where C has handed the object to the kernel.
	san_acquire(object);
	stands_for = NULL;
	depth++;
	((callback1)fn)(object);
	depth--;
	check_preempt_count(before, fn);
	return NULL;
}

/*
 * The object that parallel() has handed to padata_do_serial(); and at which depth parallel() runs.
 */
static __thread int deferred, deferring_at;

bool defer_serial(const void *object)
{
	if (deferring_at == 0 || deferring_at != depth || deferred != 0)
		return false;
	deferred = (int)(uintptr_t)object;
	return true;
}

void serial_not_deferred(void)
{
	int object = deferred;

	if (object == 0)
		return;
	deferred = 0;
	call_js(JS_padata_do_serial, "p", (long)object);
}

/*
 * parallel(). Its last call is padata_do_serial() as a rule, which lies in JavaScript: instead of a
 * call back into it, the object is what this returns, and the caller goes on with it. Whatever
 * parallel() does otherwise that others could notice comes behind serial_not_deferred().
 */
static napi_value call_parallel(napi_env env, napi_callback_info info)
{
	napi_value object = NULL;
	int outer = deferring_at;

	deferring_at = depth + 1;
	call_object(env, info);
	deferring_at = outer;
	if (deferred != 0)
		napi_create_int32(env, deferred, &object);
	deferred = 0;
	return object;
}

/* serial(): with it, a job of the module ends. (That of a shadow says so itself.) */
static napi_value call_serial(napi_env env, napi_callback_info info)
{
	void *fn;

	napi_get_cb_info(env, info, NULL, NULL, NULL, &fn);
	call_object(env, info);
	module_job_ends(fn);
	return NULL;
}

static napi_value call_with_kinds(napi_env env, napi_callback_info info, const char *kinds)
{
	size_t argc = ARGS_MAX;
	napi_value argv[ARGS_MAX];
	long args[ARGS_MAX] = { 0 };
	void *fn;

	napi_get_cb_info(env, info, &argc, argv, NULL, &fn);
	for (size_t i = 0; i < argc && kinds[i] != '\0'; i++) {
		int64_t number = 0;
		napi_get_value_int64(env, argv[i], &number);
		args[i] = kinds[i] == 'p' ? (long)pointer_to((long)number) : (long)number;
	}
	int before = *task_preempt_count();
	if (kinds[0] == 'p')
		san_acquire((void *)args[0]);
	stands_for = NULL;
	depth++;
	long result = ((callback4)fn)(args[0], args[1], args[2], args[3]);
	depth--;
	check_preempt_count(before, fn);
	return js_number(env, result);
}

/* A timer's: in softirq context. */
static napi_value call_timer(napi_env env, napi_callback_info info)
{
	struct task_struct *task = current;

	task->machine.serving_softirq++;
	napi_value ret = call_object(env, info);
	task->machine.serving_softirq--;
	return ret;
}

#define WITH_KINDS(kinds) \
	static napi_value call_##kinds(napi_env env, napi_callback_info info) \
	{ \
		return call_with_kinds(env, info, #kinds); \
	}
WITH_KINDS(n)
WITH_KINDS(np)
WITH_KINDS(pp)
WITH_KINDS(pnp)
WITH_KINDS(ppp)
WITH_KINDS(pppn)

static const struct {
	const char *kinds;
	napi_callback callback;
} callers[] = {
	{ "p", call_object },
	{ "p+tail-call", call_parallel },
	{ "p+end-of-job", call_serial },
	{ "p+softirq", call_timer },
	{ "n", call_n },
	{ "np", call_np },
	{ "pp", call_pp },
	{ "pnp", call_pnp },
	{ "ppp", call_ppp },
	{ "pppn", call_pppn },
};

static uintptr_t address_of(napi_env env, napi_value low, napi_value high)
{
	return (uintptr_t)(uint32_t)integer_of(env, high) << 32 | (uint32_t)integer_of(env, low);
}

/*
 * cFunction(low, high, kinds): a JavaScript function that calls it; undefined if there is no code
 * at the address.
 */
napi_value js_c_function(napi_env env, napi_callback_info info)
{
	size_t argc = 3, length = 0;
	napi_value argv[3], function = NULL;
	char kinds[KINDS_MAX] = "";

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	uintptr_t address = address_of(env, argv[0], argv[1]);
	napi_get_value_string_utf8(env, argv[2], kinds, sizeof(kinds), &length);
	if (!is_callable((void *)address))
		return NULL;
	char name[128];
	describe_code(address, name, sizeof(name));
	for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++)
		if (strcmp(callers[i].kinds, kinds) == 0)
			napi_create_function(env, name, NAPI_AUTO_LENGTH, callers[i].callback,
					     (void *)address, &function);
	return function;
}

/* cFunctionName(low, high): "function [module]" */
napi_value js_c_function_name(napi_env env, napi_callback_info info)
{
	size_t argc = 2;
	napi_value argv[2], text;
	char name[128];

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	describe_code(address_of(env, argv[0], argv[1]), name, sizeof(name));
	napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &text);
	return text;
}
