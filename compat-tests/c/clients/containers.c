// SPDX-License-Identifier: GPL-2.0
/*
 * Results gathered in the kernel's lists, of all kinds, and looked up.
 *
 *	containers: came 8 3 21 5 13
 *	containers: sorted 21 13 8 5 3
 *	containers: without odd ones 8
 *	containers: llist of 5, hlist 8, bsearch 13 at 3, crc 9205dee0
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/list.h>
#include <linux/list_sort.h>
#include <linux/llist.h>
#include <linux/sort.h>
#include <linux/bsearch.h>
#include <linux/crc32.h>
#include <linux/slab.h>
#include <linux/cpu.h>
#include <linux/completion.h>
#include <linux/padata.h>
#include <linux/reboot.h>

struct number {
	struct padata_priv padata;
	int value;
	struct hlist_node node;
	struct list_head list;
	struct llist_node llnode;
};

static const int values[] = { 8, 3, 21, 5, 13 };
static struct number *numbers[ARRAY_SIZE(values)];
static HLIST_HEAD(eights);
static LIST_HEAD(list);
static LLIST_HEAD(lockless);
static DECLARE_COMPLETION(done);
static struct workqueue_struct *wq;
static struct padata_instance *pinst;

static int descending(void *priv, struct list_head *a, struct list_head *b)
{
	return list_entry(a, struct number, list)->value <
	       list_entry(b, struct number, list)->value;
}

static void number_parallel(struct padata_priv *padata)
{
	struct number *number = container_of(padata, struct number, padata);

	llist_add(&number->llnode, &lockless);
	padata_do_serial(padata);
}

static void number_serial(struct padata_priv *padata)
{
	struct number *number = container_of(padata, struct number, padata);

	list_add_tail(&number->list, &list);
	if (number->value == 8)
		hlist_add_head(&number->node, &eights);
	if (number == numbers[ARRAY_SIZE(values) - 1])
		complete(&done);
}

static int ascending(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void print_list(const char *what)
{
	char line[64] = "";
	struct number *number;
	int n = 0;

	list_for_each_entry(number, &list, list)
		n += scnprintf(line + n, sizeof(line) - n, " %d", number->value);
	pr_info("%s%s\n", what, line);
}

static void report(void)
{
	int sorted[ARRAY_SIZE(values)], key = 13, on_llist = 0, *found;
	struct number *number, *next;
	LIST_HEAD(odd);

	print_list("came");
	list_sort(NULL, &list, descending);
	print_list("sorted");
	list_for_each_entry_safe(number, next, &list, list)
		if (number->value & 1)
			list_move_tail(&number->list, &odd);
	print_list("without odd ones");
	list_splice_tail(&odd, &list);

	llist_for_each_entry(number, llist_del_all(&lockless), llnode)
		on_llist++;
	memcpy(sorted, values, sizeof(sorted));
	sort(sorted, ARRAY_SIZE(sorted), sizeof(int), ascending, NULL);
	found = bsearch(&key, sorted, ARRAY_SIZE(sorted), sizeof(int), ascending);
	pr_info("llist of %d, hlist %d, bsearch %d at %td, crc %08x\n", on_llist,
		hlist_entry(eights.first, struct number, node)->value, *found, found - sorted,
		~crc32_le(~0, "padata", 6));
}

static void free_numbers(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		kfree(numbers[i]);
}

static int __init containers_init(void)
{
	int i, err = -ENOMEM;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		numbers[i] = kzalloc(sizeof(*numbers[i]), GFP_KERNEL);
		if (!numbers[i])
			goto out;
		numbers[i]->value = values[i];
	}
	wq = alloc_workqueue("containers", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		goto out;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_wq;
	padata_start(pinst);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		numbers[i]->padata.parallel = number_parallel;
		numbers[i]->padata.serial = number_serial;
		err = padata_do_parallel(pinst, &numbers[i]->padata,
					 cpumask_first(cpu_online_mask));
		if (err)
			goto out_padata;
	}
	wait_for_completion(&done);
	report();
	orderly_poweroff(false);
	return 0;

out_padata:
	padata_stop(pinst);
	padata_free(pinst);
out_wq:
	destroy_workqueue(wq);
out:
	free_numbers();
	return err;
}

static void __exit containers_exit(void)
{
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
	free_numbers();
}

module_init(containers_init);
module_exit(containers_exit);
MODULE_LICENSE("GPL");
