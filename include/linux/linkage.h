// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/linkage.h>, as far as C code is concerned.
#ifndef PADATA_LINUX_LINKAGE_H
#define PADATA_LINUX_LINKAGE_H

#include <linux/compiler_attributes.h>
#include <linux/export.h>

#define __page_aligned_data __aligned(4096)
#define __page_aligned_bss __aligned(4096)

#endif
