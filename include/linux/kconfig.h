// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/kconfig.h>, which a kernel build puts before each file: the CONFIG_ macros,
// __KERNEL__ and MODULE, and questions about options: IS_ENABLED(CONFIG_X) is 1 or 0, for #if and
// for if.
#ifndef PADATA_LINUX_KCONFIG_H
#define PADATA_LINUX_KCONFIG_H

#include <generated/autoconf.h>

#ifndef __KERNEL__
#define __KERNEL__ 1
#endif
#ifndef MODULE
#define MODULE 1
#endif
// The kernel's makefiles define these for each file; so may whoever compiles a module.
#ifndef KBUILD_MODNAME
#define KBUILD_MODNAME "module"
#endif
#ifndef KBUILD_BASENAME
#define KBUILD_BASENAME KBUILD_MODNAME
#endif

// An option that is 1 makes the first name below into an argument of its own, and so the second
// argument 1.
#define PADATA_OPTION_1 0,
#define padata_second(ignored, value, ...) value
#define padata_is_set__(argument_or_junk) padata_second(argument_or_junk 1, 0, 0)
#define padata_is_set_(value) padata_is_set__(PADATA_OPTION_##value)
#define padata_is_set(option) padata_is_set_(option)

#define __is_defined(x) padata_is_set(x)
#define IS_BUILTIN(option) padata_is_set(option)
#define IS_MODULE(option) padata_is_set(option##_MODULE)
#define IS_ENABLED(option) (IS_BUILTIN(option) || IS_MODULE(option))
#define IS_REACHABLE(option) IS_ENABLED(option)

#endif
