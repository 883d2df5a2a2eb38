// SPDX-License-Identifier: GPL-2.0-only
//
// CPU masks, functions on other CPUs, CPUs going up and down.
#include <linux/cpuhotplug.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "api.h"

TEST(masks, ALL)
{
	cpumask_var_t a, b;
	int cpu, n = 0;
	char *page = kmalloc(PAGE_SIZE, GFP_ATOMIC);

	CHECK(page != NULL && zalloc_cpumask_var(&a, GFP_ATOMIC) &&
	      alloc_cpumask_var(&b, GFP_ATOMIC));
	CHECK(nr_cpu_ids == 4 && num_possible_cpus() == 4 && num_present_cpus() == 4 &&
	      num_online_cpus() == 4 && num_active_cpus() == 4);
	CHECK(cpumask_empty(a) && cpumask_equal(a, cpumask_none()));
	cpumask_set_cpu(2, a);
	CHECK(cpumask_equal(a, cpumask_of(2)) && cpumask_test_cpu(2, a) && cpumask_first(a) == 2);
	CHECK(cpumask_empty(cpumask_of(100)) && !cpumask_test_cpu(100, a));
	cpumask_copy(b, cpu_online_mask);
	CHECK(cpumask_andnot(b, b, a) && cpumask_weight(b) == 3 && cpumask_next(1, b) == 3);
	for_each_cpu_wrap(cpu, b, 1)
		n = n * 10 + cpu + 1;
	CHECK(n == 241);
	CHECK(cpumask_next_wrap(3, b, 3, false) == 0);
	CHECK(cpumask_any_but(a, 2) >= nr_cpu_ids && cpumask_any_but(b, 0) == 1);
	CHECK(cpumask_local_spread(1, NUMA_NO_NODE) == 1 && cpumask_local_spread(5, 0) == 1);
	CHECK(cpumask_parse("a", b) == 0 && cpumask_weight(b) == 2 && cpumask_test_cpu(3, b));
	CHECK(cpulist_parse("1-2", b) == 0 && cpumask_weight(b) == 2 && cpumask_test_cpu(2, b));
	CHECK(cpumask_parse_user("1", 1, b) == 0 && cpumask_equal(b, cpumask_of(0)));
	CHECK(cpumask_parselist_user("0-1", 3, b) == 0 && cpumask_weight(b) == 2);
	CHECK(cpulist_parse("9", b) == -ERANGE);
	CHECK(cpumap_print_to_pagebuf(true, page, cpu_online_mask) == 4 &&
	      strcmp(page, "0-3\n") == 0);
	CHECK(cpumap_print_to_pagebuf(false, page, cpu_online_mask) == 2 &&
	      strcmp(page, "f\n") == 0);
	free_cpumask_var(a);
	free_cpumask_var(b);
	kfree(page);
}

TEST(this_cpu, ALL)
{
	if (api_context & (ATOMIC | WORK))
		CHECK(api_context == TIMER || api_context == PARALLEL || smp_processor_id() == 1);
	CHECK(smp_processor_id() == raw_smp_processor_id() && cpu_online(smp_processor_id()));
}

static atomic_t seen;

static void see(void *info)
{
	CHECK(info == &seen);
	atomic_or(1 << smp_processor_id(), &seen);
}

static bool odd(int cpu, void *info)
{
	return cpu % 2 == 1;
}

static long double_it(void *arg)
{
	return 2 * (long)arg + (smp_processor_id() == 2);
}

static void see_work(struct work_struct *work)
{
	see(&seen);
}

#define SEEN(mask) ({ int seen_ = atomic_xchg(&seen, 0); seen_ == (mask); })

TEST(calls, SLEEP)
{
	int me = api_context == WORK ? 1 << smp_processor_id() : 0;

	CHECK(work_on_cpu(2, double_it, (void *)21) == 43);
	CHECK(on_each_cpu(see, &seen, 1) == 0 && SEEN(15));
	on_each_cpu_mask(cpumask_of(3), see, &seen, true);
	CHECK(SEEN(8));
	on_each_cpu_cond(odd, see, &seen, true, GFP_KERNEL);
	CHECK(SEEN(10));
	CHECK(smp_call_function_single(2, see, &seen, 1) == 0 && SEEN(4));
	CHECK(smp_call_function_single(100, see, &seen, 1) == -ENXIO);
	CHECK(smp_call_function(see, &seen, 1) == 0 && SEEN(15 & ~me));
	smp_call_function_many(cpu_online_mask, see, &seen, true);
	CHECK(SEEN(15 & ~me));
	CHECK(smp_call_function_any(cpumask_of(3), see, &seen, 1) == 0 && SEEN(8));
	CHECK(schedule_on_each_cpu(see_work) == 0 && SEEN(15));
}

static int ups, downs;

static int up(unsigned int cpu)
{
	ups++;
	return 0;
}

static int down(unsigned int cpu)
{
	downs++;
	return 0;
}

static int refuse(unsigned int cpu)
{
	return cpu == 2 ? -EPERM : up(cpu);
}

TEST(hotplug, SLEEP)
{
	int state;

	ups = downs = 0;
	state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "api:online", up, down);
	CHECK(state >= CPUHP_AP_ONLINE_DYN && ups == 4);
	// A CPU that runs this cannot be taken from under it here: the last one, that is not this
	// one.
	CHECK(cpu_down(3) == 0 && !cpu_online(3) && downs == 1 && num_online_cpus() == 3);
	CHECK(cpu_down(3) == 0 && cpu_down(100) == -EINVAL && downs == 1);
	CHECK(cpu_up(3) == 0 && cpu_online(3) && ups == 5);
	cpuhp_remove_state(state);
	CHECK(downs == 5);
	ups = downs = 0;
	CHECK(cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "api:refused", refuse, down) == -EPERM &&
	      ups == 2 && downs == 2);
	state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "api:quiet", up, down);
	CHECK(state > 0 && ups == 2);
	cpuhp_remove_state_nocalls(state);
	CHECK(downs == 2);
	cpus_read_lock();
	CHECK(cpus_read_trylock());
	cpus_read_unlock();
	cpus_read_unlock();
}

TEST(hotplug_lock, ALL)
{
	CHECK(cpus_read_trylock());
	cpus_read_unlock();
}
