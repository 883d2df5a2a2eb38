/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Capture files, read and written. For callers with whatever headers: no types but C's own.
 */
#ifndef ESP_CAPTURE_H
#define ESP_CAPTURE_H

#include <stddef.h>

/* A captured frame; data is good until the next one is read. */
struct frame {
	const unsigned char *data;
	unsigned int length;
	unsigned int original_length;
	unsigned int linktype;
	unsigned int sec;
	unsigned int nsec;
};

struct capture;

/* Room for a message, which begins with the file's name. */
#define CAPTURE_ERROR 256

/* Open a pcap or pcapng file, by what is in it. NULL if it is none, and then error says why. */
struct capture *capture_open(const char *path, char error[CAPTURE_ERROR]);
void capture_close(struct capture *capture);

/* 1: a frame; 0: the end; -1: damaged, and error says what. */
int capture_next(struct capture *capture, struct frame *frame, char error[CAPTURE_ERROR]);

/* Time stamps are finer than microseconds. Of a pcapng file this is known after its first frame. */
int capture_nanosecond(const struct capture *capture);

/* The IP packet in a frame: its offset, or -1 if there is none that is whole; link.c. */
int frame_find_ip(const struct frame *frame, unsigned int *length, int *version);

#endif
