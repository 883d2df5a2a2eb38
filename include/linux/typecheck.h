// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/typecheck.h>.
#ifndef PADATA_LINUX_TYPECHECK_H
#define PADATA_LINUX_TYPECHECK_H

// Always 1; the compiler warns if x is of another type.
#define typecheck(type, x) ({ \
	type typecheck_1_; \
	__typeof__(x) typecheck_2_; \
	(void)(&typecheck_1_ == &typecheck_2_); \
	1; \
})
#define typecheck_fn(type, function) ({ \
	__typeof__(type) typecheck_fn_ = function; \
	(void)typecheck_fn_; \
})

#endif
