// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/random.h>: getrandom(2) for what must not be guessed, and a generator for each thread for
// what is only to vary.
#include <linux/random.h>
#include <linux/string.h>
#include <sys/random.h>

#include "runtime.h"

EXPORT_C void get_random_bytes(void *buf, int nbytes)
{
	char *at = buf;

	while (nbytes > 0) {
		ssize_t got = getrandom(at, (size_t)nbytes, 0);

		if (got > 0) {
			at += got;
			nbytes -= (int)got;
		}
	}
}

EXPORT_C u32 get_random_u32(void)
{
	u32 value;

	get_random_bytes(&value, sizeof(value));
	return value;
}

EXPORT_C u64 get_random_u64(void)
{
	u64 value;

	get_random_bytes(&value, sizeof(value));
	return value;
}

/* Three of the four are L'Ecuyer's taus88; the fourth makes it his lfsr113. */
EXPORT_C u32 prandom_u32_state(struct rnd_state *state)
{
#define TAUS(s, a, b, c, d) ((((s) & (c)) << (d)) ^ ((((s) << (a)) ^ (s)) >> (b)))
	state->s1 = TAUS(state->s1, 6, 13, ~1u, 18);
	state->s2 = TAUS(state->s2, 2, 27, ~7u, 2);
	state->s3 = TAUS(state->s3, 13, 21, ~15u, 7);
	state->s4 = TAUS(state->s4, 3, 12, ~127u, 13);
	return state->s1 ^ state->s2 ^ state->s3 ^ state->s4;
}

EXPORT_C void prandom_bytes_state(struct rnd_state *state, void *buf, size_t nbytes)
{
	u8 *at = buf;

	while (nbytes > 0) {
		u32 value = prandom_u32_state(state);
		size_t count = nbytes < sizeof(value) ? nbytes : sizeof(value);

		memcpy(at, &value, count);
		at += count;
		nbytes -= count;
	}
}

static __thread struct rnd_state own;

static struct rnd_state *own_state(void)
{
	if (own.s1 == 0)
		prandom_seed_state(&own, get_random_u64());
	return &own;
}

EXPORT_C u32 prandom_u32(void)
{
	return prandom_u32_state(own_state());
}

EXPORT_C void prandom_bytes(void *buf, size_t nbytes)
{
	prandom_bytes_state(own_state(), buf, nbytes);
}

EXPORT_C void prandom_seed(u32 seed)
{
	struct rnd_state *state = own_state();

	state->s1 = padata_seed(state->s1 ^ seed, 2);
}
