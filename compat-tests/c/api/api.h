/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Tests of the C functions, in one module of several files. Each file is a subject, and has tests
 * that are run in each of their contexts, one after the other; api.c runs them.
 * compat-tests/c/api.spec.ts reads the TEST() lines, and what the log says.
 */
#pragma once

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/padata.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

/* Where a test runs. */
enum {
	/* module_init's thread: one with JavaScript, which may sleep */
	INIT = 1 << 0,
	/* a work item on a CPU, which may sleep */
	WORK = 1 << 1,
	/* parallel() and serial() on a CPU, and a timer's function: these may not */
	PARALLEL = 1 << 2,
	SERIAL = 1 << 3,
	TIMER = 1 << 4,
	/*
	 * threads without JavaScript, which may sleep: a kthread, and one that a library has
	 * started
	 */
	KTHREAD = 1 << 5,
	FOREIGN = 1 << 6,
	SLEEP = INIT | WORK | KTHREAD | FOREIGN,
	ATOMIC = PARALLEL | SERIAL | TIMER,
	ALL = SLEEP | ATOMIC,
};

struct api_test {
	const char *file, *name;
	unsigned int contexts;
	void (*fn)(void);
};

#define TEST(test, where) \
	static void test(void); \
	static const struct api_test entry_##test = { __FILE__, #test, where, test }; \
	static const struct api_test *const ref_##test \
		__attribute__((used, section("api_tests"))) = &entry_##test; \
	static void test(void)

/* The context of the test that runs; only one does at a time. */
extern unsigned int api_context;

/* One for all who need one: all CPUs, started. */
extern struct workqueue_struct *api_wq;
extern struct padata_instance *api_pinst;

void api_fail(const char *file, int line, const char *what);

/* For a CHECK in another thread or a callback too, as long as the test waits for it. */
#define CHECK(condition) do { \
	if (!(condition)) \
		api_fail(__FILE__, __LINE__, #condition); \
} while (0)

/*
 * What may be hidden from the compiler, so that it calls the function and does not reckon itself.
 */
#define HIDE(x) ({ \
	__typeof__((x) + 0) hidden_ = (x); \
	__asm__ volatile("" : "+r"(hidden_) : : "memory"); \
	hidden_; \
})
