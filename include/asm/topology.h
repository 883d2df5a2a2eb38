// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/topology.h>, of which <linux/topology.h> is all.
#ifndef PADATA_ASM_TOPOLOGY_H
#define PADATA_ASM_TOPOLOGY_H

#include <linux/topology.h>

#endif
