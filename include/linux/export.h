// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/export.h>. The dynamic linker finds what a module exports: all that is not
// static.
#ifndef PADATA_LINUX_EXPORT_H
#define PADATA_LINUX_EXPORT_H

#include <linux/compiler_attributes.h>

struct module;
#define THIS_MODULE (&__this_module)
// Each module has its own, which others do not see: <linux/module.h> defines it.
extern struct module __this_module __attribute__((visibility("hidden")));

// A declaration takes the semicolon.
#define EXPORT_SYMBOL(sym) extern __typeof__(sym) sym __attribute__((visibility("default")))
#define EXPORT_SYMBOL_GPL(sym) EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_GPL_FUTURE(sym) EXPORT_SYMBOL(sym)
#define EXPORT_UNUSED_SYMBOL(sym) EXPORT_SYMBOL(sym)

#endif
