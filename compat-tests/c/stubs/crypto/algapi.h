/* SPDX-License-Identifier: GPL-2.0-only
 *
 * stub: <crypto/algapi.h>: templates and their instances. There is one template, and crypto.c makes
 * an instance of it.
 */
#ifndef PADATA_STUBS_CRYPTO_ALGAPI_H
#define PADATA_STUBS_CRYPTO_ALGAPI_H

#include <linux/crypto.h>
#include <linux/list.h>

struct rtattr;
struct crypto_instance;

struct crypto_template {
	struct list_head list;
	struct module *module;
	int (*create)(struct crypto_template *tmpl, struct rtattr **tb);
	char name[CRYPTO_MAX_ALG_NAME];
};

/* The context of its template lies behind it. */
struct crypto_instance {
	struct crypto_alg alg;
	struct crypto_template *tmpl;
	void *ctx[] __aligned(16);
};

struct crypto_spawn {
	struct list_head list;
	struct crypto_alg *alg;
	struct crypto_instance *inst;
	u32 mask;
};

/* The type that the user of a template asks for. */
struct crypto_attr_type {
	u32 type;
	u32 mask;
};

int crypto_register_template(struct crypto_template *tmpl);
void crypto_unregister_template(struct crypto_template *tmpl);
struct crypto_attr_type *crypto_get_attr_type(struct rtattr **tb);
const char *crypto_attr_alg_name(struct rtattr *rta);

#endif
