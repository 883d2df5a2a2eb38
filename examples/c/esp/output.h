/* SPDX-License-Identifier: GPL-2.0-only
 *
 * A pcap file of IP packets, all of it or nothing: it is written beside its place, and takes the
 * place when it is finished.
 */
#ifndef ESP_OUTPUT_H
#define ESP_OUTPUT_H

/* Bytes before a packet in the file. */
#define RECORD_HEADER 16

struct output;

/* NULL if it cannot be opened. What is no regular file (a pipe, /dev/null) is written in place. */
struct output *output_open(const char *path, int nanosecond);

/* Make a packet's record header. */
void output_put_header(unsigned char *to, unsigned int sec, unsigned int nsec, unsigned int length,
		       int nanosecond);

/* Append a record, header and packet. An error shows at output_finish(). */
void output_append(struct output *output, const unsigned char *record, unsigned int length);

/* 0, or a negative errno: then, or if `keep` is 0, no file is left behind. */
int output_finish(struct output *output, int keep);

#endif
