/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The modules that are loaded, for those parts of the runtime that have to know whose code or data
 * something is.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * A CPU's copy of a variable that a module has defined with DEFINE_PER_CPU; the variable itself if
 * it is in no module.
 */
void *percpu_of_module(const void *variable, int cpu);

/* Is the caller's function called by JavaScript, so that frames of that lie below it? */
bool called_by_js(void);

/* A kthread whose function is a module's begins, or has ended. */
void module_task_begins(const void *threadfn);
void module_task_ends(const void *threadfn);

/* A function of the runtime that stands for a client's says so: for reports about what it does. */
void note_callback(const void *fn);

/*
 * padata_do_serial() in a parallel() that JavaScript has called: leave it to the return from there.
 * False if it is to be called at once.
 */
bool defer_serial(const void *object);

/* An object whose functions are a module's is in flight, or is not any more. */
void module_job_begins(const void *parallel);
void module_job_ends(const void *serial);

/*
 * Can it be called? What is neither in the program nor in a library that is loaded cannot.
 */
bool is_callable(const void *fn);

/* The function of a module that is around an address, and where it begins; or NULL. */
const char *module_function(uintptr_t address, uintptr_t *start);

/* The core that the thread runs on, by number, or -1. */
int raw_core(void);
