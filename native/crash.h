/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Names of code, and reports of crashes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* "function [library]", "function+0x12 [library]", "0x1234 [library]" or an address */
void describe_code(uintptr_t address, char *text, size_t size);

/* From now on a bad pointer is reported as a kernel does, before the process dies. */
void report_crashes(void);
