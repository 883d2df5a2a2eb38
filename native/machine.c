// SPDX-License-Identifier: GPL-2.0-only
//
// What TypeScript tells C of the machine, from its boot to its end: where its memory is and what
// lies there; and what both do with words of it.
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>

#include "js.h"
#include "machine.h"
#include "runtime.h"
#include "sanitizer.h"
#include "linux/helpers/files.h"
#include "shadow.h"
#include <linux/cpumask.h>
#include <linux/kobject.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

struct machine machine;
int machine_generation;
int64_t jiffies_offset_ns;

/* No thread is left that knows an address in the machine's memory. */
static void forget_machine(void *unused)
{
	(void)unused;
	// A kthread that nobody has stopped would crash: then the memory stays as it is.
	if (tasks_running() > 0)
		return;
	shadow_forget_all();
	file_forget_all();
	unmap_memory();
	refuse_requests();
}

/* mapMemory(view): the upper half of its addresses for C, or a negative errno */
napi_value js_map_memory(napi_env env, napi_callback_info info)
{
	size_t length = 0, offset = 0;
	void *data = NULL;
	int err = -EINVAL;

	if (napi_get_typedarray_info(env, only_argument(env, info), NULL, &length, &data, NULL,
				     &offset) == napi_ok)
		err = map_memory((char *)data - offset, length * 4);
	// The booting thread may end without a shutdown, if it is a worker. Node.js has ended the
	// threads that it has started before it calls this.
	if (err == 0)
		napi_add_env_cleanup_hook(env, forget_machine, NULL);
	return js_number(env, err == 0 ? (int64_t)memory_high : err);
}

/* unmapMemory() */
napi_value js_unmap_memory(napi_env env, napi_callback_info info)
{
	(void)info;
	napi_remove_env_cleanup_hook(env, forget_machine, NULL);
	forget_machine(NULL);
	return NULL;
}

static long named(napi_env env, napi_value from, const char *name)
{
	napi_value value;
	int64_t n = 0;

	napi_get_named_property(env, from, name, &value);
	napi_get_value_int64(env, value, &n);
	return n;
}

/* startMachine(address of its struct machine, variables) */
napi_value js_start_machine(napi_env env, napi_callback_info info)
{
	size_t argc = 2;
	napi_value argv[2];

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	machine = *(const struct machine *)pointer_to(integer_of(env, argv[0]));
	machine_generation++;
	nr_cpu_ids = (unsigned int)named(env, argv[1], "nr_cpu_ids");
	cpu_possible_mask = pointer_to(named(env, argv[1], "cpu_possible_mask"));
	cpu_present_mask = pointer_to(named(env, argv[1], "cpu_present_mask"));
	cpu_online_mask = pointer_to(named(env, argv[1], "cpu_online_mask"));
	cpu_active_mask = pointer_to(named(env, argv[1], "cpu_active_mask"));
	system_wq = pointer_to(named(env, argv[1], "system_wq"));
	system_long_wq = system_unbound_wq = system_freezable_wq = system_power_efficient_wq =
		system_wq;
	system_highpri_wq = pointer_to(named(env, argv[1], "system_highpri_wq"));
	kernel_kobj = pointer_to(named(env, argv[1], "kernel_kobj"));
	jiffies_offset_ns = -(named(env, argv[1], "boot_seconds") * 1000000000 +
			      named(env, argv[1], "boot_nanoseconds"));
	return NULL;
}

/* stopMachine(): it shuts down; c-call threads still run. */
napi_value js_stop_machine(napi_env env, napi_callback_info info)
{
	(void)env;
	(void)info;
	stop_rcu_thread();
	return NULL;
}

/* futexWake(offset): of a CPU that is parked in C */
napi_value js_futex_wake(napi_env env, napi_callback_info info)
{
	futex_wake_one(pointer_to(integer_of(env, only_argument(env, info))));
	return NULL;
}

/* futexWait(offset, value, ms): sleep while the word is `value` */
napi_value js_futex_wait(napi_env env, napi_callback_info info)
{
	size_t argc = 3;
	napi_value argv[3];
	double ms = 0;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	napi_get_value_double(env, argv[2], &ms);
	futex_wait_until(pointer_to(integer_of(env, argv[0])), integer_of(env, argv[1]),
			 ms > 1e9 ? INT64_MAX : monotonic_ns() + (int64_t)(ms * 1e6));
	return NULL;
}

/* sanitizeMemory(offset, size, usable) */
napi_value js_sanitize_memory(napi_env env, napi_callback_info info)
{
	size_t argc = 3;
	napi_value argv[3];
	bool usable = true;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	napi_get_value_bool(env, argv[2], &usable);
	void *at = pointer_to(integer_of(env, argv[0]));
	size_t size = (size_t)integer_of(env, argv[1]);
	if (usable)
		san_unpoison(at, size);
	else
		san_poison(at, size);
	return NULL;
}

/*
 * setTaskName(name): of the calling thread, for C and for the system. What the last one has begun
 * to print is over.
 */
napi_value js_set_task_name(napi_env env, napi_callback_info info)
{
	printk_flush();
	napi_get_value_string_utf8(env, only_argument(env, info), current->comm,
				   sizeof(current->comm), NULL);
	prctl(PR_SET_NAME, current->comm);
	return NULL;
}

/* kernelMisuse(text) */
napi_value js_kernel_misuse(napi_env env, napi_callback_info info)
{
	char text[512];

	napi_get_value_string_utf8(env, only_argument(env, info), text, sizeof(text), NULL);
	kernel_misuse("%s", text);
	return NULL;
}
