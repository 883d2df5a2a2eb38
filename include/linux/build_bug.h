// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/build_bug.h>: what the compiler refuses. The size of an array, not a static
// assertion, since conditions may be constant only when an inline function has been inlined; they
// are not checked then.
#ifndef PADATA_LINUX_BUILD_BUG_H
#define PADATA_LINUX_BUILD_BUG_H

#include <linux/compiler.h>

#define BUILD_BUG_ON(condition) ((void)sizeof(char[1 - 2 * !!(condition)]))
#define BUILD_BUG_ON_MSG(condition, msg) BUILD_BUG_ON(condition)
#define BUILD_BUG_ON_ZERO(e) (sizeof(struct { int : (-!!(e)); }))
#define BUILD_BUG_ON_NULL(e) ((void *)sizeof(struct { int : (-!!(e)); }))
#define BUILD_BUG_ON_NOT_POWER_OF_2(n) BUILD_BUG_ON((n) == 0 || (((n) & ((n) - 1)) != 0))
#define BUILD_BUG_ON_INVALID(e) ((void)sizeof((long)(e)))
// Where nothing may get to: that cannot be told without the optimizer, so it is told when it is got
// to.
#define BUILD_BUG() __builtin_trap()

#define static_assert(expr, ...) __static_assert(expr, ##__VA_ARGS__, #expr)
#define __static_assert(expr, msg, ...) _Static_assert(expr, msg)

#endif
