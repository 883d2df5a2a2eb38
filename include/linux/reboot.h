// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/reboot.h>: how a module says that it has finished. The machine shuts down behind
// the caller; the calls return.
#ifndef PADATA_LINUX_REBOOT_H
#define PADATA_LINUX_REBOOT_H

#if __has_include_next(<linux/reboot.h>)
#include_next <linux/reboot.h>
#endif
#include <linux/types.h>

void orderly_poweroff(bool force);
void orderly_reboot(void);
void kernel_power_off(void);
void kernel_halt(void);
void kernel_restart(char *cmd);
void emergency_restart(void);

#endif
