/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The small syntax of the scenario language: words, quoted texts, names of errors, and the text of
 * an answer.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define MAX_WORDS	8
#define ANSWER_BYTES	(1 << 20)

struct text {
	char *bytes;
	size_t length;
	/* The command as it was given. */
	char command[256];
};

static bool text_init(struct text *text)
{
	text->bytes = vmalloc(ANSWER_BYTES);
	return text->bytes;
}

static void text_begin(struct text *text, const char *line)
{
	text->length = 0;
	strscpy(text->command, line, sizeof(text->command));
}

static __printf(2, 3) void text_add(struct text *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text->length +=
		vscnprintf(text->bytes + text->length, ANSWER_BYTES - text->length, fmt, args);
	va_end(args);
}

#define text_result(text, fmt, ...) \
	text_add(text, "%s => " fmt "\n", (text)->command, ##__VA_ARGS__)

static const char *errname_of(int rc)
{
	static char other[16];

	switch (rc) {
	case 0:
		return "0";
	case -EINVAL:
		return "-EINVAL";
	case -EBUSY:
		return "-EBUSY";
	case -ENOMEM:
		return "-ENOMEM";
	case -ENOENT:
		return "-ENOENT";
	case -EOVERFLOW:
		return "-EOVERFLOW";
	case -EIO:
		return "-EIO";
	case -EEXIST:
		return "-EEXIST";
	case -ENOSYS:
		return "-ENOSYS";
	}
	snprintf(other, sizeof(other), "%d", rc);
	return other;
}

static const char escapes[] = "n\nt\tr\r0\0\"\"\\\\";

static void text_quoted_result(struct text *text, const char *bytes, size_t n)
{
	size_t i, e;

	text_add(text, "%s => %zu \"", text->command, n);
	for (i = 0; i < n; i++) {
		for (e = 0; e < sizeof(escapes) - 1 && escapes[e + 1] != bytes[i]; e += 2)
			;
		if (e < sizeof(escapes) - 1)
			text_add(text, "\\%c", escapes[e]);
		else
			text_add(text, "%c", bytes[i]);
	}
	text_add(text, "\"\n");
}

/* The bytes of "TEXT"; their number, or -1. */
static ssize_t text_unquote(const char *quoted, char *to, size_t size)
{
	size_t n = 0, e;

	if (!quoted || *quoted++ != '"')
		return -1;
	for (; *quoted && *quoted != '"'; quoted++) {
		if (n == size)
			return -1;
		if (*quoted != '\\') {
			to[n++] = *quoted;
			continue;
		}
		quoted++;
		for (e = 0; e < sizeof(escapes) - 1 && escapes[e] != *quoted; e += 2)
			;
		if (e >= sizeof(escapes) - 1)
			return -1;
		to[n++] = escapes[e + 1];
	}
	return *quoted == '"' && !quoted[1] ? n : -1;
}

/*
 * Cuts a line at blanks, a quoted text is one word; those that are not there are NULL. False: too
 * many.
 */
static bool text_split(char *line, char *words[MAX_WORDS + 1])
{
	int n = 0;

	memset(words, 0, sizeof(*words) * (MAX_WORDS + 1));
	while (*(line = skip_spaces(line))) {
		if (n == MAX_WORDS)
			return false;
		words[n++] = line;
		if (*line == '"')
			for (line++; *line && *line != '"'; line++)
				if (*line == '\\' && line[1])
					line++;
		while (*line && *line != ' ')
			line++;
		if (*line)
			*line++ = '\0';
	}
	return n > 0;
}
