// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/compiler_types.h>, what stands before and behind declarations. Each only unless
// <linux/compiler.h> has it. The marks that only sparse reads, and those that place code in the
// kernel's image, are empty.
#ifndef PADATA_LINUX_COMPILER_ATTRIBUTES_H
#define PADATA_LINUX_COMPILER_ATTRIBUTES_H

#include <linux/compiler.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#endif
#ifndef noinline
#define noinline __attribute__((__noinline__))
#endif
#ifndef noinline_for_stack
#define noinline_for_stack noinline
#endif
#ifndef __cold
#define __cold __attribute__((__cold__))
#endif
#ifndef __used
#define __used __attribute__((__used__))
#endif
#ifndef __unused
#define __unused __attribute__((__unused__))
#endif
#ifndef __always_unused
#define __always_unused __attribute__((__unused__))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((__unused__))
#endif
#ifndef __pure
#define __pure __attribute__((__pure__))
#endif
#ifndef __attribute_const__
#define __attribute_const__ __attribute__((__const__))
#endif
#ifndef __malloc
#define __malloc __attribute__((__malloc__))
#endif
#ifndef __weak
#define __weak __attribute__((__weak__))
#endif
#ifndef __alias
#define __alias(symbol) __attribute__((__alias__(#symbol)))
#endif
#ifndef __visible
#define __visible __attribute__((__visibility__("default")))
#endif
#ifndef __section
#define __section(name) __attribute__((__section__(#name)))
#endif
#ifndef __packed
#define __packed __attribute__((__packed__))
#endif
#ifndef __aligned
#define __aligned(x) __attribute__((__aligned__(x)))
#endif
#ifndef __mode
#define __mode(x) __attribute__((__mode__(x)))
#endif
#ifndef __scanf
#define __scanf(fmt, args) __attribute__((__format__(scanf, fmt, args)))
#endif
#ifndef __noreturn
#define __noreturn __attribute__((__noreturn__))
#endif
#ifndef __deprecated
#define __deprecated
#endif
#ifndef __must_be_array
#define __must_be_array(a) ((int)sizeof(char[1 - 2 * (int)__same_type((a), &(a)[0])]) - 1)
#endif
#ifndef __same_type
#define __same_type(a, b) __builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#endif
#ifndef fallthrough
#if __has_attribute(__fallthrough__)
#define fallthrough __attribute__((__fallthrough__))
#else
#define fallthrough do { } while (0)
#endif
#endif

#ifndef __compiletime_error
#define __compiletime_error(message)
#endif
#ifndef __compiletime_warning
#define __compiletime_warning(message)
#endif
#ifndef asmlinkage
#define asmlinkage
#endif
#ifndef notrace
#define notrace
#endif
#ifndef __latent_entropy
#define __latent_entropy
#endif
#ifndef __randomize_layout
#define __randomize_layout
#endif
#ifndef __designated_init
#define __designated_init
#endif
#ifndef __read_mostly
#define __read_mostly
#endif
#ifndef __ro_after_init
#define __ro_after_init
#endif
#ifndef __force
#define __force
#endif
#ifndef __user
#define __user
#endif
#ifndef __kernel
#define __kernel
#endif
#ifndef __iomem
#define __iomem
#endif
#ifndef __percpu
#define __percpu
#endif
#ifndef __rcu
#define __rcu
#endif
#ifndef __private
#define __private
#endif
#ifndef __safe
#define __safe
#endif
#ifndef __nocast
#define __nocast
#endif
#ifndef __must_hold
#define __must_hold(x)
#endif
#ifndef __acquires
#define __acquires(x)
#endif
#ifndef __releases
#define __releases(x)
#endif
#ifndef __acquire
#define __acquire(x) ((void)0)
#endif
#ifndef __release
#define __release(x) ((void)0)
#endif
#ifndef __cond_lock
#define __cond_lock(x, c) (c)
#endif
#ifndef uninitialized_var
#define uninitialized_var(x) x = x
#endif
#ifndef __stringify
#define __stringify_1(x...) #x
#define __stringify(x...) __stringify_1(x)
#endif

#endif
