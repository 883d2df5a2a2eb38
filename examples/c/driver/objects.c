// SPDX-License-Identifier: GPL-2.0-only
//
// The objects that are submitted, and what has been seen of them.
#include "driver.h"

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

// Whoever has held pd->lock while a padata_do_serial() gave up at it looks again afterwards, as
// padata does since 5.4.
static bool look_again;
module_param(look_again, bool, 0444);
MODULE_PARM_DESC(look_again,
		 "release_missed: the holder of the lock looks for objects when it has unlocked");

enum { OBJECTS_MAX = 1 << 16, FILL = 0x5a };
enum mode { SYNC, HOLD, SLOW, TWICE };
enum state { QUEUED, HELD, RELEASED, DONE };

struct object {
	struct padata_priv padata;
	int id, mode, rc, cb, cpu;
	int par_cpu, par_count, ser_cpu, ser_count, bh_on;
	bool info_changed;
	int state;
};

struct serial_call {
	int cpu, id;
};

static struct object **objects;
static int nr_objects;
// What `reset` has made nameless; it may be in flight still. Those that are left at the end too.
static struct object **forgotten;
static int nr_forgotten;
// The calls of serial(), in their order.
static struct serial_call *serials;
static atomic_t nr_serials;

static void seen(struct object *o, int *cpu, int *count)
{
	*cpu = smp_processor_id();
	++*count;
	if (!in_softirq())
		o->bh_on++;
}

static void object_parallel(struct padata_priv *padata)
{
	struct object *o = container_of(padata, struct object, padata);

	o->cpu = padata->cpu;
	seen(o, &o->par_cpu, &o->par_count);
	if (o->mode == HOLD) {
		// Pairs with objects_held(): the driver may release it from now on.
		smp_store_release(&o->state, HELD);
		return;
	}
	if (o->mode == SLOW)
		mdelay(3);
	o->state = RELEASED;
	padata_do_serial(padata);
	if (o->mode == TWICE)
		padata_do_serial(padata);
}

static void object_serial(struct padata_priv *padata)
{
	struct object *o = container_of(padata, struct object, padata);
	int info, n = atomic_inc_return(&nr_serials) - 1;

	seen(o, &o->ser_cpu, &o->ser_count);
	memset(&info, FILL, sizeof(info));
	if (padata->info != info)
		o->info_changed = true;
	if (n < OBJECTS_MAX)
		serials[n] = (struct serial_call){ smp_processor_id(), o->id };
	smp_store_release(&o->state, DONE);
}

static void probe_called(struct padata_priv *padata)
{
	pr_warn("padata_driver: an object of a notifier was accepted\n");
}

/* An object that shall be refused. */
void prepare_probe(struct padata_priv *probe)
{
	probe->parallel = probe_called;
	probe->serial = probe_called;
}

static bool is_held(struct object *o)
{
	return smp_load_acquire(&o->state) == HELD;
}

int objects_held(void)
{
	int i, n = 0;

	for (i = 0; i < nr_objects; i++)
		n += is_held(objects[i]);
	for (i = 0; i < nr_forgotten; i++)
		n += is_held(forgotten[i]);
	return n;
}

bool held_objects_are_waited_for(void)
{
	int i;

	for (i = 0; i < nr_objects; i++)
		if (is_held(objects[i]) && pd_is_waited_for(objects[i]->padata.pd))
			return true;
	return false;
}

static int submit_one(int cb, enum mode mode)
{
	struct object *o = kmalloc(sizeof(*o), GFP_KERNEL);

	if (!o)
		return -ENOMEM;
	memset(o, 0, sizeof(*o));
	// padata needs no more than the two functions.
	memset(&o->padata, FILL, sizeof(o->padata));
	o->padata.parallel = object_parallel;
	o->padata.serial = object_serial;
	o->id = nr_objects;
	o->mode = mode;
	o->cb = cb;
	o->cpu = -1;
	objects[nr_objects++] = o;
	o->rc = padata_do_parallel(pinst, &o->padata, cb);
	if (o->rc == 0)
		o->cpu = o->padata.cpu;
	return o->rc;
}

int cmd_submit(const struct command *c)
{
	static const char *const modes[] = { "sync", "hold", "slow", "twice" };
	int count, cb = 0, mode, i, ok = 0, einval = 0, ebusy = 0, rc = 0, first = nr_objects;
	bool rr = c->argc > 2 && !strcmp(c->argv[2], "rr");
	char text[64] = "";
	size_t length = 0;

	if (c->argc != 4 || number_in(c, 1, &count) || (!rr && number_in(c, 2, &cb)))
		return -EINVAL;
	mode = match_string(modes, ARRAY_SIZE(modes), c->argv[3]);
	if (mode < 0 || count < 1)
		return -EINVAL;
	if (count > OBJECTS_MAX - nr_objects)
		return -ENOSPC;
	for (i = 0; i < count; i++) {
		rc = submit_one(rr ? (int)(i % nr_cpu_ids) : cb, mode);
		if (rc == -ENOMEM)
			return rc;
		ok += rc == 0;
		einval += rc == -EINVAL;
		ebusy += rc == -EBUSY;
	}
	if (count == 1) {
		answer(c, "%s ids=%d", error_name(rc, text, sizeof(text)), first);
		return 0;
	}
	if (einval)
		length += scnprintf(text + length, sizeof(text) - length, " -EINVAL=%d", einval);
	if (ebusy)
		scnprintf(text + length, sizeof(text) - length, " -EBUSY=%d", ebusy);
	answer(c, "ok=%d%s ids=%d-%d", ok, text, first, first + count - 1);
	return 0;
}

/* padata_do_serial(), as somebody does who finishes an object later. */
static long do_serial(void *data)
{
	struct object *o = data;

	local_bh_disable();
	o->state = RELEASED;
	padata_do_serial(&o->padata);
	local_bh_enable();
	return 0;
}

static long do_serial_again(void *data)
{
	struct object *o = data;

	local_bh_disable();
	padata_do_serial(&o->padata);
	local_bh_enable();
	return 0;
}

static long do_serial_missed(void *data)
{
	struct object *o = data;
	struct parallel_data *pd = o->padata.pd;
	int cpu = o->cpu;

	local_bh_disable();
	spin_lock_bh(&pd->lock);
	o->state = RELEASED;
	padata_do_serial(&o->padata);
	spin_unlock_bh(&pd->lock);
	if (look_again)
		queue_work_on(cpu, pd->pinst->wq, &per_cpu_ptr(pd->pqueue, cpu)->reorder_work);
	local_bh_enable();
	return 0;
}

/* On which CPU it is finished, or -EINVAL. */
static int release_cpu(const char *where, int own)
{
	int cpu;

	if (!strcmp(where, "own"))
		return own;
	if (!strcmp(where, "other")) {
		cpu = cpumask_next(own, cpu_online_mask);
		return cpu < (int)nr_cpu_ids ? cpu : (int)cpumask_first(cpu_online_mask);
	}
	return sscanf(where, "cpu%d", &cpu) == 1 ? cpu : -EINVAL;
}

static int release(struct object *o, const char *where, long (*fn)(void *))
{
	if (!is_held(o))
		return 0;
	work_on_cpu(release_cpu(where, o->cpu), fn, o);
	return 1;
}

/* The ids from A up to before B. */
static int range_in(const struct command *c, int *a, int *b)
{
	*a = 0;
	*b = nr_objects;
	if ((c->argc > 1 && number_in(c, 1, a)) || (c->argc > 2 && number_in(c, 2, b)))
		return -EINVAL;
	*b = min(*b, nr_objects);
	*a = max(*a, 0);
	return 0;
}

int cmd_release(const struct command *c)
{
	const char *order = c->argc > 3 ? c->argv[3] : "fwd",
		   *where = c->argc > 4 ? c->argv[4] : "own";
	int a, b, n, i, m = 0, r = 0, released = 0;
	bool mod;

	if (c->argc < 3 || range_in(c, &a, &b) || release_cpu(where, 0) < 0)
		return -EINVAL;
	mod = sscanf(order, "mod:%d:%d", &m, &r) == 2 && m > 0;
	if (!mod && strcmp(order, "fwd") && strcmp(order, "rev") && strcmp(order, "scramble"))
		return -EINVAL;
	n = b - a;
	for (i = 0; i < n; i++) {
		int at = a + i;

		if (order[0] == 'r')
			at = b - 1 - i;
		else if (order[0] == 's')
			at = a + (int)(((u64)i * 7919 + 13) % n);
		if (!mod || at % m == r)
			released += release(objects[at], where, do_serial);
	}
	answer(c, "released=%d", released);
	return 0;
}

int cmd_release_missed(const struct command *c)
{
	int a, b, i, released = 0;

	if (c->argc < 3 || range_in(c, &a, &b))
		return -EINVAL;
	for (i = a; i < b; i++)
		released += release(objects[i], "own", do_serial_missed);
	answer(c, "released=%d", released);
	return 0;
}

int cmd_again(const struct command *c)
{
	int id;

	if (number_in(c, 1, &id) || id < 0 || id >= nr_objects)
		return -EINVAL;
	work_on_cpu(objects[id]->cpu, do_serial_again, objects[id]);
	answer(c, "done");
	return 0;
}

void release_everything(void)
{
	int i;

	for (i = 0; i < nr_objects; i++)
		release(objects[i], "own", do_serial);
	for (i = 0; i < nr_forgotten; i++)
		release(forgotten[i], "own", do_serial);
}

int cmd_reset(const struct command *c)
{
	if (nr_objects > OBJECTS_MAX - nr_forgotten)
		return -ENOSPC;
	memcpy(forgotten + nr_forgotten, objects, nr_objects * sizeof(*objects));
	nr_forgotten += nr_objects;
	nr_objects = 0;
	atomic_set(&nr_serials, 0);
	answer(c, "0");
	return 0;
}

static const char *where_it_ran(int count, int cpu, int wanted, const char *name)
{
	return count == 0 ? "-" : cpu == wanted ? name : "other";
}

static void print_object(const struct object *o)
{
	static const char *const states[] = { "queued", "held", "released", "done" };
	char text[16];

	say("| obj %d: rc=%s cb=%d", o->id, error_name(o->rc, text, sizeof(text)), o->cb);
	if (o->rc == 0)
		say(" cpu=%d par=%s ser=%s state=%s%s", o->cpu,
		    where_it_ran(o->par_count, o->par_cpu, o->cpu, "own"),
		    where_it_ran(o->ser_count, o->ser_cpu, o->cb, "cb"), states[o->state],
		    o->par_count > 1 || o->ser_count > 1 ? " REPEATED" : "");
	say("\n");
}

int cmd_trace(const struct command *c)
{
	int a, b, i, n = min(atomic_read(&nr_serials), (int)OBJECTS_MAX);
	unsigned int cpu;

	if (range_in(c, &a, &b))
		return -EINVAL;
	answer(c, "objects=%d", max(b - a, 0));
	for (i = a; i < b; i++)
		print_object(objects[i]);
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		bool any = false;

		for (i = 0; i < n; i++) {
			if (serials[i].cpu != (int)cpu || serials[i].id < a || serials[i].id >= b)
				continue;
			if (!any)
				say("| serial cb=%u:", cpu);
			any = true;
			say(" %d", serials[i].id);
		}
		if (any)
			say("\n");
	}
	return 0;
}

/* How often an id on a callback CPU is below the one before. */
static int descents(void)
{
	int *last = kmalloc_array(nr_cpu_ids, sizeof(*last), GFP_KERNEL);
	int i, n = 0, calls = min(atomic_read(&nr_serials), (int)OBJECTS_MAX);

	if (!last)
		return -ENOMEM;
	memset(last, 0xff, nr_cpu_ids * sizeof(*last));
	for (i = 0; i < calls; i++) {
		n += serials[i].id < last[serials[i].cpu];
		last[serials[i].cpu] = serials[i].id;
	}
	kfree(last);
	return n;
}

int cmd_summary(const struct command *c)
{
	int accepted = 0, einval = 0, ebusy = 0, done = 0, held = 0, par_elsewhere = 0,
	    ser_elsewhere = 0, repeated = 0, bh_on = 0, changed = 0;
	char *per_cpu = kmalloc(PAGE_SIZE, GFP_KERNEL);
	int i, length = 0;
	unsigned int cpu;

	if (!per_cpu)
		return -ENOMEM;
	for (i = 0; i < nr_objects; i++) {
		const struct object *o = objects[i];

		einval += o->rc == -EINVAL;
		ebusy += o->rc == -EBUSY;
		if (o->rc)
			continue;
		accepted++;
		done += o->state == DONE;
		held += o->state == HELD;
		par_elsewhere += o->par_count > 0 && o->par_cpu != o->cpu;
		ser_elsewhere += o->ser_count > 0 && o->ser_cpu != o->cb;
		repeated += o->par_count > 1 || o->ser_count > 1;
		bh_on += o->bh_on;
		changed += o->info_changed;
	}
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		int n = 0;

		for (i = 0; i < nr_objects; i++)
			n += objects[i]->rc == 0 && objects[i]->cpu == (int)cpu;
		length += scnprintf(per_cpu + length, PAGE_SIZE - length, ",%d", n);
	}
	answer(c,
	       "objects=%d accepted=%d einval=%d ebusy=%d "
	       "done=%d held=%d par_elsewhere=%d ser_elsewhere=%d repeated=%d bh_on=%d "
	       "descents=%d info_changed=%d per_cpu=%s",
	       nr_objects, accepted, einval, ebusy, done, held, par_elsewhere, ser_elsewhere,
	       repeated, bh_on, descents(), changed, per_cpu + 1);
	kfree(per_cpu);
	return 0;
}

int objects_init(void)
{
	nr_objects = nr_forgotten = 0;
	atomic_set(&nr_serials, 0);
	objects = vmalloc(OBJECTS_MAX * sizeof(*objects));
	forgotten = vmalloc(OBJECTS_MAX * sizeof(*forgotten));
	serials = vmalloc(OBJECTS_MAX * sizeof(*serials));
	return objects && forgotten && serials ? 0 : -ENOMEM;
}

void objects_exit(void)
{
	int i;

	for (i = 0; i < nr_objects; i++)
		kfree(objects[i]);
	for (i = 0; i < nr_forgotten; i++)
		kfree(forgotten[i]);
	vfree(objects);
	vfree(forgotten);
	vfree(serials);
	objects = forgotten = NULL;
	serials = NULL;
}
