// SPDX-License-Identifier: GPL-2.0-only
//
// Spinlocks and the like, in all contexts; mutexes, semaphores and rw_semaphores where one may
// sleep.
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/mutex.h>
#include <linux/rwlock.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/preempt.h>

#include "api.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_RWLOCK(rwlock);
static DEFINE_SEQLOCK(seqlock);
static DEFINE_MUTEX(mutex);
static DECLARE_RWSEM(rwsem);
static DEFINE_SEMAPHORE(semaphore);

TEST(spinlocks, ALL)
{
	unsigned long flags;
	int before = preempt_count();
	atomic_t refs = ATOMIC_INIT(2);

	spin_lock(&lock);
	CHECK(spin_is_locked(&lock) && !spin_trylock(&lock) && preempt_count() != before &&
	      in_atomic());
	spin_unlock(&lock);
	CHECK(!spin_is_locked(&lock) && spin_trylock(&lock));
	spin_unlock(&lock);
	spin_lock_bh(&lock);
	CHECK(in_softirq() && !spin_trylock_bh(&lock));
	spin_unlock_bh(&lock);
	CHECK(spin_trylock_bh(&lock));
	spin_unlock_bh(&lock);
	spin_lock_irq(&lock);
	CHECK(irqs_disabled() && !spin_trylock_irq(&lock));
	local_irq_disable();
	spin_unlock_irq(&lock);
	CHECK(!irqs_disabled() && spin_trylock_irq(&lock));
	spin_unlock_irq(&lock);
	spin_lock_irqsave(&lock, flags);
	CHECK(irqs_disabled());
	spin_unlock_irqrestore(&lock, flags);
	CHECK(!irqs_disabled());
	spin_unlock_wait(&lock);
	CHECK(!atomic_dec_and_lock(&refs, &lock) && !spin_is_locked(&lock));
	CHECK(atomic_dec_and_lock(&refs, &lock) && spin_is_locked(&lock));
	spin_unlock(&lock);
	CHECK(preempt_count() == before);
}

TEST(rwlocks, ALL)
{
	read_lock(&rwlock);
	CHECK(read_trylock(&rwlock) && !write_trylock(&rwlock));
	read_unlock(&rwlock);
	read_unlock(&rwlock);
	write_lock(&rwlock);
	CHECK(!read_trylock(&rwlock) && !write_trylock(&rwlock));
	write_unlock(&rwlock);
	CHECK(write_trylock(&rwlock));
	write_unlock(&rwlock);
	read_lock_bh(&rwlock);
	CHECK(in_softirq());
	read_unlock_bh(&rwlock);
	write_lock_bh(&rwlock);
	CHECK(in_softirq());
	write_unlock_bh(&rwlock);
}

TEST(seqlocks, ALL)
{
	unsigned int seq = read_seqbegin(&seqlock);

	CHECK(!read_seqretry(&seqlock, seq));
	write_seqlock(&seqlock);
	write_sequnlock(&seqlock);
	CHECK(read_seqretry(&seqlock, seq));
	write_seqlock_bh(&seqlock);
	write_sequnlock_bh(&seqlock);
}

TEST(counts, ALL)
{
	unsigned long flags;
	int preempt = preempt_count(), softirq = softirq_count(), cpu;

	// A timer's function runs with softirqs off in a kernel too: it serves one.
	CHECK(!(api_context & ATOMIC) || in_atomic());
	CHECK(!(api_context & SLEEP) || (!in_atomic() && preempt == 0 && softirq == 0));
	preempt_disable();
	CHECK(preempt_count() == preempt + 1 && in_atomic());
	preempt_enable();
	local_bh_disable();
	CHECK(softirq_count() == softirq + SOFTIRQ_DISABLE_OFFSET);
	local_bh_enable();
	CHECK(softirq_count() == softirq);
	cpu = get_cpu();
	CHECK(cpu == smp_processor_id() && cpu_online(cpu) && preempt_count() == preempt + 1);
	put_cpu();
	CHECK(preempt_count() == preempt);
	local_save_flags(flags);
	CHECK(flags == arch_local_save_flags());
	local_irq_save(flags);
	CHECK(irqs_disabled());
	local_irq_restore(flags);
	CHECK(!irqs_disabled());
	flags = arch_local_irq_save();
	arch_local_irq_restore(flags);
	CHECK(!irqs_disabled());
}

TEST(mutexes, SLEEP)
{
	struct mutex own;
	atomic_t refs = ATOMIC_INIT(1);

	mutex_lock(&mutex);
	CHECK(mutex_is_locked(&mutex) && !mutex_trylock(&mutex));
	CHECK(mutex_trylock_recursive(&mutex) == MUTEX_TRYLOCK_RECURSIVE);
	mutex_unlock(&mutex);
	CHECK(mutex_trylock(&mutex) == 1);
	mutex_unlock(&mutex);
	CHECK(mutex_lock_interruptible(&mutex) == 0);
	mutex_unlock(&mutex);
	CHECK(mutex_lock_killable(&mutex) == 0);
	mutex_unlock(&mutex);
	mutex_init(&own);
	mutex_lock_io(&own);
	CHECK(mutex_is_locked(&own));
	mutex_unlock(&own);
	CHECK(atomic_dec_and_mutex_lock(&refs, &own) && mutex_is_locked(&own));
	mutex_unlock(&own);
	mutex_destroy(&own);
}

TEST(trylocks, ALL)
{
	CHECK(mutex_trylock(&mutex) == 1);
	mutex_unlock(&mutex);
	CHECK(down_trylock(&semaphore) == 0 && down_trylock(&semaphore) == 1);
	up(&semaphore);
	CHECK(down_read_trylock(&rwsem) == 1 && down_write_trylock(&rwsem) == 0);
	up_read(&rwsem);
	CHECK(down_write_trylock(&rwsem) == 1 && down_read_trylock(&rwsem) == 0);
	up_write(&rwsem);
}

TEST(semaphores, SLEEP)
{
	down(&semaphore);
	up(&semaphore);
	CHECK(down_interruptible(&semaphore) == 0);
	CHECK(down_timeout(&semaphore, 2) == -ETIME);
	up(&semaphore);
	CHECK(down_killable(&semaphore) == 0);
	up(&semaphore);
	CHECK(down_timeout(&semaphore, 2) == 0);
	up(&semaphore);
}

TEST(rwsems, SLEEP)
{
	down_read(&rwsem);
	CHECK(rwsem_is_locked(&rwsem));
	up_read(&rwsem);
	CHECK(down_read_killable(&rwsem) == 0);
	up_read(&rwsem);
	down_write(&rwsem);
	CHECK(!down_read_trylock(&rwsem));
	downgrade_write(&rwsem);
	CHECK(down_read_trylock(&rwsem));
	up_read(&rwsem);
	up_read(&rwsem);
	CHECK(down_write_killable(&rwsem) == 0);
	up_write(&rwsem);
	CHECK(!rwsem_is_locked(&rwsem));
}
