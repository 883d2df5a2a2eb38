// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/string.h>, the printing and reading of <linux/kernel.h>, <linux/ctype.h>: none of them
// sleeps.
#include <linux/ctype.h>
#include <linux/mm.h>

#include "api.h"

static int vprint(int which, char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = which == 0 ? vsprintf(buf, fmt, ap) :
	    which == 1 ? vsnprintf(buf, size, fmt, ap) :
			 vscnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

TEST(prints, ALL)
{
	char buf[64];
	u8 mac[] = { 0, 1, 2, 0xab, 0xcd, 0xef };
	unsigned long bits = 0x1d;

	CHECK(sprintf(buf, "%d %s", 42, "text") == 7 && strcmp(buf, "42 text") == 0);
	CHECK(snprintf(buf, 5, "%s", "long text") == 9 && strcmp(buf, "long") == 0);
	CHECK(scnprintf(buf, 5, "%s", "long text") == 4 && strcmp(buf, "long") == 0);
	CHECK(vprint(0, buf, 0, "%x", 255) == 2 && strcmp(buf, "ff") == 0);
	CHECK(vprint(1, buf, 3, "%05d", 12) == 5 && strcmp(buf, "00") == 0);
	CHECK(vprint(2, buf, 3, "%05d", 12) == 2 && strcmp(buf, "00") == 0);
	CHECK(scnprintf(buf, 0, "x") == 0);
	snprintf(buf, sizeof(buf), "%pM", mac);
	CHECK(strcmp(buf, "00:01:02:ab:cd:ef") == 0);
	snprintf(buf, sizeof(buf), "%*pbl", 8, &bits);
	CHECK(strcmp(buf, "0,2-4") == 0);
	snprintf(buf, sizeof(buf), "%*ph", 3, mac);
	CHECK(strcmp(buf, "00 01 02") == 0);
	snprintf(buf, sizeof(buf), "%-4s|%4s|%c%%", "a", "b", 'c');
	CHECK(strcmp(buf, "a   |   b|c%") == 0);
	snprintf(buf, sizeof(buf), "%lld %zu %hhu %#x", -5ll, (size_t)6, (u8)7, 8);
	CHECK(strcmp(buf, "-5 6 7 0x8") == 0);
}

static char *vas(const char *fmt, bool constant, ...)
{
	va_list ap;
	char *text;

	va_start(ap, constant);
	text = constant ? (char *)kvasprintf_const(GFP_ATOMIC, fmt, ap) :
			  kvasprintf(GFP_ATOMIC, fmt, ap);
	va_end(ap);
	return text;
}

TEST(allocated, ALL)
{
	char *text = kasprintf(GFP_ATOMIC, "%s-%d", "name", 3);
	char **argv;
	int argc = 0;

	CHECK(text != NULL && strcmp(text, "name-3") == 0);
	kfree(text);
	text = vas("%d", false, 77);
	CHECK(text != NULL && strcmp(text, "77") == 0);
	kfree(text);
	text = vas("constant", true, 1);
	CHECK(text != NULL && strcmp(text, "constant") == 0);
	kfree_const(text);
	text = kstrdup("copy", GFP_ATOMIC);
	CHECK(text != NULL && strcmp(text, "copy") == 0);
	kfree(text);
	text = (char *)kstrdup_const("copy", GFP_ATOMIC);
	CHECK(text != NULL && strcmp(text, "copy") == 0);
	kfree_const(text);
	text = kstrndup("copy", 2, GFP_ATOMIC);
	CHECK(text != NULL && strcmp(text, "co") == 0);
	kfree(text);
	text = kmemdup("copy", 5, GFP_ATOMIC);
	CHECK(text != NULL && strcmp(text, "copy") == 0);
	kfree(text);
	text = kmemdup_nul("copy", 3, GFP_ATOMIC);
	CHECK(text != NULL && strcmp(text, "cop") == 0);
	kfree(text);
	CHECK(kstrdup(NULL, GFP_ATOMIC) == NULL);
	argv = argv_split(GFP_ATOMIC, " one  two three ", &argc);
	CHECK(argv != NULL && argc == 3 && strcmp(argv[1], "two") == 0 && argv[3] == NULL);
	argv_free(argv);
}

TEST(from_user, SLEEP)
{
	char *text = memdup_user("user", 5);

	CHECK(!IS_ERR(text) && strcmp(text, "user") == 0);
	kfree(text);
	text = memdup_user_nul("user", 2);
	CHECK(!IS_ERR(text) && strcmp(text, "us") == 0);
	kfree(text);
	text = vmemdup_user("user", 5);
	CHECK(!IS_ERR(text) && strcmp(text, "user") == 0);
	kvfree(text);
	text = strndup_user("user", 10);
	CHECK(!IS_ERR(text) && strcmp(text, "user") == 0);
	kfree(text);
	CHECK(PTR_ERR(strndup_user("user", 4)) == -EINVAL);
	CHECK(PTR_ERR(memdup_user(NULL, 4)) == -EFAULT);
}

TEST(reads, ALL)
{
	int a = 0, b = 0, n;
	char word[8] = "";
	char *end, *at;

	CHECK(sscanf("12 0x1f word", "%d %i %7s", &a, &b, word) == 3 && a == 12 && b == 31 &&
	      strcmp(word, "word") == 0);
	CHECK(sscanf("x", "%d", &a) == 0);
	CHECK(simple_strtoul("12abc", &end, 10) == 12 && strcmp(end, "abc") == 0);
	CHECK(simple_strtol("-0x10", &end, 0) == -16 && *end == '\0');
	CHECK(simple_strtoull("18446744073709551615", NULL, 10) == U64_MAX);
	CHECK(simple_strtoll("-9", NULL, 10) == -9);
	CHECK(memparse("4K", &end) == 4096 && *end == '\0');
	CHECK(memparse("1M", NULL) == 1 << 20);
	at = (char *)"3,4-6";
	CHECK(get_option(&at, &n) == 2 && n == 3 && *at == '4');
	{
		int ints[8];
		CHECK(*get_options("1,5-7", 8, ints) == '\0' && ints[0] == 4 && ints[1] == 1 &&
		      ints[2] == 5 && ints[4] == 7);
	}
	CHECK(num_to_str(word, sizeof(word), 123, 0) == 3 && strncmp(word, "123", 3) == 0);
}

static int vread(const char *text, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsscanf(text, fmt, ap);
	va_end(ap);
	return n;
}

TEST(kstrto, ALL)
{
	unsigned long long ull;
	long long ll;
	unsigned long ul;
	long l;
	unsigned int ui;
	int i;
	u64 w64;
	s64 n64;
	u32 w32;
	s32 n32;
	u16 w16;
	s16 n16;
	u8 w8;
	s8 n8;
	bool yes;

	CHECK(vread("5", "%d", &i) == 1 && i == 5);
	CHECK(kstrtoull("18446744073709551615\n", 0, &ull) == 0 && ull == U64_MAX);
	CHECK(kstrtoull("18446744073709551616", 0, &ull) == -ERANGE);
	CHECK(kstrtoll("-9223372036854775808", 10, &ll) == 0 && ll == S64_MIN);
	CHECK(kstrtoul("0x10", 0, &ul) == 0 && ul == 16);
	CHECK(kstrtol("-010", 0, &l) == 0 && l == -8);
	CHECK(kstrtouint("4294967296", 10, &ui) == -ERANGE);
	CHECK(kstrtouint("4294967295", 10, &ui) == 0 && ui == U32_MAX);
	CHECK(kstrtoint("-5", 10, &i) == 0 && i == -5);
	CHECK(kstrtoint("5 ", 10, &i) == -EINVAL && kstrtoint("", 10, &i) == -EINVAL);
	CHECK(kstrtou64("7", 10, &w64) == 0 && w64 == 7);
	CHECK(kstrtos64("-7", 10, &n64) == 0 && n64 == -7);
	CHECK(kstrtou32("7", 10, &w32) == 0 && w32 == 7);
	CHECK(kstrtos32("-7", 10, &n32) == 0 && n32 == -7);
	CHECK(kstrtou16("65535", 10, &w16) == 0 && w16 == 65535 &&
	      kstrtou16("65536", 10, &w16) == -ERANGE);
	CHECK(kstrtos16("-32768", 10, &n16) == 0 && n16 == -32768);
	CHECK(kstrtou8("256", 10, &w8) == -ERANGE && kstrtou8("255", 10, &w8) == 0 && w8 == 255);
	CHECK(kstrtos8("-128", 10, &n8) == 0 && n8 == -128);
	CHECK(kstrtobool("on", &yes) == 0 && yes && kstrtobool("N", &yes) == 0 && !yes &&
	      kstrtobool("x", &yes) == -EINVAL);
	CHECK(strtobool("1", &yes) == 0 && yes);
	CHECK(kstrtoull_from_user("12\n", 3, 10, &ull) == 0 && ull == 12);
	CHECK(kstrtoll_from_user("-12", 3, 10, &ll) == 0 && ll == -12);
	CHECK(kstrtoul_from_user("12", 2, 10, &ul) == 0 && ul == 12);
	CHECK(kstrtol_from_user("-12", 3, 10, &l) == 0 && l == -12);
	CHECK(kstrtouint_from_user("129", 2, 10, &ui) == 0 && ui == 12);
	CHECK(kstrtoint_from_user("-1", 2, 10, &i) == 0 && i == -1);
	CHECK(kstrtobool_from_user("y", 1, &yes) == 0 && yes);
}

TEST(searches, ALL)
{
	char buf[32] = "  trim me \n";
	char *rest, *at;
	static const char *const names[] = { "one", "two", "three" };

	CHECK(strcmp(skip_spaces(buf), "trim me \n") == 0);
	CHECK(strcmp(strim(buf), "trim me") == 0 && strcmp(strstrip(buf), "trim me") == 0);
	strcpy(buf, "a.b.c");
	CHECK(strreplace(buf, '.', '-') == buf + 5 && strcmp(buf, "a-b-c") == 0);
	rest = buf;
	at = strsep(&rest, "-");
	CHECK(strcmp(at, "a") == 0 && strcmp(rest, "b-c") == 0);
	CHECK(strnchr("abc", 2, 'c') == NULL && strnchr("abc", 3, 'c') != NULL);
	CHECK(strnstr("abcdef", "cd", 3) == NULL && strnstr("abcdef", "cd", 4) != NULL);
	CHECK(*strchrnul("abc", 'x') == '\0' && *strchrnul("abc", 'b') == 'b');
	CHECK(strchr(HIDE("abc"), 'b')[1] == 'c' && *strrchr(HIDE("abab"), 'b') == 'b' &&
	      strstr(HIDE("abc"), "bc") != NULL);
	CHECK(*strpbrk(HIDE("abc"), "cb") == 'b' && strspn(HIDE("aab"), "a") == 2 &&
	      strcspn(HIDE("aab"), "b") == 2);
	CHECK(strlen(HIDE("four")) == 4 && strnlen(HIDE("four"), 2) == 2);
	CHECK(strcmp(HIDE("a"), "b") < 0 && strncmp(HIDE("ab"), "ac", 1) == 0);
	CHECK(strcasecmp(HIDE("AbC"), "aBc") == 0 && strncasecmp(HIDE("AbX"), "aBc", 2) == 0);
	CHECK(match_string(names, ARRAY_SIZE(names), "two") == 1 &&
	      match_string(names, ARRAY_SIZE(names), "ten") == -EINVAL);
	CHECK(sysfs_match_string(names, "three\n") == 2);
	CHECK(sysfs_streq("a\n", "a") && !sysfs_streq("a\n", "b"));
	CHECK(strstarts("prefix", "pre") && str_has_prefix("prefix", "pre") == 3 &&
	      strcmp(kbasename("/a/b"), "b") == 0);
}

TEST(copies, ALL)
{
	char buf[16], other[16];
	u16 w16[3];
	u32 w32[3];
	u64 w64[3];

	CHECK(strlcpy(buf, "0123456789abcdef", 5) == 16 && strcmp(buf, "0123") == 0);
	CHECK(strlcat(buf, "xyz", sizeof(buf)) == 7 && strcmp(buf, "0123xyz") == 0);
	CHECK(strscpy(buf, "toolong", 4) == -E2BIG && strcmp(buf, "too") == 0 &&
	      strscpy(buf, "fits", 5) == 4);
	CHECK(strcmp(strcpy(buf, HIDE("ab")), "ab") == 0 &&
	      strcmp(strcat(buf, HIDE("cd")), "abcd") == 0);
	CHECK(strcmp(strncat(buf, HIDE("ef"), 1), "abcde") == 0);
	strncpy(other, HIDE("xyz"), sizeof(other));
	CHECK(other[3] == '\0' && other[15] == '\0');
	memset(buf, 7, HIDE(sizeof(buf)));
	CHECK(memchr_inv(buf, 7, sizeof(buf)) == NULL && memchr(buf, 7, HIDE(sizeof(buf))) == buf);
	buf[9] = 8;
	CHECK(memchr_inv(buf, 7, sizeof(buf)) == buf + 9 &&
	      memscan(buf, 8, sizeof(buf)) == buf + 9 && memscan(buf, 9, 16) == buf + 16);
	memmove(buf + 1, buf, HIDE(sizeof(buf) - 1));
	CHECK(buf[10] == 8);
	memcpy(other, buf, HIDE(sizeof(buf)));
	CHECK(memcmp(buf, other, HIDE(sizeof(buf))) == 0);
	memzero_explicit(other, sizeof(other));
	CHECK(memchr_inv(other, 0, sizeof(other)) == NULL);
	CHECK(memweight("\x03\x01", 2) == 3);
	memset16(w16, 0x1234, 3);
	memset32(w32, 0x12345678, 3);
	memset64(w64, 0x123456789abcdef0, 3);
	CHECK(w16[2] == 0x1234 && w32[2] == 0x12345678 && w64[2] == 0x123456789abcdef0);
	memset_l((unsigned long *)w64, 5, 3);
	memset_p((void **)w64 + 1, buf, 1);
	CHECK(w64[0] == 5 && w64[1] == (u64)(unsigned long)buf);
	memcpy_and_pad(other, 4, "ab", 2, '.');
	CHECK(memcmp(other, "ab..", 4) == 0);
}

TEST(digits, ALL)
{
	u8 bytes[2];
	char text[5] = "";

	CHECK(hex_to_bin('f') == 15 && hex_to_bin('g') == -1);
	CHECK(hex2bin(bytes, "12aF", 2) == 0 && bytes[0] == 0x12 && bytes[1] == 0xaf &&
	      hex2bin(bytes, "1x", 1) != 0);
	CHECK(bin2hex(text, bytes, 2) == text + 4 && strcmp(text, "12af") == 0);
	CHECK(hex_byte_pack(text, 0x5e) == text + 2 && text[1] == 'e' &&
	      hex_byte_pack_upper(text, 0x5e) != NULL && text[1] == 'E');
	CHECK(isalnum(HIDE('a')) && isalpha(HIDE('a')) && iscntrl(HIDE('\n')) &&
	      isdigit(HIDE('1')) && isgraph(HIDE('!')) && islower(HIDE('a')));
	CHECK(isprint(HIDE(' ')) && ispunct(HIDE('.')) && isspace(HIDE('\t')) &&
	      isupper(HIDE('A')) && isxdigit(HIDE('f')) && isascii(HIDE('a')));
	CHECK(!isdigit(HIDE('x')) && tolower(HIDE('A')) == 'a' && toupper(HIDE('a')) == 'A' &&
	      toascii(HIDE(0xe1)) == 0x61 && isodigit('7'));
}
