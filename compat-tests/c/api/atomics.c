// SPDX-License-Identifier: GPL-2.0-only
//
// Atomics, reference counts, and module references.
#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/refcount.h>

#include "api.h"

static bool gone;

static void release(struct kref *kref)
{
	gone = true;
}

TEST(numbers, ALL)
{
	atomic_t a = ATOMIC_INIT(1);
	atomic64_t b = ATOMIC64_INIT(1);
	atomic_long_t c = ATOMIC_LONG_INIT(5);

	atomic_inc(&a);
	CHECK(atomic_add_return(3, &a) == 5 && atomic_sub_and_test(5, &a) &&
	      atomic_fetch_or(6, &a) == 0 && atomic_xchg(&a, 9) == 6);
	CHECK(atomic_cmpxchg(&a, 9, 1) == 9 && atomic_add_unless(&a, 1, 5) &&
	      !atomic_add_unless(&a, 1, 2) && atomic_read(&a) == 2);
	CHECK(!atomic_dec_and_test(&a) && atomic_dec_and_test(&a) && !atomic_inc_not_zero(&a) &&
	      atomic_inc_return(&a) == 1);
	CHECK(atomic64_add_return(1ll << 40, &b) == (1ll << 40) + 1 &&
	      atomic_long_dec_return(&c) == 4);
}

TEST(references, ALL)
{
	refcount_t count = REFCOUNT_INIT(1);
	struct kref kref;

	refcount_inc(&count);
	CHECK(refcount_read(&count) == 2 && !refcount_dec_and_test(&count) &&
	      refcount_dec_and_test(&count) && !refcount_inc_not_zero(&count));
	gone = false;
	kref_init(&kref);
	kref_get(&kref);
	CHECK(kref_put(&kref, release) == 0 && !gone && kref_put(&kref, release) == 1 && gone &&
	      !kref_get_unless_zero(&kref));
}

TEST(modules, ALL)
{
	CHECK(THIS_MODULE == &__this_module && strcmp(module_name(THIS_MODULE), "api") == 0 &&
	      padata_module_info()->module == THIS_MODULE);
	CHECK(try_module_get(THIS_MODULE) && module_refcount(THIS_MODULE) == 1);
	module_put(THIS_MODULE);
	__module_get(THIS_MODULE);
	module_put(THIS_MODULE);
	CHECK(module_refcount(THIS_MODULE) == 0 && module_is_live(THIS_MODULE));
}
