// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/random.h>. The bytes are getrandom(2)'s. With -I include this file hides the C
// library's <linux/random.h>, so that one is included too.
#ifndef PADATA_LINUX_RANDOM_H
#define PADATA_LINUX_RANDOM_H

#if __has_include_next(<linux/random.h>)
#include_next <linux/random.h>
#endif
#include <linux/compiler_attributes.h>
#include <linux/types.h>

void get_random_bytes(void *buf, int nbytes);
u32 get_random_u32(void);
u64 get_random_u64(void);

static inline unsigned int get_random_int(void)
{
	return get_random_u32();
}

static inline unsigned long get_random_long(void)
{
	return get_random_u64();
}

static inline int wait_for_random_bytes(void)
{
	return 0;
}

static inline int get_random_bytes_wait(void *buf, int nbytes)
{
	get_random_bytes(buf, nbytes);
	return 0;
}

static inline void add_device_randomness(const void *buf, unsigned int size)
{
	(void)buf;
	(void)size;
}

// Fast, and not for secrets.
u32 prandom_u32(void);
void prandom_bytes(void *buf, size_t nbytes);
void prandom_seed(u32 seed);

static inline u32 prandom_u32_max(u32 ep_ro)
{
	return (u32)(((u64)prandom_u32() * ep_ro) >> 32);
}

#define random32() prandom_u32()
#define net_random() prandom_u32()

struct rnd_state {
	u32 s1, s2, s3, s4;
};

// The same numbers from the same seed.
u32 prandom_u32_state(struct rnd_state *state);
void prandom_bytes_state(struct rnd_state *state, void *buf, size_t nbytes);

static inline u32 padata_seed(u32 x, u32 least)
{
	return x < least ? x + least : x;
}

static inline void prandom_seed_state(struct rnd_state *state, u64 seed)
{
	u32 i = (u32)((seed >> 32) ^ (seed << 10) ^ seed);

	state->s1 = padata_seed(i, 2);
	state->s2 = padata_seed(i, 8);
	state->s3 = padata_seed(i, 16);
	state->s4 = padata_seed(i, 128);
}

#endif
