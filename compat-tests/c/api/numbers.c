// SPDX-License-Identifier: GPL-2.0-only
//
// Bitmaps, bits, checksums, hashes, random numbers, sorting, square roots.
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/bsearch.h>
#include <linux/crc32.h>
#include <linux/crc32c.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/list_sort.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/sort.h>

#include "api.h"

TEST(bitmaps, ALL)
{
	DECLARE_BITMAP(a, 100);
	DECLARE_BITMAP(b, 100);
	unsigned long *heap;
	char *page = kmalloc(PAGE_SIZE, GFP_ATOMIC);

	bitmap_zero(a, 100);
	bitmap_set(a, 10, 3);
	bitmap_shift_left(b, a, 60, 100);
	CHECK(test_bit(70, b) && test_bit(72, b) && bitmap_weight(b, 100) == 3);
	bitmap_shift_right(b, b, 60, 100);
	CHECK(bitmap_equal(a, b, 100));
	CHECK(bitmap_find_next_zero_area(a, 100, 8, 4, 0) == 13 &&
	      bitmap_find_next_zero_area(a, 100, 8, 4, 7) == 16);
	CHECK(bitmap_parselist("0-2,98", b, 100) == 0 && bitmap_weight(b, 100) == 4 &&
	      test_bit(98, b));
	CHECK(bitmap_parselist("100", b, 100) == -ERANGE &&
	      bitmap_parselist("2-x", b, 100) == -EINVAL);
	CHECK(bitmap_parse("ff", 2, b, 100) == 0 && bitmap_weight(b, 100) == 8);
	CHECK(bitmap_parse_user("f", 1, b, 100) == 0 && bitmap_weight(b, 100) == 4);
	CHECK(bitmap_parselist_user("5", 1, b, 100) == 0 && bitmap_weight(b, 100) == 1 &&
	      test_bit(5, b));
	CHECK(page != NULL && bitmap_print_to_pagebuf(true, page, a, 100) == 6 &&
	      strcmp(page, "10-12\n") == 0);
	CHECK(page != NULL && bitmap_print_to_pagebuf(false, page, a, 16) == 5 &&
	      strcmp(page, "1c00\n") == 0);
	kfree(page);
	heap = bitmap_alloc(100, GFP_ATOMIC);
	CHECK(heap != NULL);
	bitmap_free(heap);
	heap = bitmap_zalloc(100, GFP_ATOMIC);
	CHECK(heap != NULL && bitmap_empty(heap, 100));
	CHECK(bitmap_allocate_region(heap, 4, 2) == 0 &&
	      bitmap_allocate_region(heap, 4, 2) == -EBUSY);
	CHECK(bitmap_find_free_region(heap, 100, 2) == 0 &&
	      bitmap_find_free_region(heap, 100, 2) == 8);
	bitmap_release_region(heap, 4, 2);
	CHECK(bitmap_weight(heap, 100) == 8 && !test_bit(4, heap));
	bitmap_free(heap);
}

TEST(bits, ALL)
{
	unsigned long word = 0;

	CHECK(ffs(HIDE(0x18)) == 4 && ffs(HIDE(0)) == 0 && __ffs(8) == 3 && fls(8) == 4 &&
	      fls64(1ull << 40) == 41 && ffz(7) == 3);
	CHECK(!test_and_set_bit(5, &word) && test_and_set_bit(5, &word) &&
	      test_and_clear_bit(5, &word) && word == 0);
	change_bit(3, &word);
	CHECK(word == 8 && hweight_long(0xf0) == 4 && rol32(0x80000001, 1) == 3);
	CHECK(is_power_of_2(64) && roundup_pow_of_two(33) == 64 && ilog2(HIDE(1000ul)) == 9 &&
	      order_base_2(HIDE(5ul)) == 3);
	CHECK(div_u64(HIDE(100ull), 7) == 14 && div64_u64(HIDE(100ull), 7) == 14);
	CHECK(int_sqrt(HIDE(99ul)) == 9 && int_sqrt(HIDE(100ul)) == 10 &&
	      int_sqrt64(1ull << 40) == 1 << 20);
}

TEST(checksums, ALL)
{
	const u8 *text = (const u8 *)"123456789";
	u32 words[] = { 1, 2, 3, 4 };

	CHECK(~crc32_le(~0u, text, 9) == 0xcbf43926);
	CHECK(crc32_be(~0u, text, 9) == 0x0376e6e7);
	CHECK(~__crc32c_le(~0u, text, 9) == 0xe3069283);
	CHECK(~crc32c(~0u, text, 9) == 0xe3069283);
	CHECK(jhash(words, sizeof(words), 5) == jhash2(words, 4, 5) &&
	      jhash(words, 16, 5) != jhash(words, 15, 5));
	CHECK(jhash_3words(1, 2, 3, 9) == jhash2(words, 3, 9));
	CHECK(hash_32(7, 8) < 256 && hash_64(7, 8) < 256);
}

TEST(randoms, ALL)
{
	struct rnd_state a, b;
	u8 x[32] = { 0 }, y[32] = { 0 };

	get_random_bytes(x, sizeof(x));
	CHECK(memchr_inv(x, 0, sizeof(x)) != NULL);
	CHECK(get_random_u32() != get_random_u32() || get_random_u32() != 0);
	CHECK(get_random_u64() != get_random_u64() && get_random_long() != get_random_long());
	CHECK(prandom_u32() != prandom_u32() || prandom_u32() != 0);
	CHECK(prandom_u32_max(10) < 10);
	prandom_seed(5);
	prandom_bytes(y, sizeof(y));
	CHECK(memchr_inv(y, 0, sizeof(y)) != NULL);
	prandom_seed_state(&a, 99);
	prandom_seed_state(&b, 99);
	CHECK(prandom_u32_state(&a) == prandom_u32_state(&b));
	prandom_bytes_state(&a, x, sizeof(x));
	prandom_bytes_state(&b, y, sizeof(y));
	CHECK(memcmp(x, y, sizeof(x)) == 0);
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void swap_ints(void *a, void *b, int size)
{
	CHECK(size == sizeof(int));
	swap(*(int *)a, *(int *)b);
}

struct item {
	struct list_head list;
	int key, nr;
};

static int compare_items(void *priv, struct list_head *a, struct list_head *b)
{
	++*(int *)priv;
	return list_entry(a, struct item, list)->key - list_entry(b, struct item, list)->key;
}

TEST(sorting, ALL)
{
	int numbers[50], wanted = 20, i, calls = 0;
	struct item items[20], *item, *before = NULL;
	LIST_HEAD(list);

	for (i = 0; i < 50; i++)
		numbers[i] = i * 37 % 50;
	sort(numbers, 50, sizeof(int), compare, NULL);
	for (i = 0; i < 50; i++)
		CHECK(numbers[i] == i);
	numbers[0] = 99;
	sort(numbers, 50, sizeof(int), compare, swap_ints);
	CHECK(numbers[49] == 99 && numbers[0] == 1);
	CHECK(bsearch(&wanted, numbers, 50, sizeof(int), compare) == &numbers[19]);
	for (i = 0; i < 20; i++) {
		items[i].key = i % 4;
		items[i].nr = i;
		list_add_tail(&items[i].list, &list);
	}
	list_sort(&calls, &list, compare_items);
	list_for_each_entry(item, &list, list) {
		CHECK(before == NULL || before->key < item->key ||
		      (before->key == item->key && before->nr < item->nr));
		before = item;
	}
	CHECK(calls > 0 && before->nr == 19);
}
