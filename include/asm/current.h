// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <asm/current.h>. Each thread that runs C is a task: the CPUs' threads, the main thread,
// kthreads, and any other.
#ifndef PADATA_ASM_CURRENT_H
#define PADATA_ASM_CURRENT_H

struct task_struct;

// The same for as long as a function runs.
struct task_struct *get_current(void) __attribute__((__const__));
#define current get_current()

#endif
