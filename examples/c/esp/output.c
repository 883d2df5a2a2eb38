// SPDX-License-Identifier: GPL-2.0-only
//
// Writing the capture. Plain C and the C library.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

enum { LINKTYPE_RAW = 101, SNAP_LENGTH = 256 * 1024 };

struct output {
	FILE *file;
	int error;
	int in_place;
	// The place, and what is written until it is finished.
	char *path;
	char *written;
};

// Little endian on every machine, so that the file's bytes are the same.
static void put32(unsigned char *to, unsigned int value)
{
	for (int i = 0; i < 4; i++)
		to[i] = value >> 8 * i;
}

void output_put_header(unsigned char *to, unsigned int sec, unsigned int nsec, unsigned int length,
		       int nanosecond)
{
	put32(to, sec);
	put32(to + 4, nanosecond ? nsec : nsec / 1000);
	put32(to + 8, length);
	put32(to + 12, length);
}

void output_append(struct output *output, const unsigned char *record, unsigned int length)
{
	if (fwrite(record, 1, length, output->file) != length && output->error == 0)
		output->error = errno ? -errno : -EIO;
}

static void output_free(struct output *output)
{
	free(output->path);
	free(output->written);
	free(output);
}

static FILE *open_file(struct output *output, const char *path)
{
	size_t room = strlen(path) + sizeof(".tmp-2147483647");
	struct stat st;

	output->path = strdup(path);
	output->written = malloc(room);
	if (!output->path || !output->written)
		return NULL;
	output->in_place = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
	if (output->in_place)
		return fopen(path, "wb");
	snprintf(output->written, room, "%s.tmp-%d", path, (int)getpid());
	// What an earlier process of this number may have left behind.
	unlink(output->written);
	return fopen(output->written, "wbx");
}

struct output *output_open(const char *path, int nanosecond)
{
	unsigned char header[24] = { 0 };
	struct output *output = calloc(1, sizeof(*output));

	if (!output)
		return NULL;
	output->file = open_file(output, path);
	if (!output->file) {
		output_free(output);
		return NULL;
	}
	setvbuf(output->file, NULL, _IOFBF, 1 << 20);
	put32(header, nanosecond ? 0xa1b23c4d : 0xa1b2c3d4);
	header[4] = 2;
	header[6] = 4;
	put32(header + 16, SNAP_LENGTH);
	put32(header + 20, LINKTYPE_RAW);
	output_append(output, header, sizeof(header));
	return output;
}

int output_finish(struct output *output, int keep)
{
	int error = output->error;

	if (fclose(output->file) != 0 && error == 0)
		error = -errno;
	if (!output->in_place) {
		if (error == 0 && keep && rename(output->written, output->path) != 0)
			error = -errno;
		if (error != 0 || !keep)
			unlink(output->written);
	}
	output_free(output);
	return error;
}
