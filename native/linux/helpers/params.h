/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Parameters of a module that is loaded, by name: dashes and underscores are the same. @get_info is
 * its padata_module_info().
 */
#pragma once

/*
 * @value: NULL if there is only a name. 0; -ENOENT: there is no such parameter; what its type says
 * of the value: -EINVAL, -ERANGE, -ENOSPC
 */
int set_module_param(void *get_info, const char *name, const char *value);

/* Into a page of 4096 bytes. The length, or a negative errno. */
int get_module_param(void *get_info, const char *name, char *page);

/*
 * A command line: name=value or name, separated by spaces. It is written over. What is wrong is on
 * the kernel log.
 */
int set_module_params(void *get_info, char *args);

/* The module goes: so do the texts that its parameters have been given. */
void free_module_params(void *get_info);
