// SPDX-License-Identifier: GPL-2.0
/* race.c with its lock. */
#define LOCKED
#include "race.c"
