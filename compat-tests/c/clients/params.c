// SPDX-License-Identifier: GPL-2.0
/*
 * Parameters of every type. With
 *	a_bool=y an_invbool=y a_byte=200 a_short=-5 a_ushort=65535 an_int=-7 a_uint=4000000000
 *	a_long=-8 a_ulong=9
 *	a_charp=hello a_string=short list=3,1,2 names=red,green renamed=12 percent=50
 *
 *	params: a_bool 1 an_invbool 0 a_byte 200
 *	params: a_short -5 a_ushort 65535 an_int -7 a_uint 4000000000
 *	params: a_long -8 a_ulong 9 a_charp hello a_string short
 *	params: list of 3: 3 1 2
 *	params: 2 names: red green
 *	params: internal 12 percent 50
 *	params: sorted by padata: 3 1 2
 *
 * percent=101 fails with -ERANGE, percent=x, a_byte=300, list=1,2,3,4,5 and nothing=1 fail too.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/kernel.h>
#include <linux/cpu.h>
#include <linux/stat.h>
#include <linux/padata.h>
#include <linux/completion.h>
#include <linux/reboot.h>

static bool a_bool;
module_param(a_bool, bool, 0644);
static bool an_invbool = true;
module_param(an_invbool, invbool, 0444);
static unsigned char a_byte;
module_param(a_byte, byte, 0);
static short a_short;
module_param(a_short, short, S_IRUGO);
static unsigned short a_ushort;
module_param(a_ushort, ushort, S_IRUGO | S_IWUSR);
static int an_int = 1;
module_param(an_int, int, 0);
MODULE_PARM_DESC(an_int, "an integer");
static unsigned int a_uint;
module_param(a_uint, uint, 0);
static long a_long;
module_param(a_long, long, 0);
static unsigned long a_ulong;
module_param(a_ulong, ulong, 0);
static char *a_charp = "nothing";
module_param(a_charp, charp, 0000);
static char a_string[8] = "";
module_param_string(a_string, a_string, sizeof(a_string), 0444);

static int list[4];
static int list_count;
module_param_array(list, int, &list_count, 0444);
MODULE_PARM_DESC(list, "up to four integers");
static char *names[3];
static unsigned int nr_names;
module_param_array(names, charp, &nr_names, 0);

static int internal;
module_param_named(renamed, internal, int, 0600);

static int percent;

static int percent_set(const char *val, const struct kernel_param *kp)
{
	int n, ret;

	ret = kstrtoint(val, 10, &n);
	if (ret)
		return ret;
	if (n < 0 || n > 100)
		return -ERANGE;
	return param_set_int(val, kp);
}

static const struct kernel_param_ops percent_ops = {
	.set = percent_set,
	.get = param_get_int,
};
module_param_cb(percent, &percent_ops, &percent, 0644);

struct item {
	struct padata_priv padata;
	int value;
};

static struct item items[ARRAY_SIZE(list)];
static char line[64];
static size_t used;
static DECLARE_COMPLETION(printed);

static void item_parallel(struct padata_priv *padata)
{
	padata_do_serial(padata);
}

static void item_serial(struct padata_priv *padata)
{
	struct item *item = container_of(padata, struct item, padata);

	used += scnprintf(line + used, sizeof(line) - used, " %d", item->value);
	if (item == &items[list_count - 1])
		complete(&printed);
}

static struct workqueue_struct *wq;
static struct padata_instance *pinst;

static int __init params_init(void)
{
	int i;

	pr_info("a_bool %d an_invbool %d a_byte %d\n", a_bool, an_invbool, a_byte);
	pr_info("a_short %hd a_ushort %hu an_int %d a_uint %u\n", a_short, a_ushort, an_int,
		a_uint);
	pr_info("a_long %ld a_ulong %lu a_charp %s a_string %s\n", a_long, a_ulong, a_charp,
		a_string);
	pr_info("list of %d:", list_count);
	for (i = 0; i < list_count; i++)
		pr_cont(" %d", list[i]);
	pr_cont("\n");
	printk(KERN_INFO "%s: %u names:", KBUILD_MODNAME, nr_names);
	for (i = 0; i < nr_names; i++)
		printk(KERN_CONT " %s", names[i]);
	printk(KERN_CONT "\n");
	pr_info("internal %d percent %d\n", internal, percent);

	wq = alloc_workqueue("params", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		return -ENOMEM;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst) {
		destroy_workqueue(wq);
		return -ENOMEM;
	}
	padata_start(pinst);
	for (i = 0; i < list_count; i++) {
		items[i].value = list[i];
		items[i].padata.parallel = item_parallel;
		items[i].padata.serial = item_serial;
		padata_do_parallel(pinst, &items[i].padata, cpumask_any(cpu_online_mask));
	}
	if (list_count)
		wait_for_completion(&printed);
	pr_info("sorted by padata:%s\n", line);
	orderly_poweroff(false);
	return 0;
}

static void __exit params_exit(void)
{
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(params_init);
module_exit(params_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION("1.0");
MODULE_AUTHOR("a student");
