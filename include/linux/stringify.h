// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/stringify.h>: __stringify(), which <linux/compiler_attributes.h> has.
#ifndef PADATA_LINUX_STRINGIFY_H
#define PADATA_LINUX_STRINGIFY_H

#include <linux/compiler_attributes.h>

#endif
