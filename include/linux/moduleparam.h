// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/moduleparam.h>. Each parameter leaves a struct kernel_param in the section __param,
// and each MODULE_ macro a string in the section __modinfo; <linux/module.h> tells the runtime
// where these are.
#ifndef PADATA_LINUX_MODULEPARAM_H
#define PADATA_LINUX_MODULEPARAM_H

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/stringify.h>
#include <linux/types.h>

struct module;
struct kernel_param;

#define MODULE_PARAM_PREFIX KBUILD_MODNAME "."
#define MAX_PARAM_PREFIX_LEN (64 - sizeof(unsigned long))

#define padata_paste_(a, b) a##b
#define padata_paste(a, b) padata_paste_(a, b)
#ifndef __UNIQUE_ID
#define __UNIQUE_ID(prefix) padata_paste(padata_paste(__UNIQUE_ID_, prefix), __COUNTER__)
#endif
#define __MODULE_INFO(tag, name, info) \
	static const char __UNIQUE_ID(name)[] \
		__attribute__((used, section("__modinfo"), aligned(1))) = #tag "=" info
#define __MODULE_PARM_TYPE(name, _type) __MODULE_INFO(parmtype, name##type, #name ":" _type)
#define MODULE_PARM_DESC(_parm, desc) __MODULE_INFO(parm, _parm, #_parm ":" desc)

enum {
	// The parameter may stand without a value.
	KERNEL_PARAM_OPS_FL_NOARG = 1 << 0,
};

struct kernel_param_ops {
	unsigned int flags;
	// 0 or a negative errno. val is NULL if there was only a name, which needs the flag.
	int (*set)(const char *val, const struct kernel_param *kp);
	// Into a page: the length.
	int (*get)(char *buffer, const struct kernel_param *kp);
	void (*free)(void *arg);
};

enum {
	KERNEL_PARAM_FL_UNSAFE = 1 << 0,
	KERNEL_PARAM_FL_HWPARAM = 1 << 1,
};

// perm: the mode of its file below /sys/module; 0: there is none.
struct kernel_param {
	const char *name;
	struct module *mod;
	const struct kernel_param_ops *ops;
	const u16 perm;
	s8 level;
	u8 flags;
	union {
		void *arg;
		const struct kparam_string *str;
		const struct kparam_array *arr;
	};
};

struct kparam_string {
	unsigned int maxlen;
	char *string;
};

struct kparam_array {
	unsigned int max;
	unsigned int elemsize;
	unsigned int *num;
	const struct kernel_param_ops *ops;
	void *elem;
};

// Who may read, at least those who may write; nobody else may write.
#define VERIFY_OCTAL_PERMISSIONS(perms) \
	(BUILD_BUG_ON_ZERO((perms) < 0) + BUILD_BUG_ON_ZERO((perms) > 0777) + \
	 BUILD_BUG_ON_ZERO((perms) & 2) + (perms))

#define __module_param_call(prefix, name, ops, arg, perm, level, flags) \
	static struct kernel_param __param_##name \
		__attribute__((used, section("__param"), aligned(sizeof(void *)))) = { \
		#name, THIS_MODULE, ops, VERIFY_OCTAL_PERMISSIONS(perm), level, flags, { arg } \
	}

#define module_param(name, type, perm) module_param_named(name, name, type, perm)
#define module_param_unsafe(name, type, perm) module_param_named_unsafe(name, name, type, perm)
#define module_param_hw(name, type, hwtype, perm) module_param(name, type, perm)
#define module_param_named(name, value, type, perm) \
	param_check_##type(name, &(value)); \
	module_param_cb(name, &param_ops_##type, &value, perm); \
	__MODULE_PARM_TYPE(name, #type)
#define module_param_named_unsafe(name, value, type, perm) \
	param_check_##type(name, &(value)); \
	module_param_cb_unsafe(name, &param_ops_##type, &value, perm); \
	__MODULE_PARM_TYPE(name, #type)
#define module_param_cb(name, ops, arg, perm) \
	__module_param_call(MODULE_PARAM_PREFIX, name, ops, arg, perm, -1, 0)
#define module_param_cb_unsafe(name, ops, arg, perm) \
	__module_param_call(MODULE_PARAM_PREFIX, name, ops, arg, perm, -1, KERNEL_PARAM_FL_UNSAFE)
#define module_param_call(name, _set, _get, arg, perm) \
	static const struct kernel_param_ops __param_ops_##name = { \
		.set = (_set), .get = (_get) \
	}; \
	__module_param_call(MODULE_PARAM_PREFIX, name, &__param_ops_##name, arg, perm, -1, 0)
#define module_param_string(name, string, len, perm) \
	static const struct kparam_string __param_string_##name = { len, string }; \
	module_param_cb(name, &param_ops_string, (void *)(unsigned long)&__param_string_##name, \
			perm); \
	__MODULE_PARM_TYPE(name, "string")
#define module_param_array(name, type, nump, perm) \
	module_param_array_named(name, name, type, nump, perm)
#define module_param_array_named(name, array, type, nump, perm) \
	param_check_##type(name, &(array)[0]); \
	static const struct kparam_array __param_arr_##name = { \
		.max = ARRAY_SIZE(array), .num = nump, .ops = &param_ops_##type, \
		.elemsize = sizeof((array)[0]), .elem = array, \
	}; \
	module_param_cb(name, &param_array_ops, (void *)(unsigned long)&__param_arr_##name, perm); \
	__MODULE_PARM_TYPE(name, "array of " #type)
#define module_param_hw_array(name, type, hwtype, nump, perm) \
	module_param_array(name, type, nump, perm)
#define core_param(name, var, type, perm) module_param_named(name, var, type, perm)
#define core_param_cb(name, ops, arg, perm) module_param_cb(name, ops, arg, perm)
#define postcore_param_cb(name, ops, arg, perm) module_param_cb(name, ops, arg, perm)
#define device_param_cb(name, ops, arg, perm) module_param_cb(name, ops, arg, perm)
#define late_param_cb(name, ops, arg, perm) module_param_cb(name, ops, arg, perm)

// The compiler warns if p does not point to such a variable.
#define __param_check(name, p, type) \
	static inline type __always_unused *__check_##name(void) { return (p); } \
	extern int padata_param_##name
#define param_check_byte(name, p) __param_check(name, p, unsigned char)
#define param_check_short(name, p) __param_check(name, p, short)
#define param_check_ushort(name, p) __param_check(name, p, unsigned short)
#define param_check_int(name, p) __param_check(name, p, int)
#define param_check_uint(name, p) __param_check(name, p, unsigned int)
#define param_check_long(name, p) __param_check(name, p, long)
#define param_check_ulong(name, p) __param_check(name, p, unsigned long)
#define param_check_ullong(name, p) __param_check(name, p, unsigned long long)
#define param_check_hexint(name, p) __param_check(name, p, unsigned int)
#define param_check_charp(name, p) __param_check(name, p, char *)
#define param_check_bool(name, p) __param_check(name, p, bool)
#define param_check_bool_enable_only(name, p) __param_check(name, p, bool)
#define param_check_invbool(name, p) __param_check(name, p, bool)
#define param_check_bint(name, p) __param_check(name, p, int)

#define padata_param_type(type) \
	extern const struct kernel_param_ops param_ops_##type; \
	int param_set_##type(const char *val, const struct kernel_param *kp); \
	int param_get_##type(char *buffer, const struct kernel_param *kp)
padata_param_type(byte);
padata_param_type(short);
padata_param_type(ushort);
padata_param_type(int);
padata_param_type(uint);
padata_param_type(long);
padata_param_type(ulong);
padata_param_type(ullong);
padata_param_type(hexint);
padata_param_type(charp);
padata_param_type(bool);
padata_param_type(invbool);
extern const struct kernel_param_ops param_ops_bool_enable_only;
int param_set_bool_enable_only(const char *val, const struct kernel_param *kp);
#define param_get_bool_enable_only param_get_bool
extern const struct kernel_param_ops param_ops_bint;
int param_set_bint(const char *val, const struct kernel_param *kp);
#define param_get_bint param_get_int
void param_free_charp(void *arg);
extern const struct kernel_param_ops param_ops_string;
int param_set_copystring(const char *val, const struct kernel_param *kp);
int param_get_string(char *buffer, const struct kernel_param *kp);
extern const struct kernel_param_ops param_array_ops;

static inline void kernel_param_lock(struct module *mod)
{
	(void)mod;
}

static inline void kernel_param_unlock(struct module *mod)
{
	(void)mod;
}

// Equal but for dashes and underscores?
bool parameq(const char *name1, const char *name2);
bool parameqn(const char *name1, const char *name2, size_t n);

#endif
