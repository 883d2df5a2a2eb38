// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/moduleparam.h>: the types of parameters, and setting them by name.
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <pthread.h>
#include <stdlib.h>

#include "runtime.h"
#include "params.h"

EXPORT_C bool parameqn(const char *name1, const char *name2, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char a = name1[i] == '-' ? '_' : name1[i], b = name2[i] == '-' ? '_' : name2[i];

		if (a != b)
			return false;
		if (a == '\0')
			break;
	}
	return true;
}

EXPORT_C bool parameq(const char *name1, const char *name2)
{
	return parameqn(name1, name2, strlen(name1) + 1);
}

#define NUMBER(name, type, format, read) \
EXPORT_C int param_set_##name(const char *val, const struct kernel_param *kp) \
{ \
	return read(val, 0, (type *)kp->arg); \
} \
EXPORT_C int param_get_##name(char *buffer, const struct kernel_param *kp) \
{ \
	return scnprintf(buffer, PAGE_SIZE, format, *(type *)kp->arg); \
} \
EXPORT_C const struct kernel_param_ops param_ops_##name = { \
	.set = param_set_##name, .get = param_get_##name \
}

NUMBER(byte, unsigned char, "%hhu", kstrtou8);
NUMBER(short, short, "%hi", kstrtos16);
NUMBER(ushort, unsigned short, "%hu", kstrtou16);
NUMBER(int, int, "%i", kstrtoint);
NUMBER(uint, unsigned int, "%u", kstrtouint);
NUMBER(long, long, "%li", kstrtol);
NUMBER(ulong, unsigned long, "%lu", kstrtoul);
NUMBER(ullong, unsigned long long, "%llu", kstrtoull);
NUMBER(hexint, unsigned int, "%#08x", kstrtouint);

/*
 * Texts that have been given to parameters of type charp: what such a variable points to at first
 * is not to be freed.
 */
struct text {
	struct text *next;
	char text[];
};
static struct text *texts;
static pthread_mutex_t texts_lock = PTHREAD_MUTEX_INITIALIZER;

static void free_text(const char *old)
{
	pthread_mutex_lock(&texts_lock);
	for (struct text **at = &texts; *at; at = &(*at)->next)
		if ((*at)->text == old) {
			struct text *gone = *at;

			*at = gone->next;
			free(gone);
			break;
		}
	pthread_mutex_unlock(&texts_lock);
}

EXPORT_C int param_set_charp(const char *val, const struct kernel_param *kp)
{
	size_t length = strlen(val);
	struct text *text;

	if (length > 1024)
		return -ENOSPC;
	text = malloc(sizeof(*text) + length + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text->text, val, length + 1);
	free_text(*(char **)kp->arg);
	pthread_mutex_lock(&texts_lock);
	text->next = texts;
	texts = text;
	pthread_mutex_unlock(&texts_lock);
	*(char **)kp->arg = text->text;
	return 0;
}

EXPORT_C int param_get_charp(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%s", *(char **)kp->arg);
}

EXPORT_C void param_free_charp(void *arg)
{
	free_text(*(char **)arg);
}

EXPORT_C const struct kernel_param_ops param_ops_charp = { .set = param_set_charp,
							   .get = param_get_charp,
							   .free = param_free_charp };

// A name without a value means true.
EXPORT_C int param_set_bool(const char *val, const struct kernel_param *kp)
{
	return kstrtobool(val ? val : "1", kp->arg);
}

EXPORT_C int param_get_bool(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%c", *(bool *)kp->arg ? 'Y' : 'N');
}

EXPORT_C const struct kernel_param_ops param_ops_bool = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = param_set_bool,
	.get = param_get_bool,
};

EXPORT_C int param_set_invbool(const char *val, const struct kernel_param *kp)
{
	bool value;
	int err = kstrtobool(val, &value);

	if (err == 0)
		*(bool *)kp->arg = !value;
	return err;
}

EXPORT_C int param_get_invbool(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%c", *(bool *)kp->arg ? 'N' : 'Y');
}

EXPORT_C const struct kernel_param_ops param_ops_invbool = { .set = param_set_invbool,
							     .get = param_get_invbool };

// Once it is on it stays on.
EXPORT_C int param_set_bool_enable_only(const char *val, const struct kernel_param *kp)
{
	bool value;
	int err = kstrtobool(val ? val : "1", &value);

	if (err)
		return err;
	if (!value && *(bool *)kp->arg)
		return -EROFS;
	*(bool *)kp->arg = value;
	return 0;
}

EXPORT_C const struct kernel_param_ops param_ops_bool_enable_only = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = param_set_bool_enable_only,
	.get = param_get_bool,
};

EXPORT_C int param_set_bint(const char *val, const struct kernel_param *kp)
{
	bool value;
	int err = kstrtobool(val ? val : "1", &value);

	if (err == 0)
		*(int *)kp->arg = value;
	return err;
}

EXPORT_C const struct kernel_param_ops param_ops_bint = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = param_set_bint,
	.get = param_get_int,
};

EXPORT_C int param_set_copystring(const char *val, const struct kernel_param *kp)
{
	const struct kparam_string *string = kp->str;
	size_t length = strlen(val);

	if (length + 1 > string->maxlen)
		return -ENOSPC;
	memcpy(string->string, val, length + 1);
	return 0;
}

EXPORT_C int param_get_string(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, PAGE_SIZE, "%s", kp->str->string);
}

EXPORT_C const struct kernel_param_ops param_ops_string = { .set = param_set_copystring,
							    .get = param_get_string };

static struct kernel_param element(const struct kernel_param *kp, unsigned int i)
{
	const struct kparam_array *array = kp->arr;

	return (struct kernel_param){ kp->name,
				      kp->mod,
				      array->ops,
				      kp->perm,
				      kp->level,
				      0,
				      { (char *)array->elem + (size_t)array->elemsize * i } };
}

static int param_array_set(const char *val, const struct kernel_param *kp)
{
	const struct kparam_array *array = kp->arr;
	unsigned int count = 0;
	char *copy = malloc(strlen(val) + 1), *rest, *one;
	int err = copy ? 0 : -ENOMEM;

	rest = copy ? strcpy(copy, val) : NULL;
	while (err == 0 && (one = strsep(&rest, ",")) != NULL) {
		const struct kernel_param at = element(kp, count);

		err = count < array->max ? array->ops->set(one, &at) : -EINVAL;
		if (err == 0)
			count++;
	}
	if (array->num && copy)
		*array->num = count;
	free(copy);
	return err;
}

static int param_array_get(char *buffer, const struct kernel_param *kp)
{
	const struct kparam_array *array = kp->arr;
	unsigned int count = array->num ? *array->num : array->max;
	int length = 0;

	for (unsigned int i = 0; i < count; i++) {
		struct kernel_param at = element(kp, i);
		int ret;

		if (i)
			buffer[length++] = ',';
		ret = array->ops->get(buffer + length, &at);
		if (ret < 0)
			return ret;
		length += ret;
	}
	buffer[length] = '\0';
	return length;
}

static void param_array_free(void *arg)
{
	const struct kparam_array *array = arg;

	if (array->ops->free)
		for (unsigned int i = 0; i < (array->num ? *array->num : array->max); i++)
			array->ops->free((char *)array->elem + (size_t)array->elemsize * i);
}

EXPORT_C const struct kernel_param_ops param_array_ops = { .set = param_array_set,
							   .get = param_array_get,
							   .free = param_array_free };

static struct kernel_param *find(const struct padata_module_info *info, const char *name)
{
	for (struct kernel_param *kp = info->params; kp < info->params_end; kp++)
		if (parameq(name, kp->name))
			return kp;
	return NULL;
}

int set_module_param(void *get_info, const char *name, const char *value)
{
	const struct padata_module_info *info =
		((const struct padata_module_info *(*)(void))get_info)();
	struct kernel_param *kp = find(info, name);

	if (!kp)
		return -ENOENT;
	if (!value && !(kp->ops->flags & KERNEL_PARAM_OPS_FL_NOARG))
		return -EINVAL;
	if (!kp->ops->set)
		return -EPERM;
	return kp->ops->set(value, kp);
}

int get_module_param(void *get_info, const char *name, char *page)
{
	const struct padata_module_info *info =
		((const struct padata_module_info *(*)(void))get_info)();
	struct kernel_param *kp = find(info, name);

	if (!kp)
		return -ENOENT;
	return kp->ops->get ? kp->ops->get(page, kp) : -EPERM;
}

void free_module_params(void *get_info)
{
	const struct padata_module_info *info =
		((const struct padata_module_info *(*)(void))get_info)();

	for (struct kernel_param *kp = info->params; kp < info->params_end; kp++)
		if (kp->ops->free)
			kp->ops->free(kp->arg);
}

/*
 * The next name and value of a command line, of which pieces may stand in double quotes; NULL at
 * the end.
 */
static char *next_arg(char *args, char **param, char **value)
{
	char *to;
	bool quoted = false;

	args = skip_spaces(args);
	if (!*args)
		return NULL;
	*param = to = args;
	*value = NULL;
	for (; *args && (quoted || !strchr(" \t\n", *args)); args++) {
		if (*args == '"') {
			quoted = !quoted;
		} else if (*args == '=' && !*value) {
			*to++ = '\0';
			*value = to;
		} else {
			*to++ = *args;
		}
	}
	if (*args)
		args++;
	*to = '\0';
	return args;
}

int set_module_params(void *get_info, char *args)
{
	char *param, *value;

	while ((args = next_arg(args, &param, &value)) != NULL) {
		int err = set_module_param(get_info, param, value);

		if (err == -ENOENT)
			pr_err("unknown parameter '%s'\n", param);
		else if (err == -ENOSPC)
			pr_err("'%s' too large for parameter '%s'\n", value ? value : "", param);
		else if (err)
			pr_err("'%s' invalid for parameter '%s'\n", value ? value : "", param);
		if (err)
			return err;
	}
	return 0;
}
