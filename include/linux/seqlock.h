// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/seqlock.h>. Readers read what a writer may be writing, see by the count that it
// changed, and read again.
#ifndef PADATA_LINUX_SEQLOCK_H
#define PADATA_LINUX_SEQLOCK_H

#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>

// Odd while somebody writes.
typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;

#define SEQCNT_ZERO(lockname) { .sequence = 0 }
#define seqcount_init(s) ((void)((s)->sequence = 0))
#define __seqcount_init(s, name, key) seqcount_init(s)

static inline unsigned int __read_seqcount_begin(const seqcount_t *s)
{
	unsigned int turns = 0, seq;

	while ((seq = READ_ONCE(s->sequence)) & 1)
		cpu_relax_turn(turns++);
	return seq;
}

static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq = __read_seqcount_begin(s);

	// The data is read behind the count. Pairs with smp_wmb() of write_seqcount_end().
	smp_rmb();
	// What is read meanwhile may be written meanwhile: that is meant.
	padata_ignore_reads_begin();
	return seq;
}
#define raw_read_seqcount_begin(s) read_seqcount_begin(s)

static inline unsigned int raw_read_seqcount(const seqcount_t *s)
{
	unsigned int seq = READ_ONCE(s->sequence);

	smp_rmb();
	padata_ignore_reads_begin();
	return seq;
}

static inline unsigned int raw_seqcount_begin(const seqcount_t *s)
{
	return raw_read_seqcount(s) & ~1u;
}

static inline int __read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	return unlikely(READ_ONCE(s->sequence) != start);
}

static inline int read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	padata_ignore_reads_end();
	// The count is read behind the data. Pairs with smp_wmb() of write_seqcount_begin().
	smp_rmb();
	return __read_seqcount_retry(s, start);
}

static inline void raw_write_seqcount_begin(seqcount_t *s)
{
	WRITE_ONCE(s->sequence, s->sequence + 1);
	smp_wmb();
}

static inline void raw_write_seqcount_end(seqcount_t *s)
{
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 1);
}

#define write_seqcount_begin(s) raw_write_seqcount_begin(s)
#define write_seqcount_begin_nested(s, subclass) raw_write_seqcount_begin(s)
#define write_seqcount_end(s) raw_write_seqcount_end(s)

// Readers that have begun read again.
static inline void write_seqcount_invalidate(seqcount_t *s)
{
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 2);
}

typedef struct {
	struct seqcount seqcount;
	spinlock_t lock;
} seqlock_t;

#define __SEQLOCK_UNLOCKED(lockname) \
	{ .seqcount = SEQCNT_ZERO(lockname), .lock = __SPIN_LOCK_UNLOCKED(lockname) }
#define DEFINE_SEQLOCK(x) seqlock_t x = __SEQLOCK_UNLOCKED(x)
#define seqlock_init(x) do { seqcount_init(&(x)->seqcount); spin_lock_init(&(x)->lock); } while (0)

static inline unsigned int read_seqbegin(const seqlock_t *sl)
{
	return read_seqcount_begin(&sl->seqcount);
}

static inline unsigned int read_seqretry(const seqlock_t *sl, unsigned int start)
{
	return read_seqcount_retry(&sl->seqcount, start);
}

#define PADATA_SEQLOCK(suffix) \
	static inline void write_seqlock##suffix(seqlock_t *sl) \
	{ \
		spin_lock##suffix(&sl->lock); \
		write_seqcount_begin(&sl->seqcount); \
	} \
	static inline void write_sequnlock##suffix(seqlock_t *sl) \
	{ \
		write_seqcount_end(&sl->seqcount); \
		spin_unlock##suffix(&sl->lock); \
	} \
	static inline void read_seqlock_excl##suffix(seqlock_t *sl) \
	{ \
		spin_lock##suffix(&sl->lock); \
	} \
	static inline void read_sequnlock_excl##suffix(seqlock_t *sl) \
	{ \
		spin_unlock##suffix(&sl->lock); \
	}
PADATA_SEQLOCK()
PADATA_SEQLOCK(_bh)
PADATA_SEQLOCK(_irq)

#define write_seqlock_irqsave(sl, flags) do { local_irq_save(flags); write_seqlock(sl); } while (0)
#define read_seqlock_excl_irqsave(sl, flags) do { \
	local_irq_save(flags); \
	read_seqlock_excl(sl); \
} while (0)

static inline void write_sequnlock_irqrestore(seqlock_t *sl, unsigned long flags)
{
	write_sequnlock(sl);
	local_irq_restore(flags);
}

static inline void read_sequnlock_excl_irqrestore(seqlock_t *sl, unsigned long flags)
{
	read_sequnlock_excl(sl);
	local_irq_restore(flags);
}

// Without the lock if *seq is even, else with it.
static inline void read_seqbegin_or_lock(seqlock_t *lock, int *seq)
{
	if (*seq & 1)
		read_seqlock_excl(lock);
	else
		*seq = (int)read_seqbegin(lock);
}

static inline int need_seqretry(seqlock_t *lock, int seq)
{
	return !(seq & 1) && read_seqretry(lock, (unsigned int)seq);
}

static inline void done_seqretry(seqlock_t *lock, int seq)
{
	if (seq & 1)
		read_sequnlock_excl(lock);
}

#endif
