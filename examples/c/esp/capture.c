// SPDX-License-Identifier: GPL-2.0-only
//
// Reading captures, classic pcap and pcapng. Plain C and the C library.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"

#define PCAP_USEC 0xa1b2c3d4u
#define PCAP_NSEC 0xa1b23c4du

enum {
	// Longest frame, and longest block of a pcapng file that is looked into.
	FRAME_MAX = 256 * 1024,
	BLOCK_MAX = 1 << 20,

	PCAP_HEADER = 24,
	PCAP_RECORD = 16,

	SECTION_HEADER = 0x0a0d0d0a,
	INTERFACE = 1,
	PACKET = 2,
	SIMPLE_PACKET = 3,
	ENHANCED_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	BLOCK_HEAD = 8,
	BLOCK_TAIL = 4,
	PACKET_HEAD = 20,
	OPTION_END = 0,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
};

struct interface {
	unsigned int linktype;
	unsigned int snap_length;
	unsigned char resolution;
	long long offset_sec;
};

struct capture {
	FILE *file;
	char *path;
	int pcapng;
	int big_endian;
	int nanosecond;
	unsigned int linktype;
	// A record or block, and where in the file it begins.
	unsigned char *bytes;
	unsigned long long offset;
	// Of the section that is being read.
	struct interface *interfaces;
	unsigned int nr_interfaces;
};

static unsigned int get16(const struct capture *c, const unsigned char *at)
{
	return c->big_endian ? (unsigned int)at[0] << 8 | at[1] : (unsigned int)at[1] << 8 | at[0];
}

static unsigned int get32(const struct capture *c, const unsigned char *at)
{
	return c->big_endian ? get16(c, at) << 16 | get16(c, at + 2) :
			       get16(c, at + 2) << 16 | get16(c, at);
}

__attribute__((format(printf, 3, 4))) static int damaged(struct capture *c, char *error,
							 const char *fmt, ...)
{
	va_list args;
	int n = snprintf(error, CAPTURE_ERROR, "%s: at byte %llu: ", c->path, c->offset);

	va_start(args, fmt);
	if (n < CAPTURE_ERROR)
		vsnprintf(error + n, CAPTURE_ERROR - n, fmt, args);
	va_end(args);
	return -1;
}

// 1: there; 0: the file has ended just before; -1: it ends within.
static int get(struct capture *c, unsigned char *to, size_t length, char *error)
{
	size_t got = fread(to, 1, length, c->file);

	if (got == length)
		return 1;
	if (ferror(c->file))
		return damaged(c, error, "cannot read: %s", strerror(errno));
	return got == 0 ? 0 : damaged(c, error, "the file ends within a record");
}

// As get(), where the file must not end yet.
static int get_rest(struct capture *c, unsigned char *to, size_t length, char *error)
{
	int err = get(c, to, length, error);

	return err == 0 && length > 0 ? damaged(c, error, "the file ends within a record") : err;
}

static int pcap_next(struct capture *c, struct frame *frame, char *error)
{
	unsigned char *head = c->bytes;
	unsigned int fraction;
	int err = get(c, head, PCAP_RECORD, error);

	if (err <= 0)
		return err;
	*frame = (struct frame){
		.data = c->bytes + PCAP_RECORD,
		.length = get32(c, head + 8),
		.original_length = get32(c, head + 12),
		.linktype = c->linktype,
		.sec = get32(c, head),
	};
	fraction = get32(c, head + 4);
	frame->nsec = c->nanosecond ? fraction : fraction * 1000;
	if (frame->length > FRAME_MAX)
		return damaged(c, error, "a record claims %u bytes", frame->length);
	err = get_rest(c, c->bytes + PCAP_RECORD, frame->length, error);
	c->offset += PCAP_RECORD + frame->length;
	return err < 0 ? err : 1;
}

// Units of an interface's time stamps in a second; 0 where that is beyond all stamps' digits, which
// makes them all 0.
static unsigned __int128 units_per_second(unsigned char resolution)
{
	unsigned int n = resolution & 0x7f;
	unsigned __int128 units = 1;

	if (resolution & 0x80)
		return units << n;
	if (n > 28)
		return 0;
	while (n-- > 0)
		units *= 10;
	return units;
}

static void set_time(const struct interface *interface, unsigned int high, unsigned int low,
		     struct frame *frame)
{
	unsigned __int128 stamp = (unsigned __int128)high << 32 | low,
			  units = units_per_second(interface->resolution);

	frame->sec = (unsigned int)((units == 0 ? 0 : (long long)(stamp / units)) +
				    interface->offset_sec);
	frame->nsec = units == 0 ? 0 : (unsigned int)(stamp % units * 1000000000 / units);
}

static int add_interface(struct capture *c, unsigned int length, char *error)
{
	struct interface *grown = realloc(c->interfaces, (c->nr_interfaces + 1) * sizeof(*grown)),
			 *interface;
	const unsigned char *block = c->bytes;
	unsigned __int128 units;

	if (!grown)
		return damaged(c, error, "no memory");
	c->interfaces = grown;
	interface = &grown[c->nr_interfaces++];
	// Microseconds, unless an option says otherwise.
	*interface = (struct interface){ .linktype = get16(c, block + 8),
					 .snap_length = get32(c, block + 12),
					 .resolution = 6 };
	for (unsigned int at = 16; at + 4 <= length - BLOCK_TAIL;) {
		unsigned int code = get16(c, block + at), size = get16(c, block + at + 2);

		if (code == OPTION_END)
			break;
		at += 4;
		if (at + size > length - BLOCK_TAIL)
			return damaged(c, error, "an option of an interface runs past its end");
		if (code == OPTION_TSRESOL && size == 1)
			interface->resolution = block[at];
		else if (code == OPTION_TSOFFSET && size == 8)
			interface->offset_sec =
				(long long)((unsigned long long)get32(
						    c, block + at + (c->big_endian ? 0 : 4))
						    << 32 |
					    get32(c, block + at + (c->big_endian ? 4 : 0)));
		at += (size + 3) & ~3u;
	}
	units = units_per_second(interface->resolution);
	c->nanosecond |= units == 0 || units > 1000000;
	return 0;
}

static int packet(struct capture *c, unsigned int type, unsigned int length, struct frame *frame,
		  char *error)
{
	const unsigned char *block = c->bytes;
	unsigned int number = type == ENHANCED_PACKET ? get32(c, block + 8) :
			      type == PACKET          ? get16(c, block + 8) :
							0;
	const struct interface *interface = &c->interfaces[number];

	if (number >= c->nr_interfaces)
		return damaged(c, error, "a packet of interface %u, which is not described",
			       number);
	*frame = (struct frame){ .linktype = interface->linktype };
	if (type == SIMPLE_PACKET) {
		// It does not tell how much was captured: all that fits the block and the
		// interface's limit.
		frame->data = block + 12;
		frame->original_length = frame->length = get32(c, block + 8);
		if (frame->length > length - 16)
			frame->length = length - 16;
		if (interface->snap_length != 0 && frame->length > interface->snap_length)
			frame->length = interface->snap_length;
	} else {
		frame->data = block + BLOCK_HEAD + PACKET_HEAD;
		frame->length = get32(c, block + 20);
		frame->original_length = get32(c, block + 24);
		set_time(interface, get32(c, block + 12), get32(c, block + 16), frame);
		if (frame->length > length - BLOCK_HEAD - PACKET_HEAD - BLOCK_TAIL)
			return damaged(c, error, "a packet claims %u bytes in a block of %u",
				       frame->length, length);
	}
	return frame->length > FRAME_MAX ?
		       damaged(c, error, "a packet claims %u bytes", frame->length) :
		       1;
}

// The byte order of a section stands behind its length.
static int byte_order(struct capture *c, char *error)
{
	for (c->big_endian = 0; c->big_endian <= 1; c->big_endian++)
		if (get32(c, c->bytes + 8) == BYTE_ORDER_MAGIC)
			return 0;
	return damaged(c, error, "a section header without a byte-order mark");
}

static unsigned int shortest(unsigned int type)
{
	switch (type) {
	case SECTION_HEADER:
		return 28;
	case INTERFACE:
		return 20;
	case SIMPLE_PACKET:
		return 16;
	case PACKET:
	case ENHANCED_PACKET:
		return BLOCK_HEAD + PACKET_HEAD + BLOCK_TAIL;
	default:
		return BLOCK_HEAD + BLOCK_TAIL;
	}
}

// 1: a packet; 2: another block; 0: the end.
static int block(struct capture *c, struct frame *frame, char *error)
{
	unsigned char *bytes = c->bytes;
	unsigned int type, length, have = BLOCK_HEAD + BLOCK_TAIL;
	int err = get(c, bytes, have, error);

	if (err <= 0)
		return err;
	if (get32(c, bytes) == SECTION_HEADER && byte_order(c, error) < 0)
		return -1;
	type = get32(c, bytes);
	length = get32(c, bytes + 4);
	if (length % 4 != 0 || length < shortest(type))
		return damaged(c, error, "a block has an impossible length, %u", length);
	if (length > BLOCK_MAX) {
		// Of a block of another kind nothing is wanted.
		if (shortest(type) != BLOCK_HEAD + BLOCK_TAIL)
			return damaged(c, error, "a block claims %u bytes", length);
		for (unsigned int left = length - have; left > 0; left -= have) {
			have = left < BLOCK_MAX ? left : BLOCK_MAX;
			if (get_rest(c, bytes, have, error) < 0)
				return -1;
		}
		c->offset += length;
		return 2;
	}
	if (get_rest(c, bytes + have, length - have, error) < 0)
		return -1;
	if (get32(c, bytes + length - BLOCK_TAIL) != length)
		return damaged(c, error, "a block has other lengths at its ends");
	if (type == SECTION_HEADER) {
		if (get16(c, bytes + 12) != 1)
			return damaged(c, error, "pcapng of version %u.x", get16(c, bytes + 12));
		c->nr_interfaces = 0;
	} else if (type == INTERFACE && add_interface(c, length, error) < 0) {
		return -1;
	}
	err = 2;
	if (type == ENHANCED_PACKET || type == PACKET || type == SIMPLE_PACKET)
		err = packet(c, type, length, frame, error);
	c->offset += length;
	return err;
}

int capture_next(struct capture *c, struct frame *frame, char error[CAPTURE_ERROR])
{
	int err = 2;

	if (!c->pcapng)
		return pcap_next(c, frame, error);
	while (err == 2)
		err = block(c, frame, error);
	return err;
}

int capture_nanosecond(const struct capture *c)
{
	return c->nanosecond;
}

// Is it pcap, of whichever byte order? The file header is in bytes.
static int pcap_header(struct capture *c, char *error)
{
	for (c->big_endian = 0; c->big_endian <= 1; c->big_endian++) {
		unsigned int magic = get32(c, c->bytes);

		if (magic != PCAP_USEC && magic != PCAP_NSEC)
			continue;
		if (get16(c, c->bytes + 4) != 2 || get16(c, c->bytes + 6) != 4)
			return damaged(c, error, "a pcap file of another version than 2.4");
		c->nanosecond = magic == PCAP_NSEC;
		// The upper half of the word is about a frame check sequence.
		c->linktype = get32(c, c->bytes + 20) & 0xffff;
		c->offset = PCAP_HEADER;
		return 0;
	}
	return damaged(c, error, "neither pcap nor pcapng");
}

struct capture *capture_open(const char *path, char error[CAPTURE_ERROR])
{
	struct capture *c = calloc(1, sizeof(*c));
	struct frame none;

	snprintf(error, CAPTURE_ERROR, "%s: no memory", path);
	if (!c)
		return NULL;
	c->path = strdup(path);
	c->bytes = malloc(BLOCK_MAX);
	if (!c->path || !c->bytes)
		goto fail;
	c->file = fopen(path, "rb");
	if (!c->file) {
		snprintf(error, CAPTURE_ERROR, "%s: cannot open: %s", path, strerror(errno));
		goto fail;
	}
	if (get_rest(c, c->bytes, PCAP_HEADER, error) <= 0)
		goto fail;
	// Reads the same in either byte order.
	c->pcapng = get32(c, c->bytes) == SECTION_HEADER;
	if (c->pcapng) {
		rewind(c->file);
		if (block(c, &none, error) != 2)
			goto fail;
	} else if (pcap_header(c, error) < 0) {
		goto fail;
	}
	return c;
fail:
	capture_close(c);
	return NULL;
}

void capture_close(struct capture *c)
{
	if (c->file)
		fclose(c->file);
	free(c->interfaces);
	free(c->bytes);
	free(c->path);
	free(c);
}
