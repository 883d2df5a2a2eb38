// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel's crypto/pcrypt.c finds around it: a crypto API with one cipher, an exclusive-or
 * that is finished at once or later, and a user of it. Compiled together with pcrypt.c, of which
 * there is no copy here, into one module:
 *
 *	padata cc -o pcrypt.so -Icompat-tests/c/stubs .../pcrypt.c compat-tests/c/stubs/crypto.c
 *
 *	pcrypt: registered
 *	pcrypt: encrypt: 200 requests, 200 in order, 0 errors
 *	pcrypt: decrypt: 200 requests, 200 in order, 0 errors
 *	pcrypt: text restored
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <crypto/internal/aead.h>
#include <linux/bottom_half.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#define TRANSFORMS 2
#define REQUESTS 200
#define TEXT 32

struct scatterlist {
	u8 data[TEXT];
};

/* What the cipher keeps with a request, behind it. */
struct xor_request {
	struct delayed_work dwork;
	struct aead_request *req;
};

struct xor_key {
	u8 byte;
};

struct user {
	struct crypto_aead *tfm;
	int expected;
};

struct packet {
	struct user *user;
	int nr;
	struct scatterlist text;
	struct aead_request req;
};

static struct crypto_template *template;
static struct aead_instance *instance;
static struct task_struct *thread;
static struct user users[TRANSFORMS];
static struct packet *packets[REQUESTS];
static atomic_t pending, in_order, errors;
static DECLARE_COMPLETION(all_done);

static void xor_text(struct aead_request *req)
{
	struct xor_key *key = crypto_aead_ctx(crypto_aead_reqtfm(req));
	unsigned int i;

	for (i = 0; i < req->cryptlen; i++)
		req->dst->data[i] = req->src->data[i] ^ key->byte;
}

static void xor_later(struct work_struct *work)
{
	struct xor_request *xor = container_of(to_delayed_work(work), struct xor_request, dwork);
	struct aead_request *req = xor->req;

	xor_text(req);
	local_bh_disable();
	aead_request_complete(req, 0);
	local_bh_enable();
}

/* Every second one as an accelerator does it. */
static int xor_crypt(struct aead_request *req)
{
	static atomic_t count = ATOMIC_INIT(0);
	struct xor_request *xor = aead_request_ctx(req);
	int n = atomic_inc_return(&count);

	if (n % 2) {
		xor_text(req);
		return 0;
	}
	xor->req = req;
	INIT_DELAYED_WORK(&xor->dwork, xor_later);
	schedule_delayed_work(&xor->dwork, n * 3 % 7);
	return -EINPROGRESS;
}

static int xor_setkey(struct crypto_aead *tfm, const u8 *key, unsigned int keylen)
{
	struct xor_key *ctx = crypto_aead_ctx(tfm);

	if (keylen != 1)
		return -EINVAL;
	ctx->byte = key[0];
	return 0;
}

static struct aead_alg xor_alg = {
	.setkey = xor_setkey,
	.encrypt = xor_crypt,
	.decrypt = xor_crypt,
	.maxauthsize = 0,
	.base = {
		.cra_name = "xor",
		.cra_driver_name = "xor",
		.cra_ctxsize = sizeof(struct xor_key),
		.cra_priority = 1,
	},
};

static struct crypto_aead *alloc_aead(struct aead_alg *alg)
{
	struct crypto_aead *tfm = kzalloc(sizeof(*tfm) + alg->base.cra_ctxsize, GFP_KERNEL);
	int err;

	if (!tfm)
		return ERR_PTR(-ENOMEM);
	tfm->base.alg = &alg->base;
	err = alg->init ? alg->init(tfm) : 0;
	if (err) {
		kfree(tfm);
		return ERR_PTR(err);
	}
	return tfm;
}

int crypto_aead_setkey(struct crypto_aead *tfm, const u8 *key, unsigned int keylen)
{
	return crypto_aead_alg(tfm)->setkey(tfm, key, keylen);
}

int crypto_aead_setauthsize(struct crypto_aead *tfm, unsigned int authsize)
{
	tfm->authsize = authsize;
	return 0;
}

void crypto_free_aead(struct crypto_aead *tfm)
{
	struct aead_alg *alg = crypto_aead_alg(tfm);

	if (alg->exit)
		alg->exit(tfm);
	kfree(tfm);
}

int crypto_grab_aead(struct crypto_aead_spawn *spawn, const char *name, u32 type, u32 mask)
{
	if (strcmp(name, xor_alg.base.cra_name))
		return -ENOENT;
	spawn->base.alg = &xor_alg.base;
	spawn->base.mask = mask | type;
	return 0;
}

void crypto_drop_aead(struct crypto_aead_spawn *spawn)
{
	spawn->base.alg = NULL;
}

struct crypto_aead *crypto_spawn_aead(struct crypto_aead_spawn *spawn)
{
	struct crypto_aead *tfm = alloc_aead(crypto_spawn_aead_alg(spawn));

	if (!IS_ERR(tfm))
		crypto_aead_set_reqsize(tfm, sizeof(struct xor_request));
	return tfm;
}

int aead_register_instance(struct crypto_template *tmpl, struct aead_instance *inst)
{
	inst->s.base.tmpl = tmpl;
	instance = inst;
	pr_info("registered\n");
	return 0;
}

struct crypto_attr_type *crypto_get_attr_type(struct rtattr **tb)
{
	static struct crypto_attr_type aead = { .type = CRYPTO_ALG_TYPE_AEAD,
						.mask = CRYPTO_ALG_TYPE_MASK };

	return tb ? &aead : ERR_PTR(-ENOENT);
}

const char *crypto_attr_alg_name(struct rtattr *rta)
{
	return rta ? ERR_PTR(-EINVAL) : xor_alg.base.cra_name;
}

/* Of one transform, requests come back in order. */
static void packet_done(struct crypto_async_request *areq, int err)
{
	struct packet *packet = areq->data;

	if (err)
		atomic_inc(&errors);
	if (packet->user->expected++ == packet->nr / TRANSFORMS)
		atomic_inc(&in_order);
	if (atomic_dec_and_test(&pending))
		complete(&all_done);
}

static void crypt_all(const char *name, int (*crypt)(struct aead_request *req))
{
	int i, err;

	reinit_completion(&all_done);
	atomic_set(&pending, REQUESTS);
	atomic_set(&in_order, 0);
	for (i = 0; i < TRANSFORMS; i++)
		users[i].expected = 0;
	for (i = 0; i < REQUESTS; i++) {
		struct aead_request *req = &packets[i]->req;

		aead_request_set_tfm(req, packets[i]->user->tfm);
		aead_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP, packet_done, packets[i]);
		aead_request_set_crypt(req, &packets[i]->text, &packets[i]->text, TEXT, NULL);
		aead_request_set_ad(req, 0);
		err = crypt(req);
		if (err != -EINPROGRESS)
			packet_done(&req->base, err);
	}
	wait_for_completion(&all_done);
	pr_info("%s: %d requests, %d in order, %d errors\n", name, REQUESTS, atomic_read(&in_order),
		atomic_read(&errors));
}

static int alloc_users(void)
{
	int i, j;

	for (i = 0; i < TRANSFORMS; i++) {
		u8 key = 0x55 + i;

		users[i].tfm = alloc_aead(&instance->alg);
		if (IS_ERR(users[i].tfm))
			return PTR_ERR(users[i].tfm);
		crypto_aead_alg(users[i].tfm)->setkey(users[i].tfm, &key, 1);
	}
	for (i = 0; i < REQUESTS; i++) {
		struct user *user = &users[i % TRANSFORMS];

		packets[i] =
			kzalloc(sizeof(*packets[i]) + crypto_aead_reqsize(user->tfm), GFP_KERNEL);
		if (!packets[i])
			return -ENOMEM;
		packets[i]->user = user;
		packets[i]->nr = i;
		for (j = 0; j < TEXT; j++)
			packets[i]->text.data[j] = i * j;
	}
	return 0;
}

static void free_users(void)
{
	int i;

	for (i = 0; i < REQUESTS; i++)
		kfree(packets[i]);
	for (i = 0; i < TRANSFORMS; i++)
		if (!IS_ERR_OR_NULL(users[i].tfm))
			crypto_free_aead(users[i].tfm);
}

static bool is_restored(void)
{
	int i, j;

	for (i = 0; i < REQUESTS; i++)
		for (j = 0; j < TEXT; j++)
			if (packets[i]->text.data[j] != (u8)(i * j))
				return false;
	return true;
}

static int use(void *unused)
{
	struct rtattr *tb[2] = { NULL, NULL };
	int err = template->create(template, tb);

	if (!err)
		err = alloc_users();
	if (err) {
		pr_err("no transforms: %d\n", err);
	} else {
		crypt_all("encrypt", crypto_aead_encrypt);
		crypt_all("decrypt", crypto_aead_decrypt);
		pr_info("text %s\n", is_restored() ? "restored" : "NOT restored");
	}
	orderly_poweroff(false);
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

int crypto_register_template(struct crypto_template *tmpl)
{
	template = tmpl;
	thread = kthread_run(use, NULL, "crypto_user");
	return PTR_ERR_OR_ZERO(thread);
}

void crypto_unregister_template(struct crypto_template *tmpl)
{
	kthread_stop(thread);
	/* The last xor_later() may still be on its way out. */
	flush_scheduled_work();
	free_users();
	if (instance)
		instance->free(instance);
	WARN_ON(tmpl != template);
}
