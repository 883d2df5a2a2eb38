// SPDX-License-Identifier: GPL-2.0-only
//
// From a captured frame to the IP packet in it, as lib/cli/esp/link.ts finds it.
#include "capture.h"

enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW_BSD = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276,
};

static unsigned int be16(const unsigned char *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

// The packet must be whole: neither cut off by the capture nor longer than the frame.
static int whole(const struct frame *frame, unsigned int offset, unsigned int packet, int v,
		 unsigned int *length, int *version)
{
	if (offset + packet > frame->length)
		return -1;
	*length = packet;
	*version = v;
	return (int)offset;
}

static int ipv4(const struct frame *frame, unsigned int offset, unsigned int *length, int *version)
{
	const unsigned char *ip = frame->data + offset;
	unsigned int header;

	if (frame->length < offset + 20)
		return -1;
	header = (ip[0] & 0xf) * 4u;
	if (ip[0] >> 4 != 4 || header < 20 || be16(ip + 2) < header)
		return -1;
	return whole(frame, offset, be16(ip + 2), 4, length, version);
}

static int ipv6(const struct frame *frame, unsigned int offset, unsigned int *length, int *version)
{
	const unsigned char *ip = frame->data + offset;

	if (frame->length < offset + 40 || ip[0] >> 4 != 6)
		return -1;
	// A length of 0 is a jumbogram's, or that of a packet which has only its header (no next
	// header: 59).
	if (be16(ip + 4) == 0 && ip[6] != 59)
		return -1;
	return whole(frame, offset, 40 + be16(ip + 4), 6, length, version);
}

static int after_ether_type(const struct frame *frame, unsigned int type_at, unsigned int payload,
			    unsigned int *length, int *version)
{
	unsigned int type;

	if (frame->length < payload)
		return -1;
	type = be16(frame->data + type_at);
	while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
		if (frame->length < payload + 4)
			return -1;
		type = be16(frame->data + payload + 2);
		payload += 4;
	}
	if (type == 0x0800)
		return ipv4(frame, payload, length, version);
	if (type == 0x86dd)
		return ipv6(frame, payload, length, version);
	return -1;
}

// BSD loopback: a word with the address family, in the byte order of whichever machine wrote the
// capture.
static int after_family(const struct frame *frame, unsigned int *length, int *version)
{
	const unsigned char *data = frame->data;
	unsigned int family;

	if (frame->length < 4)
		return -1;
	family = be16(data) == 0 ? be16(data + 2) : (unsigned int)data[1] << 8 | data[0];
	if (family == 2)
		return ipv4(frame, 4, length, version);
	if (family == 10 || family == 24 || family == 28 || family == 30)
		return ipv6(frame, 4, length, version);
	return -1;
}

static int raw(const struct frame *frame, unsigned int *length, int *version)
{
	if (frame->length > 0 && frame->data[0] >> 4 == 4)
		return ipv4(frame, 0, length, version);
	if (frame->length > 0 && frame->data[0] >> 4 == 6)
		return ipv6(frame, 0, length, version);
	return -1;
}

int frame_find_ip(const struct frame *frame, unsigned int *length, int *version)
{
	switch (frame->linktype) {
	case LINK_ETHERNET:
		return after_ether_type(frame, 12, 14, length, version);
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
		return raw(frame, length, version);
	case LINK_IPV4:
		return ipv4(frame, 0, length, version);
	case LINK_IPV6:
		return ipv6(frame, 0, length, version);
	case LINK_LINUX_SLL:
		return after_ether_type(frame, 14, 16, length, version);
	case LINK_LINUX_SLL2:
		return after_ether_type(frame, 0, 20, length, version);
	case LINK_NULL:
	case LINK_LOOP:
		return after_family(frame, length, version);
	default:
		return -1;
	}
}
