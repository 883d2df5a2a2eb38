// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/compiler.h>, for gcc and clang. The marks that only sparse reads (__rcu, __percpu, ...) are empty.
#ifndef PADATA_LINUX_COMPILER_H
#define PADATA_LINUX_COMPILER_H

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define barrier() __asm__ __volatile__("" ::: "memory")
// One access, of a scalar, that the compiler neither repeats nor leaves out.
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, val) (*(volatile __typeof__(x) *)&(x) = (val))

#define __aligned(x) __attribute__((aligned(x)))
#define __packed __attribute__((packed))
#define __maybe_unused __attribute__((unused))
#define __must_check __attribute__((warn_unused_result))
#define __noreturn __attribute__((noreturn))
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))

#define __force
#define __percpu
#define __rcu
#define __user

#endif
