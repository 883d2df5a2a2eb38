// SPDX-License-Identifier: GPL-2.0-only
//
//   outer IP header | SPI | sequence | IV |
//   { IP packet | padding | pad length | next header } encrypted | ICV
//
// The same packets as those of lib/cli/esp/esp.ts. Plain C and the C library.
#include <arpa/inet.h>
#include <string.h>

#include "sa.h"

enum { ESP_HEADER = 8, IV_BYTES = 8, TRAILER = 2, ICV_BYTES = 16 };
enum { PROTOCOL_ESP = 50, NEXT_HEADER_IPV4 = 4, NEXT_HEADER_IPV6 = 41, HOP_LIMIT = 64 };

static void put16(unsigned char *to, unsigned int value)
{
	to[0] = value >> 8;
	to[1] = value;
}

static void put32(unsigned char *to, unsigned int value)
{
	put16(to, value >> 16);
	put16(to + 2, value);
}

static int is_ipv6(const struct esp_sa *sa)
{
	return sa->outer_length == 40;
}

int sa_set_tunnel(struct esp_sa *sa, const char *tunnel)
{
	char src[64];
	const char *dst = strchr(tunnel, ',');

	if (!dst || (size_t)(dst - tunnel) >= sizeof(src))
		return -1;
	memcpy(src, tunnel, dst - tunnel);
	src[dst - tunnel] = '\0';
	dst++;

	memset(sa->outer, 0, sizeof(sa->outer));
	if (inet_pton(AF_INET, src, sa->outer + 12) == 1 &&
	    inet_pton(AF_INET, dst, sa->outer + 16) == 1) {
		sa->outer_length = 20;
		sa->outer[0] = 0x45;
		sa->outer[8] = HOP_LIMIT;
		sa->outer[9] = PROTOCOL_ESP;
	} else if (inet_pton(AF_INET6, src, sa->outer + 8) == 1 &&
		   inet_pton(AF_INET6, dst, sa->outer + 24) == 1) {
		sa->outer_length = 40;
		sa->outer[0] = 0x60;
		sa->outer[6] = PROTOCOL_ESP;
		sa->outer[7] = HOP_LIMIT;
	} else {
		return -1;
	}

	sa->outer_sum = 0;
	for (unsigned int i = 0; i < sa->outer_length; i += 2)
		sa->outer_sum += (unsigned int)sa->outer[i] << 8 | sa->outer[i + 1];
	return 0;
}

// Padding aligns what is encrypted, trailer included, to 4 bytes (RFC 4303 section 2.4).
static unsigned int pad_length(unsigned int length)
{
	return -(length + TRAILER) & 3;
}

unsigned int sa_output_length(const struct esp_sa *sa, unsigned int length)
{
	return sa->outer_length + ESP_HEADER + IV_BYTES + length + pad_length(length) + TRAILER +
	       ICV_BYTES;
}

// The outer header repeats the traffic class of the inner one (RFC 4301 section 5.1.2).
static void put_outer(const struct esp_sa *sa, unsigned char *out, unsigned int total,
		      unsigned int traffic_class, unsigned int seq)
{
	unsigned int id = seq & 0xffff, sum = sa->outer_sum + traffic_class + total + id;

	memcpy(out, sa->outer, sa->outer_length);
	if (is_ipv6(sa)) {
		out[0] |= traffic_class >> 4;
		out[1] = traffic_class << 4;
		put16(out + 4, total - sa->outer_length);
		return;
	}
	out[1] = traffic_class;
	put16(out + 2, total);
	put16(out + 4, id);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(out + 10, ~(sum + (sum >> 16)));
}

int sa_wrap(const struct esp_sa *sa, struct gcm *gcm, const unsigned char *packet,
	    unsigned int length, int version, unsigned int seq, unsigned char *out)
{
	unsigned int pad = pad_length(length);
	unsigned char *esp = out + sa->outer_length, *iv = esp + ESP_HEADER, *text = iv + IV_BYTES,
		      *end = text + length;
	unsigned char nonce[4 + IV_BYTES];

	put_outer(sa, out, sa_output_length(sa, length),
		  version == 4 ? packet[1] : (packet[0] << 4 | packet[1] >> 4) & 0xff, seq);
	put32(esp, sa->spi);
	put32(esp + 4, seq);
	// A counter: GCM needs nonces that differ, not ones that nobody can guess.
	put32(iv, sa->iv_high);
	put32(iv + 4, seq);
	memcpy(nonce, sa->salt, 4);
	memcpy(nonce + 4, iv, IV_BYTES);

	memcpy(text, packet, length);
	for (unsigned int i = 1; i <= pad; i++)
		*end++ = i;
	*end++ = pad;
	*end++ = version == 4 ? NEXT_HEADER_IPV4 : NEXT_HEADER_IPV6;
	return gcm_seal(gcm, nonce, esp, ESP_HEADER, text, end - text, end);
}
