// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/module.h>. A module is a shared object; insmod looks for init_module(),
// cleanup_module() and padata_module_info().
#ifndef PADATA_LINUX_MODULE_H
#define PADATA_LINUX_MODULE_H

#include <asm/page.h>
#include <linux/cache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kmod.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/stat.h>
#include <linux/string.h>
#include <linux/stringify.h>
#include <linux/workqueue.h>

#define MODULE_NAME_LEN (64 - sizeof(unsigned long))

enum module_state {
	MODULE_STATE_LIVE,
	MODULE_STATE_COMING,
	MODULE_STATE_GOING,
	MODULE_STATE_UNFORMED,
};

// refcnt counts what keeps the module from being unloaded.
struct module {
	enum module_state state;
	struct list_head list;
	char name[MODULE_NAME_LEN];
	const char *version;
	const char *srcversion;
	int refcnt;
	int (*init)(void);
	void (*exit)(void);
	void *padata_private;
};

// What the runtime is told; the strings between modinfo and modinfo_end are "tag=text", each with
// its NUL.
struct padata_module_info {
	struct module *module;
	struct kernel_param *params, *params_end;
	const char *modinfo, *modinfo_end;
};

// The linker's names for the ends of the sections, if they are there.
extern struct kernel_param __start___param[] __attribute__((weak, visibility("hidden")));
extern struct kernel_param __stop___param[] __attribute__((weak, visibility("hidden")));
extern const char __start___modinfo[] __attribute__((weak, visibility("hidden")));
extern const char __stop___modinfo[] __attribute__((weak, visibility("hidden")));

// All files of a module have these, and the linker takes one of each. The runtime itself is none.
#ifndef BUILDING_NODE_EXTENSION
// clang-format off
__attribute__((weak, visibility("hidden")))
struct module __this_module = { .name = KBUILD_MODNAME };
// clang-format on

const struct padata_module_info *padata_module_info(void)
	__attribute__((weak, visibility("default")));
const struct padata_module_info *padata_module_info(void)
{
	static struct padata_module_info info;

	info = (struct padata_module_info){
		.module = &__this_module,
		.params = __start___param,
		.params_end = __stop___param,
		.modinfo = __start___modinfo,
		.modinfo_end = __stop___modinfo,
	};
	return &info;
}
#endif

#define MODULE_INFO(tag, info) __MODULE_INFO(tag, tag, info)
#define MODULE_ALIAS(_alias) MODULE_INFO(alias, _alias)
#define MODULE_SOFTDEP(_softdep) MODULE_INFO(softdep, _softdep)
#define MODULE_LICENSE(_license) MODULE_INFO(license, _license)
#define MODULE_AUTHOR(_author) MODULE_INFO(author, _author)
#define MODULE_DESCRIPTION(_description) MODULE_INFO(description, _description)
#define MODULE_VERSION(_version) MODULE_INFO(version, _version)
#define MODULE_FIRMWARE(_firmware) MODULE_INFO(firmware, _firmware)
#define MODULE_SUPPORTED_DEVICE(name) MODULE_INFO(device, name)
#define MODULE_ALIAS_CRYPTO(name) MODULE_INFO(alias, "crypto-" name)
#define MODULE_ALIAS_MISCDEV(minor) MODULE_INFO(alias, "char-major-10-" __stringify(minor))
#define MODULE_DEVICE_TABLE(type, name) extern __typeof__(name) name
#define MODULE_IMPORT_NS(ns) MODULE_INFO(import_ns, #ns)

// Not while it is being unloaded.
static inline bool try_module_get(struct module *module)
{
	if (module) {
		if (__atomic_load_n(&module->state, __ATOMIC_ACQUIRE) == MODULE_STATE_GOING)
			return false;
		__atomic_add_fetch(&module->refcnt, 1, __ATOMIC_SEQ_CST);
	}
	return true;
}

static inline void __module_get(struct module *module)
{
	if (module)
		__atomic_add_fetch(&module->refcnt, 1, __ATOMIC_SEQ_CST);
}

static inline void module_put(struct module *module)
{
	if (module)
		__atomic_sub_fetch(&module->refcnt, 1, __ATOMIC_SEQ_CST);
}

static inline int module_refcount(struct module *module)
{
	return __atomic_load_n(&module->refcnt, __ATOMIC_RELAXED);
}

static inline bool module_is_live(struct module *module)
{
	return module->state != MODULE_STATE_GOING;
}

static inline const char *module_name(struct module *module)
{
	return module ? module->name : "kernel";
}

#define symbol_get(x) (&(x))
#define symbol_put(x) do { } while (0)

#endif
