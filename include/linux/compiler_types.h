// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/compiler_types.h>, of which <linux/compiler_attributes.h> is all.
#ifndef PADATA_LINUX_COMPILER_TYPES_H
#define PADATA_LINUX_COMPILER_TYPES_H

#include <linux/compiler_attributes.h>

#endif
