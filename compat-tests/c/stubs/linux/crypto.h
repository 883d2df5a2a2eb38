/* SPDX-License-Identifier: GPL-2.0-only
 *
 * stub: <linux/crypto.h>, as much of the crypto API as a client of padata such as the kernel's
 * pcrypt asks for. What is only declared in these headers is defined by crypto.c.
 */
#ifndef PADATA_STUBS_LINUX_CRYPTO_H
#define PADATA_STUBS_LINUX_CRYPTO_H

#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#define CRYPTO_ALG_TYPE_MASK 0x0000000f
#define CRYPTO_ALG_TYPE_AEAD 0x00000003
#define CRYPTO_ALG_ASYNC 0x00000080

#define CRYPTO_TFM_REQ_MAY_SLEEP 0x00000200
#define CRYPTO_TFM_REQ_MAY_BACKLOG 0x00000400

#define CRYPTO_MAX_ALG_NAME 128

#ifndef MODULE_ALIAS_CRYPTO
#define MODULE_ALIAS_CRYPTO(name) MODULE_ALIAS("crypto-" name)
#endif

struct scatterlist;
struct crypto_async_request;
struct crypto_tfm;

typedef void (*crypto_completion_t)(struct crypto_async_request *req, int err);

struct crypto_async_request {
	struct list_head list;
	crypto_completion_t complete;
	void *data;
	struct crypto_tfm *tfm;
	u32 flags;
};

struct crypto_alg {
	struct list_head cra_list;
	u32 cra_flags;
	unsigned int cra_blocksize;
	unsigned int cra_ctxsize;
	unsigned int cra_alignmask;
	int cra_priority;
	char cra_name[CRYPTO_MAX_ALG_NAME];
	char cra_driver_name[CRYPTO_MAX_ALG_NAME];
	struct module *cra_module;
};

/* The context of its algorithm lies behind it. */
struct crypto_tfm {
	u32 crt_flags;
	struct crypto_alg *alg;
	void *ctx[] __aligned(16);
};

#endif
