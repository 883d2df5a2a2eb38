// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/mmdebug.h>, without CONFIG_DEBUG_VM.
#ifndef PADATA_LINUX_MMDEBUG_H
#define PADATA_LINUX_MMDEBUG_H

#include <linux/bug.h>

#define VM_BUG_ON(condition) BUILD_BUG_ON_INVALID(condition)
#define VM_WARN_ON(condition) BUILD_BUG_ON_INVALID(condition)
#define VM_WARN_ON_ONCE(condition) BUILD_BUG_ON_INVALID(condition)
#define VM_WARN_ONCE(condition, format...) BUILD_BUG_ON_INVALID(condition)

#endif
