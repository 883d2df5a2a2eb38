// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/reboot.h>: a module has finished, and TypeScript is told (power_off() of lib/c/api.ts).
#include <linux/kernel.h>
#include <linux/reboot.h>

#include "runtime.h"

void machine_power_off(const char *why);

EXPORT_C void orderly_poweroff(bool force)
{
	(void)force;
	machine_power_off("orderly_poweroff");
}

EXPORT_C void orderly_reboot(void)
{
	machine_power_off("orderly_reboot");
}

EXPORT_C void kernel_power_off(void)
{
	machine_power_off("kernel_power_off");
}

EXPORT_C void kernel_halt(void)
{
	machine_power_off("kernel_halt");
}

EXPORT_C void kernel_restart(char *cmd)
{
	char why[128];

	if (cmd)
		scnprintf(why, sizeof(why), "kernel_restart: %s", cmd);
	machine_power_off(cmd ? why : "kernel_restart");
}

EXPORT_C void emergency_restart(void)
{
	machine_power_off("emergency_restart");
}
