// SPDX-License-Identifier: GPL-2.0
/*
 * All kinds of locks between parallel(), serial() and a thread: spinlocks, rwlocks, seqlocks in the
 * callbacks; mutexes and rw_semaphores in process context; trylocks, nested ones, irqsave.
 *
 *	locks: 500 jobs, sum 124750, torn reads 0
 *	locks: rwlock 500, bit lock 500, atomic64 124750, xchg ok
 *	locks: trylock of held: spin 0 mutex 0 read 1 write 0
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/rwlock.h>
#include <linux/seqlock.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/bitops.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/cpu.h>
#include <linux/wait.h>
#include <linux/padata.h>
#include <linux/reboot.h>

#define JOBS 500

struct shared {
	spinlock_t lock;
	u64 sum;
	rwlock_t rwlock;
	int generation;
	seqlock_t seqlock;
	u64 a, b;
	unsigned long bits;
	int under_bit;
};

struct job {
	struct padata_priv padata;
	int nr;
};

static struct shared *shared;
static DEFINE_MUTEX(mutex);
static DECLARE_RWSEM(rwsem);
static DEFINE_RWLOCK(static_rwlock);
static DEFINE_SPINLOCK(static_lock);
static atomic64_t total = ATOMIC64_INIT(0);
static atomic_t torn = ATOMIC_INIT(0), left = ATOMIC_INIT(JOBS);
static DECLARE_WAIT_QUEUE_HEAD(wait);
static struct task_struct *task;
static struct workqueue_struct *wq;
static struct padata_instance *pinst;

static void lock_parallel(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);
	unsigned long flags;
	unsigned int seq;
	u64 a, b;

	spin_lock(&shared->lock);
	shared->sum += job->nr;
	spin_unlock(&shared->lock);

	read_lock(&static_rwlock);
	write_lock(&shared->rwlock);
	shared->generation++;
	write_unlock(&shared->rwlock);
	read_unlock(&static_rwlock);

	do {
		seq = read_seqbegin(&shared->seqlock);
		a = shared->a;
		b = shared->b;
	} while (read_seqretry(&shared->seqlock, seq));
	if (a != b)
		atomic_inc(&torn);

	write_seqlock_irqsave(&shared->seqlock, flags);
	shared->a++;
	shared->b++;
	write_sequnlock_irqrestore(&shared->seqlock, flags);

	while (test_and_set_bit_lock(3, &shared->bits))
		cpu_relax();
	shared->under_bit++;
	clear_bit_unlock(3, &shared->bits);

	atomic64_add(job->nr, &total);
	padata_do_serial(padata);
}

static void lock_serial(struct padata_priv *padata)
{
	kfree(container_of(padata, struct job, padata));
	if (atomic_dec_and_test(&left))
		wake_up(&wait);
}

static int lock_thread(void *unused)
{
	int i, spin, mtx, rd, wr, generation;
	unsigned long word = 1;

	for (i = 0; i < JOBS; i++) {
		struct job *job = kzalloc(sizeof(*job), GFP_KERNEL);

		if (!job)
			break;
		job->nr = i;
		job->padata.parallel = lock_parallel;
		job->padata.serial = lock_serial;
		down_read(&rwsem);
		if (padata_do_parallel(pinst, &job->padata, cpumask_first(cpu_online_mask)))
			kfree(job);
		up_read(&rwsem);
	}
	wait_event(wait, atomic_read(&left) == 0);
	pr_info("%d jobs, sum %llu, torn reads %d\n", i, shared->sum, atomic_read(&torn));
	read_lock_bh(&shared->rwlock);
	generation = shared->generation;
	read_unlock_bh(&shared->rwlock);
	pr_info("rwlock %d, bit lock %d, atomic64 %lld, xchg %s\n", generation, shared->under_bit,
		(long long)atomic64_read(&total),
		xchg(&word, 2) == 1 && cmpxchg(&word, 2, 3) == 2 && word == 3 ? "ok" : "wrong");

	mutex_lock(&mutex);
	down_read(&rwsem);
	spin_lock_irq(&static_lock);
	spin = spin_trylock(&static_lock);
	spin_unlock_irq(&static_lock);
	mtx = mutex_trylock(&mutex);
	rd = down_read_trylock(&rwsem);
	wr = down_write_trylock(&rwsem);
	if (rd)
		up_read(&rwsem);
	up_read(&rwsem);
	mutex_unlock(&mutex);
	pr_info("trylock of held: spin %d mutex %d read %d write %d\n", spin, mtx, rd, wr);
	orderly_poweroff(false);

	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int __init locks_init(void)
{
	shared = kzalloc(sizeof(*shared), GFP_KERNEL);
	if (!shared)
		return -ENOMEM;
	spin_lock_init(&shared->lock);
	rwlock_init(&shared->rwlock);
	seqlock_init(&shared->seqlock);
	wq = alloc_workqueue("locks", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		goto out;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_wq;
	padata_start(pinst);
	task = kthread_run(lock_thread, NULL, "locks");
	if (!IS_ERR(task))
		return 0;
	padata_stop(pinst);
	padata_free(pinst);
out_wq:
	destroy_workqueue(wq);
out:
	kfree(shared);
	return -ENOMEM;
}

static void __exit locks_exit(void)
{
	kthread_stop(task);
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
	kfree(shared);
}

module_init(locks_init);
module_exit(locks_exit);
MODULE_LICENSE("GPL");
