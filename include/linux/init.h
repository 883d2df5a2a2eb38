// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/init.h>. The code that only starts and ends a module stays with the rest of it.
#ifndef PADATA_LINUX_INIT_H
#define PADATA_LINUX_INIT_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

#define __init __cold
#define __exit __cold
#define __initdata
#define __initconst
#define __exitdata
#define __ref
#define __refdata
#define __refconst
#define __exitused
#define __init_or_module
#define __initdata_or_module
#define __meminit
#define __meminitdata
#define __devinit
#define __devexit
#define __devinitdata
#define __cpuinit
#define __cpuinitdata
#define __exit_p(x) x
#define __devexit_p(x) x

typedef int (*initcall_t)(void);
typedef void (*exitcall_t)(void);

// The module's start and end, by the names that insmod looks for. As with the kernel's, a semicolon
// may be left out.
#define module_init(initfn) \
	int init_module(void) __attribute__((visibility("default"))); \
	int init_module(void) { initcall_t init_ = initfn; return init_(); } \
	int init_module(void);
#define module_exit(exitfn) \
	void cleanup_module(void) __attribute__((visibility("default"))); \
	void cleanup_module(void) { exitcall_t exit_ = exitfn; exit_(); } \
	void cleanup_module(void);

#define early_initcall(fn) module_init(fn)
#define core_initcall(fn) module_init(fn)
#define core_initcall_sync(fn) module_init(fn)
#define postcore_initcall(fn) module_init(fn)
#define arch_initcall(fn) module_init(fn)
#define subsys_initcall(fn) module_init(fn)
#define subsys_initcall_sync(fn) module_init(fn)
#define fs_initcall(fn) module_init(fn)
#define rootfs_initcall(fn) module_init(fn)
#define device_initcall(fn) module_init(fn)
#define late_initcall(fn) module_init(fn)
#define late_initcall_sync(fn) module_init(fn)
#define pure_initcall(fn) module_init(fn)
#define console_initcall(fn) module_init(fn)
#define __initcall(fn) module_init(fn)
#define __exitcall(fn) module_exit(fn)
#define __setup(str, func)
#define early_param(str, func)

#endif
