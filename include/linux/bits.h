// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/bits.h>.
#ifndef PADATA_LINUX_BITS_H
#define PADATA_LINUX_BITS_H

#ifndef BITS_PER_LONG
#define BITS_PER_LONG 64
#endif
#ifndef BITS_PER_LONG_LONG
#define BITS_PER_LONG_LONG 64
#endif
#define BIT(nr) (1ul << (nr))
#define BIT_ULL(nr) (1ull << (nr))
#define BIT_MASK(nr) (1ul << ((unsigned long)(nr) % BITS_PER_LONG))
#define BIT_WORD(nr) ((unsigned long)(nr) / BITS_PER_LONG)
#define BIT_ULL_MASK(nr) (1ull << ((unsigned long long)(nr) % BITS_PER_LONG_LONG))
#define BIT_ULL_WORD(nr) ((unsigned long long)(nr) / BITS_PER_LONG_LONG)
#ifndef BITS_PER_BYTE
#define BITS_PER_BYTE 8
#endif

// The bits h down to l.
#define GENMASK(h, l) ((~0ul << (l)) & (~0ul >> (BITS_PER_LONG - 1 - (h))))
#define GENMASK_ULL(h, l) ((~0ull << (l)) & (~0ull >> (BITS_PER_LONG_LONG - 1 - (h))))

#endif
