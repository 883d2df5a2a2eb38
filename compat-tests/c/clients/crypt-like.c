// SPDX-License-Identifier: GPL-2.0-only
/*
 * A client built as the kernel's pcrypt is: an instance for encryption and one for decryption under
 * one kset, a mask of callback CPUs that a notifier keeps equal to the instance's, a callback CPU
 * chosen for each request, completion at once or later. The cipher is an exclusive-or; where pcrypt
 * is called by users of the crypto API, a kthread submits.
 *
 * The serial masks change in the middle of both runs; on a single CPU there is nothing to change.
 *
 *	crypt_like: pencrypt: 300 requests, 300 in order, 2 changes of the mask
 *	crypt_like: pdecrypt: 300 requests, 300 in order, 2 changes of the mask
 *	crypt_like: text restored
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/padata.h>
#include <linux/rcupdate.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#define TRANSFORMS 3
#define REQUESTS 300
#define TEXT 64

// A cpumask_var_t may be an array: for RCU it needs a struct around it.
struct callback_cpus {
	cpumask_var_t mask;
};

struct crypt_padata {
	struct padata_instance *pinst;
	struct workqueue_struct *wq;
	struct callback_cpus __rcu *cb_cpus;
	struct notifier_block nblock;
	atomic_t changes;
};

// What a user of the cipher has: a key, and the CPU that its answers come from.
struct transform {
	unsigned int cb_cpu;
	u8 key;
	int expected;
};

struct request {
	struct padata_priv padata;
	struct transform *tfm;
	struct timer_list timer;
	struct delayed_work dwork;
	int nr;
	u8 text[TEXT];
	void (*complete)(struct request *req, int err);
};

static struct crypt_padata pencrypt;
static struct crypt_padata pdecrypt;
static struct kset *crypt_kset;
static atomic_t tfm_count = ATOMIC_INIT(0);
static struct transform transforms[TRANSFORMS];
static struct request *requests[REQUESTS];
static struct task_struct *user;

static atomic_t pending;
static atomic_t in_order;
static DECLARE_COMPLETION(all_done);

static void cipher(struct request *req)
{
	int i;

	for (i = 0; i < TEXT; i++)
		req->text[i] ^= req->tfm->key + i;
}

// The cipher is a device's: it calls back later, from wherever.
static void cipher_done(struct request *req)
{
	cipher(req);
	req->padata.info = 0;
	padata_do_serial(&req->padata);
}

static void from_timer_irq(struct timer_list *t)
{
	struct request *req = from_timer(req, t, timer);

	cipher_done(req);
}

static void from_worker(struct work_struct *work)
{
	local_bh_disable();
	cipher_done(container_of(to_delayed_work(work), struct request, dwork));
	local_bh_enable();
}

static int crypt(struct request *req)
{
	switch (req->nr % 3) {
	case 0:
		cipher(req);
		return 0;
	case 1:
		mod_timer(&req->timer, jiffies + 1 + req->nr * 5 % 8);
		return -EINPROGRESS;
	default:
		schedule_delayed_work(&req->dwork, req->nr * 3 % 8);
		return -EINPROGRESS;
	}
}

static void crypt_parallel(struct padata_priv *padata)
{
	padata->info = crypt(container_of(padata, struct request, padata));
	if (padata->info == -EINPROGRESS)
		return;
	padata_do_serial(padata);
}

static void crypt_serial(struct padata_priv *padata)
{
	struct request *req = container_of(padata, struct request, padata);

	req->complete(req, padata->info);
}

// Answers come from the transform's CPU, if that may be one; if not, from one of those that may,
// which it then keeps.
static int choose_and_submit(struct request *req, struct crypt_padata *crypt)
{
	unsigned int cpu = req->tfm->cb_cpu, skip;
	struct callback_cpus *cb_cpus;

	rcu_read_lock_bh();
	cb_cpus = rcu_dereference_bh(crypt->cb_cpus);
	if (!cpumask_test_cpu(cpu, cb_cpus->mask) && cpumask_weight(cb_cpus->mask)) {
		skip = cpu % cpumask_weight(cb_cpus->mask);
		cpu = cpumask_first(cb_cpus->mask);
		while (skip--)
			cpu = cpumask_next(cpu, cb_cpus->mask);
		req->tfm->cb_cpu = cpu;
	}
	rcu_read_unlock_bh();
	return padata_do_parallel(crypt->pinst, &req->padata, cpu);
}

static int submit(struct request *req, struct crypt_padata *crypt)
{
	int err;

	memset(&req->padata, 0, sizeof(req->padata));
	req->padata.parallel = crypt_parallel;
	req->padata.serial = crypt_serial;
	err = choose_and_submit(req, crypt);
	return err ? err : -EINPROGRESS;
}

static int mask_changed(struct notifier_block *self, unsigned long val, void *data)
{
	struct crypt_padata *crypt = container_of(self, struct crypt_padata, nblock);
	struct padata_cpumask *cpumask = data;
	struct callback_cpus *new, *old;

	if (!(val & PADATA_CPU_SERIAL))
		return NOTIFY_DONE;
	new = kmalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	if (!alloc_cpumask_var(&new->mask, GFP_KERNEL)) {
		kfree(new);
		return -ENOMEM;
	}
	cpumask_copy(new->mask, cpumask->cbcpu);
	// Notifiers of one instance are called one at a time.
	old = rcu_dereference_protected(crypt->cb_cpus, 1);
	rcu_assign_pointer(crypt->cb_cpus, new);
	synchronize_rcu_bh();
	free_cpumask_var(old->mask);
	kfree(old);
	atomic_inc(&crypt->changes);
	return 0;
}

static int add_to_sysfs(struct padata_instance *pinst, const char *name)
{
	int err;

	pinst->kobj.kset = crypt_kset;
	err = kobject_add(&pinst->kobj, NULL, "%s", name);
	if (!err)
		kobject_uevent(&pinst->kobj, KOBJ_ADD);
	return err;
}

static int init_padata(struct crypt_padata *crypt, const char *name)
{
	struct callback_cpus *cb_cpus;
	int err = -ENOMEM;

	get_online_cpus();
	crypt->wq = alloc_workqueue("%s", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1, name);
	if (!crypt->wq)
		goto out;
	crypt->pinst = padata_alloc_possible(crypt->wq);
	if (!crypt->pinst)
		goto err_wq;
	cb_cpus = kmalloc(sizeof(*cb_cpus), GFP_KERNEL);
	if (!cb_cpus)
		goto err_padata;
	if (!alloc_cpumask_var(&cb_cpus->mask, GFP_KERNEL)) {
		kfree(cb_cpus);
		goto err_padata;
	}
	cpumask_and(cb_cpus->mask, cpu_possible_mask, cpu_online_mask);
	rcu_assign_pointer(crypt->cb_cpus, cb_cpus);
	crypt->nblock.notifier_call = mask_changed;
	err = padata_register_cpumask_notifier(crypt->pinst, &crypt->nblock);
	if (err)
		goto err_mask;
	err = add_to_sysfs(crypt->pinst, name);
	if (err)
		goto err_notifier;
	goto out;

err_notifier:
	padata_unregister_cpumask_notifier(crypt->pinst, &crypt->nblock);
err_mask:
	free_cpumask_var(cb_cpus->mask);
	kfree(cb_cpus);
err_padata:
	padata_free(crypt->pinst);
err_wq:
	destroy_workqueue(crypt->wq);
out:
	put_online_cpus();
	return err;
}

static void fini_padata(struct crypt_padata *crypt)
{
	struct callback_cpus *cb_cpus = rcu_dereference_protected(crypt->cb_cpus, 1);

	free_cpumask_var(cb_cpus->mask);
	kfree(cb_cpus);
	padata_stop(crypt->pinst);
	padata_unregister_cpumask_notifier(crypt->pinst, &crypt->nblock);
	destroy_workqueue(crypt->wq);
	padata_free(crypt->pinst);
}

// From serial(): the requests of one transform come back in order.
static void completed(struct request *req, int err)
{
	if (!err && req->tfm->expected == req->nr / TRANSFORMS)
		atomic_inc(&in_order);
	req->tfm->expected++;
	if (atomic_dec_and_test(&pending))
		complete(&all_done);
}

// The online CPUs, or the last one of them.
static int set_callback_cpus(struct padata_instance *pinst, bool all)
{
	cpumask_var_t mask;
	int err, cpu, last = 0;

	if (!zalloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	for_each_online_cpu(cpu)
		last = cpu;
	if (all)
		cpumask_copy(mask, cpu_online_mask);
	else
		cpumask_set_cpu(last, mask);
	err = padata_set_cpumask(pinst, PADATA_CPU_SERIAL, mask);
	free_cpumask_var(mask);
	return err;
}

static void init_transforms(void)
{
	int i, skip;

	for (i = 0; i < TRANSFORMS; i++) {
		skip = (unsigned int)atomic_inc_return(&tfm_count) %
		       cpumask_weight(cpu_online_mask);
		transforms[i].cb_cpu = cpumask_first(cpu_online_mask);
		while (skip--)
			transforms[i].cb_cpu = cpumask_next(transforms[i].cb_cpu, cpu_online_mask);
		transforms[i].key = 17 * i;
		transforms[i].expected = 0;
	}
}

static int all_requests(struct crypt_padata *crypt, const char *name)
{
	int i, err = 0;

	init_transforms();
	reinit_completion(&all_done);
	atomic_set(&pending, REQUESTS);
	atomic_set(&in_order, 0);
	for (i = 0; i < REQUESTS && !err; i++) {
		if (i == REQUESTS / 3)
			err = set_callback_cpus(crypt->pinst, false);
		else if (i == REQUESTS * 2 / 3)
			err = set_callback_cpus(crypt->pinst, true);
		if (err)
			break;
		err = submit(requests[i], crypt);
		if (err == -EINPROGRESS)
			err = 0;
	}
	if (err) {
		pr_err("%s: request %d: %d\n", name, i, err);
		return err;
	}
	wait_for_completion(&all_done);
	pr_info("%s: %d requests, %d in order, %d changes of the mask\n", name, REQUESTS,
		atomic_read(&in_order), atomic_read(&crypt->changes));
	return 0;
}

static bool is_plain(void)
{
	int i, j;

	for (i = 0; i < REQUESTS; i++)
		for (j = 0; j < TEXT; j++)
			if (requests[i]->text[j] != (u8)(i + j))
				return false;
	return true;
}

static int use(void *unused)
{
	if (all_requests(&pencrypt, "pencrypt") == 0 && all_requests(&pdecrypt, "pdecrypt") == 0)
		pr_info("text %s\n", is_plain() ? "restored" : "NOT restored");
	orderly_poweroff(false);
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static void free_requests(void)
{
	int i;

	for (i = 0; i < REQUESTS; i++) {
		if (!requests[i])
			continue;
		del_timer_sync(&requests[i]->timer);
		cancel_delayed_work_sync(&requests[i]->dwork);
		kfree(requests[i]);
	}
}

static int alloc_requests(void)
{
	int i, j;

	for (i = 0; i < REQUESTS; i++) {
		struct request *req = kzalloc(sizeof(*req), GFP_KERNEL);

		if (!req) {
			free_requests();
			return -ENOMEM;
		}
		requests[i] = req;
		req->nr = i;
		req->tfm = &transforms[i % TRANSFORMS];
		req->complete = completed;
		timer_setup(&req->timer, from_timer_irq, 0);
		INIT_DELAYED_WORK(&req->dwork, from_worker);
		for (j = 0; j < TEXT; j++)
			req->text[j] = i + j;
	}
	return 0;
}

static int __init crypt_init(void)
{
	int err = alloc_requests();

	if (err)
		return err;
	err = -ENOMEM;
	crypt_kset = kset_create_and_add("crypt_like", NULL, kernel_kobj);
	if (!crypt_kset)
		goto err_requests;
	err = init_padata(&pencrypt, "pencrypt");
	if (err)
		goto err_kset;
	err = init_padata(&pdecrypt, "pdecrypt");
	if (err)
		goto err_pencrypt;
	padata_start(pencrypt.pinst);
	padata_start(pdecrypt.pinst);
	user = kthread_run(use, NULL, "crypt_like");
	if (IS_ERR(user)) {
		err = PTR_ERR(user);
		goto err_pdecrypt;
	}
	return 0;

err_pdecrypt:
	fini_padata(&pdecrypt);
err_pencrypt:
	fini_padata(&pencrypt);
err_kset:
	kset_unregister(crypt_kset);
err_requests:
	free_requests();
	return err;
}

static void __exit crypt_exit(void)
{
	kthread_stop(user);
	fini_padata(&pencrypt);
	fini_padata(&pdecrypt);
	kset_unregister(crypt_kset);
	free_requests();
}

module_init(crypt_init);
module_exit(crypt_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A client of padata with the structure of pcrypt");
