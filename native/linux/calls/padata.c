// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/padata.h>: the calls into lib/padata/v4.18/padata.ts. An object outside of the machine's
// memory has a shadow while it is in flight.
#include <linux/errno.h>
#include <linux/padata.h>
#include <linux/slab.h>

#include "modules.h"
#include "runtime.h"
#include "sanitizer.h"
#include "shadow.h"

/* A mask as the TypeScript kernel can read it. */
struct mask {
	const struct cpumask *at;
	void *copy;
};

static bool mask_in(struct mask *mask, const struct cpumask *from)
{
	*mask = (struct mask){ from, NULL };
	if (from == NULL || in_memory(from))
		return true;
	mask->at = mask->copy = kmalloc(cpumask_size(), GFP_KERNEL);
	if (mask->copy == NULL)
		return false;
	cpumask_copy(mask->copy, from);
	return true;
}

EXPORT_C struct padata_instance *padata_alloc(struct workqueue_struct *wq,
					      const struct cpumask *pcpumask,
					      const struct cpumask *cbcpumask)
{
	struct mask p = { 0 }, cb = { 0 };
	long pinst = 0;

	if (!may_sleep("padata_alloc"))
		return NULL;
	if (mask_in(&p, pcpumask) && mask_in(&cb, cbcpumask))
		pinst = call_js(JS_padata_alloc, "ppp", wq, p.at, cb.at);
	kfree(p.copy);
	kfree(cb.copy);
	return pointer_to(pinst);
}

EXPORT_C struct padata_instance *padata_alloc_possible(struct workqueue_struct *wq)
{
	if (!may_sleep("padata_alloc_possible"))
		return NULL;
	return pointer_to(call_js(JS_padata_alloc_possible, "p", wq));
}

EXPORT_C void padata_free(struct padata_instance *pinst)
{
	if (may_sleep("padata_free"))
		call_js(JS_padata_free, "p", pinst);
}

EXPORT_C int padata_start(struct padata_instance *pinst)
{
	if (!may_sleep("padata_start"))
		return -EDEADLK;
	return (int)call_js(JS_padata_start, "p", pinst);
}

EXPORT_C void padata_stop(struct padata_instance *pinst)
{
	if (may_sleep("padata_stop"))
		call_js(JS_padata_stop, "p", pinst);
}

static void parallel_of_object(struct padata_priv *shadow)
{
	struct padata_priv *padata = shadow_object(shadow);

	padata->cb_cpu = shadow->cb_cpu;
	padata->cpu = shadow->cpu;
	padata->seq_nr = shadow->seq_nr;
	san_acquire(padata);
	note_callback((void *)padata->parallel);
	padata->parallel(padata);
}

static void serial_of_object(struct padata_priv *shadow)
{
	struct padata_priv *padata = shadow_object(shadow);

	// Before the call: the client may free the object there, or submit it again.
	void (*serial)(struct padata_priv *) = padata->serial;

	// Of an object whose parallel() could not be called.
	if (shadow->info != 0)
		padata->info = shadow->info;
	shadow_free(shadow);
	san_acquire(padata);
	note_callback((void *)serial);
	serial(padata);
	module_job_ends((void *)serial);
}

EXPORT_C int padata_do_parallel(struct padata_instance *pinst, struct padata_priv *padata,
				int cb_cpu)
{
	bool made = false;
	struct padata_priv *object = shadow_make(SHADOW_PADATA, padata, sizeof(*padata), &made);
	int err;

	if (object == NULL && padata != NULL)
		return -ENOMEM;
	if (made) {
		// What cannot be called is left to the TypeScript kernel, which reports it.
		object->parallel = is_callable((void *)padata->parallel) ? parallel_of_object :
									   padata->parallel;
		object->serial = is_callable((void *)padata->serial) ? serial_of_object :
								       padata->serial;
	}
	san_release(padata);
	san_release(object);
	// Before the call: behind it the object may be gone.
	void (*serial)(struct padata_priv *) = padata != NULL ? padata->serial : NULL;
	module_job_begins((void *)serial);
	err = (int)call_js(JS_padata_do_parallel, "ppn", pinst, object, (long)cb_cpu);
	if (err != 0)
		module_job_ends((void *)serial);
	if (err != 0 && made)
		shadow_free(object);
	return err;
}

EXPORT_C void padata_do_serial(struct padata_priv *padata)
{
	struct padata_priv *object = shadow_find(SHADOW_PADATA, padata);

	if (object == NULL) {
		kernel_misuse("padata_do_serial: object %p is not outstanding", (void *)padata);
		return;
	}
	san_release(padata);
	san_release(object);
	if (!defer_serial(object))
		call_js(JS_padata_do_serial, "p", object);
}

EXPORT_C int padata_set_cpumasks(struct padata_instance *pinst, cpumask_var_t pcpumask,
				 cpumask_var_t cbcpumask)
{
	struct mask p = { 0 }, cb = { 0 };
	int err = -ENOMEM;

	if (!may_sleep("padata_set_cpumasks"))
		return -EDEADLK;
	if (mask_in(&p, pcpumask) && mask_in(&cb, cbcpumask))
		err = (int)call_js(JS_padata_set_cpumasks, "ppp", pinst, p.at, cb.at);
	kfree(p.copy);
	kfree(cb.copy);
	return err;
}

EXPORT_C int padata_set_cpumask(struct padata_instance *pinst, int cpumask_type,
				cpumask_var_t cpumask)
{
	struct mask mask;
	int err = -ENOMEM;

	if (!may_sleep("padata_set_cpumask"))
		return -EDEADLK;
	if (mask_in(&mask, cpumask))
		err = (int)call_js(JS_padata_set_cpumask, "pnp", pinst, (long)cpumask_type,
				   mask.at);
	kfree(mask.copy);
	return err;
}

EXPORT_C int padata_add_cpu(struct padata_instance *pinst, int cpu, int mask)
{
	if (!may_sleep("padata_add_cpu"))
		return -EDEADLK;
	return (int)call_js(JS_padata_add_cpu, "pnn", pinst, (long)cpu, (long)mask);
}

EXPORT_C int padata_remove_cpu(struct padata_instance *pinst, int cpu, int mask)
{
	if (!may_sleep("padata_remove_cpu"))
		return -EDEADLK;
	return (int)call_js(JS_padata_remove_cpu, "pnn", pinst, (long)cpu, (long)mask);
}

static int call_of_block(struct notifier_block *shadow, unsigned long action, void *data)
{
	struct notifier_block *nb = shadow_object(shadow);

	note_callback((void *)nb->notifier_call);
	return nb->notifier_call(nb, action, data);
}

EXPORT_C int padata_register_cpumask_notifier(struct padata_instance *pinst,
					      struct notifier_block *nblock)
{
	bool made = false;
	struct notifier_block *nb;
	int err;

	if (!may_sleep("padata_register_cpumask_notifier"))
		return -EDEADLK;
	nb = shadow_make(SHADOW_NOTIFIER, nblock, sizeof(*nb), &made);
	if (nb == NULL)
		return nblock == NULL ? -EINVAL : -ENOMEM;
	if (made) {
		nb->notifier_call = call_of_block;
		nb->priority = nblock->priority;
	}
	err = (int)call_js(JS_padata_register_cpumask_notifier, "pp", pinst, nb);
	if (err != 0 && made)
		shadow_free(nb);
	return err;
}

EXPORT_C int padata_unregister_cpumask_notifier(struct padata_instance *pinst,
						struct notifier_block *nblock)
{
	struct notifier_block *nb;
	int err;

	if (!may_sleep("padata_unregister_cpumask_notifier"))
		return -EDEADLK;
	nb = shadow_find(SHADOW_NOTIFIER, nblock);
	if (nb == NULL)
		return -ENOENT;
	err = (int)call_js(JS_padata_unregister_cpumask_notifier, "pp", pinst, nb);
	if (err == 0 && nb != nblock)
		shadow_free(nb);
	return err;
}
