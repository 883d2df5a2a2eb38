// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/rwlock_types.h>, which <linux/spinlock_types.h> has.
#ifndef PADATA_LINUX_RWLOCK_TYPES_H
#define PADATA_LINUX_RWLOCK_TYPES_H

#include <linux/spinlock_types.h>

#endif
