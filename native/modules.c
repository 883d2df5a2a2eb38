// SPDX-License-Identifier: GPL-2.0-only
//
// Modules: C libraries that insmod() has loaded. What belongs to one is told by address.
// lib/c/insmod.ts loads and unloads them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash.h"
#include "js.h"
#include "machine.h"
#include "modules.h"
#include "runtime.h"
#include "shadow.h"
#include "symbols.h"
#include "linux/helpers/params.h"
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

enum { MODULES_MAX = 64 };

struct loaded {
	uintptr_t start, end;
	/* Its code. */
	uintptr_t text, text_size;
	/*
	 * Keeps the library: who has loaded it closes it when the process ends, and a kthread may
	 * still run.
	 */
	void *library;
	struct symbols *symbols;
	uintptr_t get_info;
	const struct padata_module_info *info;
	/* Objects in flight; kthreads that have not ended. */
	int jobs, tasks;
	/* The section of percpu variables, and the copies of it, one behind the other. */
	char *percpu, *copies;
	size_t percpu_size;
};

static struct loaded modules[MODULES_MAX];
static int nr_modules;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct loaded *module_of(const void *address)
{
	int n = __atomic_load_n(&nr_modules, __ATOMIC_ACQUIRE);

	for (int i = 0; i < n; i++)
		if ((uintptr_t)address >= modules[i].start &&
		    (uintptr_t)address < __atomic_load_n(&modules[i].end, __ATOMIC_RELAXED))
			return &modules[i];
	return NULL;
}

struct place {
	uintptr_t address;
	bool code;
};

static int look(struct dl_phdr_info *info, size_t size, void *data)
{
	struct place *place = data;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0 &&
		    place->address - info->dlpi_addr - segment->p_vaddr < segment->p_memsz)
			place->code = true;
	}
	return place->code;
}

const char *module_function(uintptr_t address, uintptr_t *start)
{
	struct loaded *module = module_of((void *)address);

	return module != NULL ? symbols_find(module->symbols, address, start) : NULL;
}

bool is_callable(const void *fn)
{
	struct place place = { (uintptr_t)fn, false };
	struct loaded *module = module_of(fn);

	if (module != NULL)
		return (uintptr_t)fn - module->text < module->text_size;
	if (fn != NULL)
		dl_iterate_phdr(look, &place);
	return place.code;
}

void module_job_begins(const void *parallel)
{
	struct loaded *module = module_of(parallel);

	if (module != NULL)
		__atomic_add_fetch(&module->jobs, 1, __ATOMIC_RELAXED);
}

void module_job_ends(const void *serial)
{
	struct loaded *module = module_of(serial);

	if (module != NULL)
		__atomic_sub_fetch(&module->jobs, 1, __ATOMIC_RELEASE);
}

void module_task_begins(const void *threadfn)
{
	struct loaded *module = module_of(threadfn);

	if (module != NULL)
		__atomic_add_fetch(&module->tasks, 1, __ATOMIC_RELAXED);
}

void module_task_ends(const void *threadfn)
{
	struct loaded *module = module_of(threadfn);

	if (module != NULL)
		__atomic_sub_fetch(&module->tasks, 1, __ATOMIC_RELEASE);
}

void *percpu_of_module(const void *variable, int cpu)
{
	struct loaded *module = module_of(variable);

	if (module == NULL ||
	    (size_t)((const char *)variable - module->percpu) >= module->percpu_size)
		return (void *)variable;
	return module->copies + (size_t)cpu * module->percpu_size +
	       ((const char *)variable - module->percpu);
}

int raw_core(void)
{
	return sched_getcpu();
}

EXPORT_C void machine_power_off(const char *why)
{
	call_js(JS_power_off, "s", why);
}

static int find_segments(struct dl_phdr_info *info, size_t size, void *data)
{
	struct loaded *module = data;
	uintptr_t end = 0, start = UINTPTR_MAX, text = 0, text_size = 0;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type != PT_LOAD)
			continue;
		if ((segment->p_flags & PF_X) != 0) {
			text = info->dlpi_addr + segment->p_vaddr;
			text_size = segment->p_memsz;
		}
		if (info->dlpi_addr + segment->p_vaddr < start)
			start = info->dlpi_addr + segment->p_vaddr;
		if (info->dlpi_addr + segment->p_vaddr + segment->p_memsz > end)
			end = info->dlpi_addr + segment->p_vaddr + segment->p_memsz;
	}
	if (module->start < start || module->start >= end)
		return 0;
	module->start = start;
	module->end = end;
	module->text = text;
	module->text_size = text_size;
	return 1;
}

static uintptr_t address_in(napi_env env, napi_value value)
{
	uint64_t address = 0;
	bool lossless;

	napi_get_value_bigint_uint64(env, value, &address, &lossless);
	return (uintptr_t)address;
}

static void give_up(struct loaded *module)
{
	symbols_free(module->symbols);
	if (module->library != NULL)
		dlclose(module->library);
}

/*
 * moduleLoaded(its padata_module_info(), start of the percpu section or 0, its size, the symbol
 * table of its file and the names in that or undefined): its index, or a negative errno
 */
napi_value js_module_loaded(napi_env env, napi_callback_info info)
{
	size_t argc = 5, table_size = 0, names_size = 0;
	napi_value argv[5];
	struct loaded module = { 0 };
	int64_t size = 0;
	void *table = NULL, *names = NULL;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	// A module's file that has been stripped has no names.
	napi_get_typedarray_info(env, argv[3], NULL, &table_size, &table, NULL, NULL);
	napi_get_typedarray_info(env, argv[4], NULL, &names_size, &names, NULL, NULL);
	module.start = module.get_info = address_in(env, argv[0]);
	module.percpu = (char *)address_in(env, argv[1]);
	napi_get_value_int64(env, argv[2], &size);
	module.info = ((const struct padata_module_info *(*)(void))module.start)();
	if (dl_iterate_phdr(find_segments, &module) == 0)
		return js_number(env, -ENOEXEC);
	report_crashes();
	Dl_info library;
	if (dladdr((void *)module.get_info, &library) != 0) {
		module.library = dlopen(library.dli_fname, RTLD_NOLOAD | RTLD_LAZY);
		if (names != NULL && names_size > 0)
			module.symbols = symbols_make(table, table_size, names, names_size,
						      (uintptr_t)library.dli_fbase);
	}
	if (size > 0) {
		module.percpu_size = (size_t)size;
		module.copies =
			aligned_alloc(128, ((size_t)machine.nr_cpu_ids * module.percpu_size + 127) &
						   ~(size_t)127);
		if (module.copies == NULL) {
			give_up(&module);
			return js_number(env, -ENOMEM);
		}
		for (int cpu = 0; cpu < machine.nr_cpu_ids; cpu++)
			memcpy(module.copies + (size_t)cpu * module.percpu_size, module.percpu,
			       module.percpu_size);
	}
	pthread_mutex_lock(&lock);
	int i = 0;
	while (i < nr_modules && modules[i].end != 0)
		i++;
	if (i < MODULES_MAX) {
		free(modules[i].copies);
		symbols_free(modules[i].symbols);
		modules[i] = module;
		// Publishes the entry.
		if (i == nr_modules)
			__atomic_store_n(&nr_modules, i + 1, __ATOMIC_RELEASE);
	} else {
		free(module.copies);
		give_up(&module);
		i = -ENOSPC;
	}
	pthread_mutex_unlock(&lock);
	return js_number(env, i);
}

/* moduleTasks(index): kthreads that have not ended */
napi_value js_module_tasks(napi_env env, napi_callback_info info)
{
	int i = integer_of(env, only_argument(env, info));

	return js_number(env, __atomic_load_n(&modules[i].tasks, __ATOMIC_ACQUIRE));
}

/* moduleUsers(index): how often somebody has taken a reference */
napi_value js_module_users(napi_env env, napi_callback_info info)
{
	int i = integer_of(env, only_argument(env, info));

	return js_number(env, __atomic_load_n(&modules[i].info->module->refcnt, __ATOMIC_SEQ_CST));
}

/* moduleJobs(index): objects in flight whose serial() is its */
napi_value js_module_jobs(napi_env env, napi_callback_info info)
{
	int i = integer_of(env, only_argument(env, info));

	return js_number(env, __atomic_load_n(&modules[i].jobs, __ATOMIC_ACQUIRE));
}

/* Timers and items of the module that are pending would call what is not there any more. */
static void retire(enum shadow_kind kind, void *shadow, const void *object)
{
	char name[128];

	if (kind == SHADOW_TIMER && timer_pending(shadow)) {
		describe_code((uintptr_t)((const struct timer_list *)object)->function, name,
			      sizeof(name));
		kernel_misuse("BUG: a timer of the module that is unloaded is pending: %s; stopped",
			      name);
		del_timer_sync(shadow);
	} else if (kind == SHADOW_WORK && (delayed_work_pending(shadow) || work_pending(shadow))) {
		describe_code((uintptr_t)((const struct work_struct *)object)->func, name,
			      sizeof(name));
		kernel_misuse(
			"BUG: a work item of the module that is unloaded is pending: %s; cancelled",
			name);
		cancel_delayed_work_sync(shadow);
	}
}

/* moduleUnloaded(index): nothing of it is called any more. */
napi_value js_module_unloaded(napi_env env, napi_callback_info info)
{
	int i = integer_of(env, only_argument(env, info));

	free_module_params((void *)modules[i].get_info);
	shadow_for_each((void *)modules[i].start, (void *)modules[i].end, retire);
	shadow_forget((void *)modules[i].start, (void *)modules[i].end);
	pthread_mutex_lock(&lock);
	void *library = modules[i].library;
	// Nobody finds it any more. What others may be reading just now goes when the place is
	// taken again.
	__atomic_store_n(&modules[i].end, 0, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&lock);
	if (library != NULL)
		dlclose(library);
	return NULL;
}

/* missingSymbols(names, libraries): those names that neither the process nor the libraries have */
napi_value js_missing_symbols(napi_env env, napi_callback_info info)
{
	size_t argc = 2;
	napi_value argv[2], missing, item;
	uint32_t count = 0, libraries = 0, n = 0;
	void *handles[64] = { NULL };
	char text[512];

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	napi_get_array_length(env, argv[0], &count);
	napi_get_array_length(env, argv[1], &libraries);
	for (uint32_t i = 0; i < libraries && i < 64; i++) {
		napi_get_element(env, argv[1], i, &item);
		napi_get_value_string_utf8(env, item, text, sizeof(text), NULL);
		handles[i] = dlopen(text, RTLD_LAZY | RTLD_LOCAL);
	}
	napi_create_array(env, &missing);
	for (uint32_t i = 0; i < count; i++) {
		napi_get_element(env, argv[0], i, &item);
		napi_get_value_string_utf8(env, item, text, sizeof(text), NULL);
		bool found = dlsym(RTLD_DEFAULT, text) != NULL;
		for (uint32_t j = 0; j < 64 && !found; j++)
			found = handles[j] != NULL && dlsym(handles[j], text) != NULL;
		if (!found)
			napi_set_element(env, missing, n++, item);
	}
	for (uint32_t j = 0; j < 64; j++)
		if (handles[j] != NULL)
			dlclose(handles[j]);
	return missing;
}

/*
 * moduleParam(address of the module's padata_module_info(), name, value or undefined): 0 or a
 * negative errno
 */
napi_value js_module_param(napi_env env, napi_callback_info info)
{
	size_t argc = 3;
	napi_value argv[3];
	napi_valuetype type;
	char name[256], value[4096];
	bool has_value;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	napi_get_value_string_utf8(env, argv[1], name, sizeof(name), NULL);
	napi_typeof(env, argv[2], &type);
	has_value = type == napi_string;
	if (has_value)
		napi_get_value_string_utf8(env, argv[2], value, sizeof(value), NULL);
	return js_number(env, set_module_param((void *)address_in(env, argv[0]), name,
					       has_value ? value : NULL));
}
