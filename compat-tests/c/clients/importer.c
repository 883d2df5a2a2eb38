// SPDX-License-Identifier: GPL-2.0
/*
 * Uses the engine of exporter.c. Without it insmod fails: "Unknown symbol engine_submit".
 *
 *	importer: engine version 3
 *	importer: 0 1 2 3 4 5 6 7 8 9
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/completion.h>
#include <linux/padata.h>
#include <linux/reboot.h>

extern int engine_submit(struct padata_priv *padata);
extern int engine_version;

static struct padata_priv jobs[10];
static DECLARE_COMPLETION(done);
static char line[64];
static int at;

static void pass_on(struct padata_priv *padata)
{
	padata_do_serial(padata);
}

static void note(struct padata_priv *padata)
{
	at += snprintf(line + at, sizeof(line) - at, "%s%d", at ? " " : "", (int)(padata - jobs));
	if (padata == &jobs[9])
		complete(&done);
}

static int __init importer_init(void)
{
	int i, err;

	pr_info("engine version %d\n", engine_version);
	for (i = 0; i < 10; i++) {
		jobs[i].parallel = pass_on;
		jobs[i].serial = note;
		err = engine_submit(&jobs[i]);
		if (err)
			return err;
	}
	wait_for_completion(&done);
	pr_info("%s\n", line);
	orderly_poweroff(false);
	return 0;
}

static void __exit importer_exit(void)
{
}

module_init(importer_init);
module_exit(importer_exit);
MODULE_LICENSE("GPL");
