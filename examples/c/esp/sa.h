/* SPDX-License-Identifier: GPL-2.0-only
 *
 * The sending end of a security association: ESP in tunnel mode (RFC 4303) with AES-128-GCM and a
 * 16-byte ICV (RFC 4106).
 */
#ifndef ESP_SA_H
#define ESP_SA_H

#include <stddef.h>

#include "gcm.h"

/* Longest packet that is made, outer header included. */
#define OUTER_MAX 65535
/* Most bytes that a packet grows by. */
#define SA_OVERHEAD 80

struct esp_sa {
	unsigned char key[16];
	unsigned char salt[4];
	unsigned int spi;
	unsigned int iv_high;
	/*
	 * The outer header, complete but for lengths, traffic class, id and checksum; and the sum
	 * of its 16-bit words.
	 */
	unsigned char outer[40];
	unsigned int outer_length;
	unsigned int outer_sum;
};

/*
 * Set the ends of the tunnel.
 * @tunnel: "SRC,DST", two IPv4 or two IPv6 addresses
 * Returns 0, or -1 if it is something else.
 */
int sa_set_tunnel(struct esp_sa *sa, const char *tunnel);

/*
 * Bytes of the packet that wraps one of `length` bytes. It can be made if that is at most
 * OUTER_MAX.
 */
unsigned int sa_output_length(const struct esp_sa *sa, unsigned int length);

/*
 * Wrap an IP packet.
 * @version: its IP version
 * @seq: sequence number, from 1, never the same twice
 * @out: room for sa_output_length(), which does not overlap with the packet
 * Returns 0, or -1 if the cipher fails.
 */
int sa_wrap(const struct esp_sa *sa, struct gcm *gcm, const unsigned char *packet,
	    unsigned int length, int version, unsigned int seq, unsigned char *out);

#endif
