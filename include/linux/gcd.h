// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/gcd.h>: the greatest common divisor.
#ifndef PADATA_LINUX_GCD_H
#define PADATA_LINUX_GCD_H

static inline unsigned long gcd(unsigned long a, unsigned long b)
{
	while (b != 0) {
		unsigned long rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

#endif
