// SPDX-License-Identifier: GPL-2.0-only
//
// What a kernel says before it dies of a bad pointer: to stderr, since nothing else can be relied
// on in a signal handler.
// Then who had the signal before has it again: Node.js, and in the end the process dies of it, with
// a core if the system keeps them. (AddressSanitizer does not let go of it.)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "crash.h"
#include "modules.h"
#include "runtime.h"
#include <linux/sched.h>

enum { FRAMES_MAX = 64, PAGE = 4096 };

static void say(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	int length = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (length > (int)sizeof(text) - 1)
		length = sizeof(text) - 1;
	if (write(STDERR_FILENO, text, (size_t)length) < 0)
		_exit(1);
}

void describe_code(uintptr_t address, char *text, size_t size)
{
	Dl_info info;
	uintptr_t start;

	if (dladdr((void *)address, &info) == 0 || info.dli_fname == NULL) {
		snprintf(text, size, "0x%lx", (unsigned long)address);
		return;
	}
	const char *file = strrchr(info.dli_fname, '/');
	file = file == NULL ? info.dli_fname : file + 1;
	int length = (int)strcspn(file, ".");
	const char *name = module_function(address, &start);
	if (name != NULL) {
		info.dli_sname = name;
		info.dli_saddr = (void *)start;
	}
	if (info.dli_sname == NULL)
		snprintf(text, size, "0x%lx [%.*s]",
			 (unsigned long)(address - (uintptr_t)info.dli_fbase), length, file);
	else if (address == (uintptr_t)info.dli_saddr)
		snprintf(text, size, "%s [%.*s]", info.dli_sname, length, file);
	else
		snprintf(text, size, "%s+0x%lx [%.*s]", info.dli_sname,
			 (unsigned long)(address - (uintptr_t)info.dli_saddr), length, file);
}

static uintptr_t program_counter(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return context->uc_mcontext.pc;
#else
	(void)context;
	return 0;
#endif
}

/* Who had the signals before: SIGSEGV, SIGBUS. */
static struct sigaction before[2];

static void die_of_signal(int sig, siginfo_t *info, void *context)
{
	void *frames[FRAMES_MAX];
	char text[192];
	uintptr_t address = (uintptr_t)info->si_addr;
	struct task_struct *task = task_current();

	uintptr_t pc = program_counter(context);
	Dl_info library;

	// The second time it is the one's who had the signal before. What is not code of a library
	// is JavaScript or WebAssembly, which has its own use of the signal; but nobody jumps to
	// where there is nothing on purpose.
	sigaction(sig, &before[sig == SIGBUS], NULL);
	if (pc >= PAGE && pc != address && dladdr((void *)pc, &library) == 0)
		return;
	if (address < PAGE)
		say("BUG: unable to handle kernel NULL pointer dereference at %016lx\n",
		    (unsigned long)address);
	else
		say("BUG: unable to handle kernel paging request at %016lx\n",
		    (unsigned long)address);
	say("CPU: %d PID: %d Comm: %s\n", task->machine.cpu, task->pid, task->comm);
	describe_code(pc, text, sizeof(text));
	say("RIP: %s\nCall Trace:\n", text);
	int n = backtrace(frames, FRAMES_MAX);
	// The first are this handler and the signal's frame.
	for (int i = 2; i < n; i++) {
		describe_code((uintptr_t)frames[i], text, sizeof(text));
		say(" %s\n", text);
	}
}

void report_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS };
	void *frame;

	// Loads what it needs now: later may be too late.
	backtrace(&frame, 1);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction new = { .sa_sigaction = die_of_signal, .sa_flags = SA_SIGINFO },
				 old;

		if (sigaction(signals[i], NULL, &old) != 0 || old.sa_sigaction == die_of_signal)
			continue;
		before[i] = old;
		sigaction(signals[i], &new, NULL);
	}
}
