// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/div64.h>.
#ifndef PADATA_ASM_DIV64_H
#define PADATA_ASM_DIV64_H

#include <linux/types.h>

// Divides n in place; its value is the remainder.
#define do_div(n, base) ({ \
	u32 do_div_base_ = (base); \
	u32 do_div_rem_ = (u64)(n) % do_div_base_; \
	(n) = (u64)(n) / do_div_base_; \
	do_div_rem_; \
})

#endif
