// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/ctype.h>. The C library's functions, of the locale "C": letters are those of
// ASCII, where the kernel's table is Latin-1. The parentheses are against macros of <ctype.h>.
#ifndef PADATA_LINUX_CTYPE_H
#define PADATA_LINUX_CTYPE_H

// clang-format off: it would take these for casts.
int (isalnum)(int c);
int (isalpha)(int c);
int (iscntrl)(int c);
int (isdigit)(int c);
int (isgraph)(int c);
int (islower)(int c);
int (isprint)(int c);
int (ispunct)(int c);
int (isspace)(int c);
int (isupper)(int c);
int (isxdigit)(int c);
int (tolower)(int c);
int (toupper)(int c);

int (isascii)(int c);
int (toascii)(int c);
// clang-format on

static inline int isodigit(const char c)
{
	return c >= '0' && c <= '7';
}

#endif
