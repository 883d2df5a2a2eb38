// SPDX-License-Identifier: GPL-2.0-only
//
// The SHA-256 of each block of a file, computed on all CPUs, in the log in the order of the file.
//
// A kernel module for 4.18, with one liberty: it reads the file with the C library's open() and
// pread(), as it runs in a process. Every second block is finished within parallel(); the others
// are finished later, by delayed work and in scrambled order, as a device would do it. The log does
// not show it.
//
// Parameters: file; block_size (4096), window (most blocks on their way, 64), cb_cpu (default: the
// first), limit (blocks at most).
//
// In the log:
//	blocksum: 0 5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
//	...
//	blocksum: 3 blocks of 4096 bytes, in order
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#define PIPELINE_NAME "blocksum"
#define PIPELINE_OBJECTS "blocks"
#define PIPELINE_WINDOW 64
#include "pipeline.h"

#include <linux/jiffies.h>

#include "sha256.h"

// The C library's headers are not made to stand beside the kernel's.
int open(const char *path, int flags, ...);
ssize_t pread(int fd, void *buf, size_t count, long offset);
int close(int fd);
#define O_RDONLY 0

static char *file = "";
module_param(file, charp, 0444);
MODULE_PARM_DESC(file, "file to read");
static uint block_size = 4096;
module_param(block_size, uint, 0444);
MODULE_PARM_DESC(block_size, "bytes in a block");
static uint limit = UINT_MAX;
module_param(limit, uint, 0444);
MODULE_PARM_DESC(limit, "most blocks that are read");

struct block {
	struct padata_priv padata;
	struct delayed_work dwork;
	unsigned int index;
	u8 digest[SHA256_DIGEST_SIZE];
	size_t length;
	u8 data[];
};

static int fd;

// Of serial(), which has one CPU.
static unsigned int next_index;
static bool in_order = true;

static void finish_block(struct work_struct *work)
{
	struct block *block = container_of(to_delayed_work(work), struct block, dwork);

	sha256(block->data, block->length, block->digest);
	// As in parallel(): padata's lists are also used with softirqs off, on this CPU.
	local_bh_disable();
	padata_do_serial(&block->padata);
	local_bh_enable();
}

static void block_parallel(struct padata_priv *padata)
{
	struct block *block = container_of(padata, struct block, padata);

	if (block->index % 2 == 0) {
		sha256(block->data, block->length, block->digest);
		padata_do_serial(padata);
		return;
	}
	// 7 and 16 have no common factor: eight neighbours have eight different delays, not in
	// their own order.
	INIT_DELAYED_WORK(&block->dwork, finish_block);
	schedule_delayed_work(&block->dwork, msecs_to_jiffies(1 + block->index * 7 % 16));
}

static void block_serial(struct padata_priv *padata)
{
	struct block *block = container_of(padata, struct block, padata);

	if (block->index != next_index++)
		in_order = false;
	pr_info("%u %32phN\n", block->index, block->digest);
	kfree(block);
	// Pairs with the barrier in wait_event().
	atomic_dec(&in_flight);
	wake_up(&room);
}

static bool is_room(void)
{
	return (uint)atomic_read(&in_flight) < window;
}

// 1: a block was submitted; 0: the file is at its end; or an error.
static int submit(unsigned int index)
{
	struct block *block = kzalloc(sizeof(*block) + block_size, GFP_KERNEL);
	ssize_t length;
	int err;

	if (!block)
		return -ENOMEM;
	length = pread(fd, block->data, block_size, (long)index * block_size);
	if (length <= 0) {
		kfree(block);
		return length == 0 ? 0 : -EIO;
	}
	block->index = index;
	block->length = length;
	block->padata.parallel = block_parallel;
	block->padata.serial = block_serial;

	wait_event(room, is_room());
	err = pipeline_submit(&block->padata);
	if (err) {
		kfree(block);
		return err;
	}
	return 1;
}

static int read_blocks(void *unused)
{
	unsigned int index = 0;
	int err = 1;

	while (index < limit && !kthread_should_stop() && (err = submit(index)) > 0)
		index++;
	pipeline_drain();
	if (err < 0)
		pr_err("failed at block %u: %d\n", index, err);
	else
		pr_info("%u blocks of %u bytes, %s\n", index, block_size,
			in_order ? "in order" : "NOT in order");
	orderly_poweroff(false);
	pipeline_wait_for_exit();
	return 0;
}

static int __init blocksum_init(void)
{
	int err;

	if (block_size == 0 || window == 0)
		return -EINVAL;
	fd = open(file, O_RDONLY);
	if (fd < 0) {
		pr_err("cannot open \"%s\"\n", file);
		return -ENOENT;
	}
	err = pipeline_start(read_blocks);
	if (err)
		close(fd);
	return err;
}

static void __exit blocksum_exit(void)
{
	pipeline_stop();
	// The last finish_block() may still be on its way out.
	flush_scheduled_work();
	pipeline_free();
	close(fd);
}

module_init(blocksum_init);
module_exit(blocksum_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Ordered SHA-256 of the blocks of a file");
