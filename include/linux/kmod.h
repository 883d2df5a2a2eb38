// SPDX-License-Identifier: GPL-2.0-only
//
// stub: <linux/kmod.h>. Nobody loads modules by name.
#ifndef PADATA_LINUX_KMOD_H
#define PADATA_LINUX_KMOD_H

#include <linux/errno.h>

#define request_module(mod...) (-ENOSYS)
#define request_module_nowait(mod...) (-ENOSYS)
#define try_then_request_module(x, mod...) (x)

#endif
