/* SPDX-License-Identifier: GPL-2.0-only
 *
 * stub: <crypto/internal/aead.h>: what algorithms and templates use.
 */
#ifndef PADATA_STUBS_CRYPTO_INTERNAL_AEAD_H
#define PADATA_STUBS_CRYPTO_INTERNAL_AEAD_H

#include <crypto/aead.h>
#include <crypto/algapi.h>

/*
 * An instance of a template, whose algorithm is the aead_alg: alg.base and inst.alg are the same
 * bytes.
 */
struct aead_instance {
	void (*free)(struct aead_instance *inst);
	union {
		struct {
			char head[offsetof(struct aead_alg, base)];
			struct crypto_instance base;
		} s;
		struct aead_alg alg;
	};
};

struct crypto_aead_spawn {
	struct crypto_spawn base;
};

int crypto_grab_aead(struct crypto_aead_spawn *spawn, const char *name, u32 type, u32 mask);
void crypto_drop_aead(struct crypto_aead_spawn *spawn);
struct crypto_aead *crypto_spawn_aead(struct crypto_aead_spawn *spawn);
int aead_register_instance(struct crypto_template *tmpl, struct aead_instance *inst);

static inline void *crypto_aead_ctx(struct crypto_aead *tfm)
{
	return tfm->base.ctx;
}

static inline struct crypto_instance *aead_crypto_instance(struct aead_instance *inst)
{
	return &inst->s.base;
}

static inline struct aead_instance *aead_alg_instance(struct crypto_aead *tfm)
{
	return container_of(crypto_aead_alg(tfm), struct aead_instance, alg);
}

static inline void *aead_instance_ctx(struct aead_instance *inst)
{
	return inst->s.base.ctx;
}

static inline void *aead_request_ctx(struct aead_request *req)
{
	return req->__ctx;
}

static inline u32 aead_request_flags(struct aead_request *req)
{
	return req->base.flags;
}

static inline void aead_request_complete(struct aead_request *req, int err)
{
	req->base.complete(&req->base, err);
}

static inline void crypto_aead_set_reqsize(struct crypto_aead *tfm, unsigned int reqsize)
{
	tfm->reqsize = reqsize;
}

static inline void crypto_set_aead_spawn(struct crypto_aead_spawn *spawn,
					 struct crypto_instance *inst)
{
	spawn->base.inst = inst;
}

static inline struct aead_alg *crypto_spawn_aead_alg(struct crypto_aead_spawn *spawn)
{
	return container_of(spawn->base.alg, struct aead_alg, base);
}

static inline unsigned int crypto_aead_alg_maxauthsize(struct aead_alg *alg)
{
	return alg->maxauthsize;
}

#endif
