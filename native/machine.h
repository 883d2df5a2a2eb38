/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The machine, as C has it from its start to its end.
 */
#pragma once

#include <stdint.h>

#include "shared-words.h"

/*
 * A copy, made when the machine starts, since threads may ask after its end. C uses the words of it
 * that do not change from then on: the threads and where they and the percpu units are.
 */
extern struct machine machine;

/* Tells a machine from an earlier one. */
extern int machine_generation;

/*
 * What is to be added to the monotonic clock for the time since boot, as lib/linux/jiffies.ts
 * counts it.
 */
extern int64_t jiffies_offset_ns;
