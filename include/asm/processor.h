// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <asm/processor.h>. cpu_relax() also gives the core away at times: whoever is waited for
// is a thread, and may need it.
#ifndef PADATA_ASM_PROCESSOR_H
#define PADATA_ASM_PROCESSOR_H

#include <linux/cache.h>

void cpu_relax(void);
#define cpu_relax_yield() cpu_relax()
#define cpu_relax_lowlatency() cpu_relax()

#define prefetch(x) __builtin_prefetch(x)
#define prefetchw(x) __builtin_prefetch(x, 1)
#define spin_lock_prefetch(x) prefetchw(x)

#endif
