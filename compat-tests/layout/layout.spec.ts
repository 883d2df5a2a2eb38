// SPDX-License-Identifier: GPL-2.0-only
//
// The structs and constants of lib/linux against those of include/linux, as a C compiler has them.
// lib/linux/list.ts is compared with <linux/list.h>, and so on: whatever such a file exports must
// be in its header, with the same numbers. The words that lib/machine shares with the addon are
// compared with native/shared-words.h in the same way.
import { expect } from 'chai';
import fc from 'fast-check';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// First, and as every thread loads it: static data gets its address in the order in which the
// modules are loaded.
import '../../lib/index.js';
import { esp_packet } from '../../lib/cli/esp/burst.js';
import { function_slot } from '../../lib/machine/function.js';
import { machine } from '../../lib/machine/layout.js';
import { park_words, PARKED, PARKED_IN_C } from '../../lib/machine/park.js';
import { booter, cpu_status } from '../../lib/machine/processor.js';
import { aligned, array, CACHELINE, fn_ptr, int, long, ptr, struct, u16, u8, unsigned_int,
	type CType, type StructType } from '../../lib/machine/struct.js';

const include = fileURLToPath(new URL('../../../include', import.meta.url));
const linux = new URL('../../lib/linux/', import.meta.url);
const headers = readdirSync(join(include, 'linux')).filter((name) => name.endsWith('.h'));
const twins = headers.map((name) => name.slice(0, -2)).filter((name) =>
	existsSync(new URL(`${name}.js`, linux))
);

/** A C client has pointers to it and no more. */
const OPAQUE = ['struct workqueue_struct'];
/** An address of the kernel's static data, not a constant of it. */
const ADDRESSES = ['LOG_SEQ'];

const is_struct = (value: unknown): value is StructType =>
	typeof value === 'object' && value !== null && 'fields' in value && 'offset' in value;
const works = (cc: string): boolean => spawnSync(cc, ['--version']).status === 0;

const structs = new Map<string, StructType>();
const constants = new Map<string, number>();
for (const twin of twins) {
	const exported = await import(new URL(`${twin}.js`, linux).href) as Record<string, unknown>;
	for (const [name, value] of Object.entries(exported)) {
		if (is_struct(value) && !OPAQUE.includes(value.name))
			structs.set(value.name, value);
		else if (typeof value === 'number' && /^_*[A-Z][A-Z0-9_]+$/.test(name)
			&& !ADDRESSES.includes(name))
			constants.set(name, value);
	}
}

/** A type of both languages; c() declares a member. */
interface Both {
	readonly ts: CType;
	readonly c: (member: string) => string;
}

const scalars: readonly Both[] = [
	{ ts: u8, c: (m) => `unsigned char ${m}` },
	{ ts: u16, c: (m) => `unsigned short ${m}` },
	{ ts: int, c: (m) => `int ${m}` },
	{ ts: unsigned_int, c: (m) => `unsigned int ${m}` },
	{ ts: long, c: (m) => `long ${m}` },
	{ ts: ptr, c: (m) => `void *${m}` },
	{ ts: fn_ptr, c: (m) => `void (*${m})(void)` },
];

/**
 * What a member is made of: a scalar, or a struct declared before; how many; and at which alignment
 * (0: its own).
 */
const member = fc.record({ type: fc.nat(), count: fc.option(fc.integer({ min: 1, max: 5 })),
	align: fc.constantFrom(0, 0, 0, 2, 16, CACHELINE) });
const any_structs = fc.array(fc.array(member, { minLength: 1, maxLength: 8 }), { minLength: 40,
	maxLength: 40 });

/** Random structs, each of scalars and of the structs before it. */
function random_structs(seed: number): { declarations: string[]; types: StructType[] } {
	const known = [...scalars];
	const declarations: string[] = [];
	const types: StructType[] = [];
	fc.sample(any_structs, { seed, numRuns: 1 })[0].forEach((members, i) => {
		const fields: Record<string, CType> = {};
		const lines = members.map(({ type, count, align }, j) => {
			const { ts, c } = known[type % known.length];
			const one = count === null ? ts : array(ts, count);
			fields[`m${j}`] = align === 0 ? one : aligned(one, align);
			const declared = c(count === null ? `m${j}` : `m${j}[${count}]`);
			return `\t${declared}${align === 0 ? '' : ` __attribute__((aligned(${align})))`};`;
		});
		const type = struct(`random_${i}`, fields);
		declarations.push(`struct random_${i} {`, ...lines, '};');
		types.push(type);
		// Structs of structs of arrays of structs grow.
		if (type.size < 4096)
			known.push({ ts: type, c: (m) => `struct random_${i} ${m}` });
	});
	return { declarations, types };
}

/**
 * Every number of a struct, by its C expression; of a nested struct the offsets of its members too.
 */
function numbers_of(type: StructType): [string, number][] {
	const numbers: [string, number][] = [[`sizeof(${type.name})`, type.size], [
		`_Alignof(${type.name})`,
		type.align,
	]];
	const walk = (inner: StructType, path: string, base: number): void => {
		for (const [name, field] of Object.entries(inner.fields)) {
			const at = base + inner.offset[name];
			numbers.push([`offsetof(${type.name}, ${path}${name})`, at]);
			// A flexible array has no size.
			if (field.size > 0)
				numbers.push([`sizeof(((${type.name} *)0)->${path}${name})`, field.size]);
			if (is_struct(field))
				walk(field, `${path}${name}.`, at);
		}
	};
	walk(type, '', 0);
	return numbers;
}

/**
 * A function that the compiler only accepts if the C struct has as many members as ours: one that
 * lies in padding moves nothing.
 */
function count_members({ name, fields }: StructType): string {
	const values = Object.entries(fields).filter(([, field]) => field.size > 0)
		.map(([field, { name: type }]) => type.endsWith(']') ? '{ 0 }' : `from->${field}`);
	return `void count_${name.replace('struct ', '')}(const ${name} *from)\n{\n\t${name} all = { ${
		values.join(', ')
	} };\n\t(void)all;\n}`;
}

/**
 * The inline functions and macros, at work. It prints what is wrong. The functions at its head
 * stand for the machine's.
 */
const HELPERS = String.raw`
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/padata.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/completion.h>

unsigned int nr_cpu_ids = 70;
static int warnings;
void warn_slowpath_null(const char *file, const int line) { (void)file; (void)line; warnings++; }
void warn_slowpath_fmt(const char *file, const int line, const char *fmt, ...) { (void)fmt; warn_slowpath_null(file, line); }
void panic(const char *fmt, ...) { printf("%s", fmt); __builtin_trap(); }
void delayed_work_timer_fn(struct timer_list *t) { (void)t; }
bool work_pending(const struct work_struct *work) { return (work->data.counter & WORK_STRUCT_PENDING) != 0; }
int timer_pending(const struct timer_list *timer) { return timer->entry.pprev != NULL; }

#define CHECK(condition) do { if (!(condition)) printf("line %d: %s\n", __LINE__, #condition); } while (0)

struct item {
	char name;
	struct list_head list;
	struct hlist_node node;
	struct kref ref;
	struct timer_list timer;
};

// The names along a list, forwards, and a check that it is the same backwards.
static const char *names(struct list_head *head)
{
	static char text[16];
	struct item *item;
	size_t n = 0;

	list_for_each_entry(item, head, list)
		text[n++] = item->name;
	text[n] = 0;
	list_for_each_entry_reverse(item, head, list)
		CHECK(n > 0 && text[--n] == item->name);
	CHECK(n == 0);
	return text;
}
#define NAMES(head, expected) CHECK(strcmp(names(head), expected) == 0)

static void lists(void)
{
	struct item items[] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' } }, *item, *next;
	struct list_head *pos, *n;
	LIST_HEAD(one);
	struct list_head two;
	int count = 0;

	INIT_LIST_HEAD(&two);
	CHECK(list_empty(&one) && list_empty(&two) && !list_is_singular(&one));
	CHECK(!list_first_entry_or_null(&one, struct item, list));
	list_add_tail(&items[1].list, &one);
	CHECK(list_is_singular(&one));
	list_add_tail(&items[2].list, &one);
	list_add(&items[0].list, &one);
	NAMES(&one, "abc");
	CHECK(!list_is_singular(&one) && list_is_last(&items[2].list, &one) && !list_is_last(&items[1].list, &one));
	CHECK(list_first_entry_or_null(&one, struct item, list) == &items[0]);
	CHECK(list_last_entry(&one, struct item, list) == &items[2] && list_prev_entry(&items[2], list) == &items[1]);
	list_for_each(pos, &one)
		count++;
	CHECK(count == 3);
	list_move(&items[2].list, &one);
	NAMES(&one, "cab");
	list_move_tail(&items[2].list, &two);
	NAMES(&one, "ab");
	NAMES(&two, "c");
	list_move_tail(&items[0].list, &two);
	NAMES(&two, "ca");
	list_move(&items[0].list, &one);
	list_splice_init(&one, &two);
	NAMES(&one, "");
	NAMES(&two, "abc");
	list_splice_init(&one, &two);
	NAMES(&two, "abc");
	list_move(&items[1].list, &one);
	list_splice_tail_init(&one, &two);
	NAMES(&one, "");
	NAMES(&two, "acb");
	list_replace_init(&two, &one);
	NAMES(&one, "acb");
	NAMES(&two, "");
	list_for_each_entry_safe(item, next, &one, list)
		if (item->name == 'c')
			list_del_init(&item->list);
	NAMES(&one, "ab");
	CHECK(list_empty(&items[2].list));
	list_for_each_safe(pos, n, &one)
		list_del(pos);
	NAMES(&one, "");
	CHECK(items[0].list.next == LIST_POISON1 && items[0].list.prev == LIST_POISON2);
}

static void hlists(void)
{
	struct item items[] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' } }, *item;
	struct hlist_node *n;
	HLIST_HEAD(head);
	int count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(items); i++) {
		INIT_HLIST_NODE(&items[i].node);
		CHECK(hlist_unhashed(&items[i].node));
		hlist_add_head(&items[i].node, &head);
		CHECK(!hlist_unhashed(&items[i].node));
	}
	hlist_for_each_entry(item, &head, node)
		CHECK(item == &items[2 - count++]);
	CHECK(count == 3 && !hlist_empty(&head));
	hlist_del_init(&items[1].node);
	hlist_del_init(&items[1].node);
	CHECK(hlist_unhashed(&items[1].node) && head.first == &items[2].node && head.first->next == &items[0].node);
	CHECK(items[0].node.pprev == &items[2].node.next);
	hlist_for_each_entry_safe(item, n, &head, node)
		hlist_del(&item->node);
	CHECK(hlist_empty(&head) && items[0].node.next == LIST_POISON1);
	INIT_HLIST_HEAD(&head);
}

static void masks(void)
{
	struct cpumask a = { { 0 } }, b = { { 0 } }, c;
	unsigned int sum = 0;
	int cpu;

	memset(&c, 0xff, sizeof(c));
	CHECK(cpumask_size() == 16 && cpumask_empty(&a) && cpumask_first(&a) >= nr_cpu_ids);
	cpumask_set_cpu(3, &a);
	cpumask_set_cpu(64, &a);
	cpumask_set_cpu(69, &a);
	CHECK(a.bits[0] == 8 && a.bits[1] == 0x21);
	CHECK(cpumask_test_cpu(64, &a) && !cpumask_test_cpu(65, &a) && !cpumask_test_cpu(-1, &a) && !cpumask_test_cpu(70, &c));
	for_each_cpu(cpu, &a)
		sum += cpu;
	CHECK(sum == 3 + 64 + 69 && cpumask_weight(&a) == 3);
	CHECK(cpumask_next(-1, &a) == 3 && cpumask_next(3, &a) == 64 && cpumask_next(69, &a) >= nr_cpu_ids && cpumask_next(63, &c) == 64);
	// What is behind the last CPU is not looked at, and zeroes are written there.
	CHECK(cpumask_weight(&c) == 70 && cpumask_subset(&a, &c) && !cpumask_subset(&c, &a));
	cpumask_copy(&b, &c);
	CHECK(b.bits[1] == 0x3f && cpumask_equal(&b, &c) && !cpumask_equal(&a, &c));
	cpumask_setall(&b);
	CHECK(b.bits[0] == ~0ul && b.bits[1] == 0x3f);
	CHECK(cpumask_andnot(&b, &c, &a) && cpumask_weight(&b) == 67 && b.bits[1] == 0x1e);
	CHECK(!cpumask_intersects(&a, &b) && cpumask_intersects(&a, &c) && !cpumask_and(&b, &b, &a) && cpumask_empty(&b));
	CHECK(cpumask_and(&b, &a, &c) && cpumask_equal(&a, &b) && !cpumask_andnot(&b, &b, &c));
	cpumask_or(&b, &a, &b);
	cpumask_clear_cpu(64, &b);
	CHECK(cpumask_weight(&b) == 2);
	cpumask_clear(&b);
	CHECK(cpumask_empty(&b));
	// 64 CPUs fill a long.
	nr_cpu_ids = 64;
	cpumask_setall(&b);
	CHECK(b.bits[0] == ~0ul && cpumask_weight(&c) == 64 && cpumask_next(63, &c) >= nr_cpu_ids && cpumask_equal(&b, &c));
	warnings = 0;
	cpumask_set_cpu(64, &a);
	CHECK(warnings == 1 && test_and_clear_bit(3, a.bits) && !test_and_set_bit(3, a.bits) && test_bit(3, a.bits));
}

static int released;
static void release(struct kref *ref)
{
	CHECK(container_of(ref, struct item, ref)->name == 'k');
	released++;
}

static void counts(void)
{
	struct item item = { .name = 'k' };
	atomic_t v = ATOMIC_INIT(5);
	int word = 1;

	CHECK(atomic_read(&v) == 5 && atomic_inc_return(&v) == 6 && atomic_dec_return(&v) == 5 && atomic_add_return(3, &v) == 8);
	atomic_add(2, &v);
	atomic_sub(5, &v);
	atomic_inc(&v);
	atomic_dec(&v);
	CHECK(atomic_xchg(&v, 2) == 5 && atomic_cmpxchg(&v, 1, 9) == 2 && atomic_cmpxchg(&v, 2, 1) == 2);
	CHECK(!atomic_add_unless(&v, 4, 1) && atomic_add_unless(&v, 4, 0) && atomic_sub_and_test(5, &v) && !atomic_inc_not_zero(&v));
	atomic_set(&v, -1);
	CHECK(atomic_inc_and_test(&v) && !atomic_dec_and_test(&v));
	CHECK(cmpxchg(&word, 1, 2) == 1 && xchg(&word, 3) == 2 && smp_load_acquire(&word) == 3);
	smp_store_release(&word, 4);
	smp_mb();

	warnings = 0;
	kref_init(&item.ref);
	kref_get(&item.ref);
	CHECK(kref_get_unless_zero(&item.ref) && kref_read(&item.ref) == 3);
	CHECK(!kref_put(&item.ref, release) && !kref_put(&item.ref, release) && released == 0);
	CHECK(kref_put(&item.ref, release) && released == 1 && warnings == 0);
	CHECK(!kref_put(&item.ref, release) && !kref_get_unless_zero(&item.ref) && warnings == 1);
	kref_get(&item.ref);
	CHECK(warnings == 2 && kref_read(&item.ref) == 0 && released == 1);
	for (int i = 0; i < 3; i++)
		CHECK(WARN_ON_ONCE(i > 0) == (i > 0) && WARN_ONCE(i > 0, "%d", i) == (i > 0) && !WARN_ON(i > 2));
	CHECK(warnings == 4);
	BUG_ON(word != 4);
	BUILD_BUG_ON(sizeof(int) != 4);
}

static void expired(struct timer_list *t)
{
	struct item *item = from_timer(item, t, timer);

	CHECK(item->name == 't');
}

static void nothing(struct work_struct *work) { (void)work; }
static DEFINE_SPINLOCK(static_lock);
static DEFINE_MUTEX(static_mutex);
static DECLARE_RWSEM(static_rwsem);
static DECLARE_COMPLETION(static_completion);
static DECLARE_WORK(static_work, nothing);
static DECLARE_DELAYED_WORK(static_dwork, nothing);
static DEFINE_TIMER(static_timer, expired);
static BLOCKING_NOTIFIER_HEAD(static_chain);
static ssize_t cpus_show(struct kobject *k, struct kobj_attribute *a, char *buf) { (void)k; (void)a; strcpy(buf, "0\n"); return 2; }
static struct kobj_attribute cpus = __ATTR_RO(cpus);

static void initialisers(void)
{
	struct { spinlock_t lock; struct mutex mutex; struct rw_semaphore rwsem; struct completion done; struct work_struct work;
		 struct delayed_work dwork; struct blocking_notifier_head chain; } d;
	struct item item = { .name = 't' };

	memset(&d, 0xff, sizeof(d));
	spin_lock_init(&d.lock);
	mutex_init(&d.mutex);
	init_rwsem(&d.rwsem);
	init_completion(&d.done);
	INIT_WORK(&d.work, nothing);
	INIT_DELAYED_WORK(&d.dwork, nothing);
	BLOCKING_INIT_NOTIFIER_HEAD(&d.chain);
	timer_setup(&item.timer, expired, 0);
	item.timer.function(&item.timer);
	CHECK(!spin_is_locked(&d.lock) && !spin_is_locked(&static_lock));
	CHECK(!mutex_is_locked(&d.mutex) && !mutex_is_locked(&static_mutex) && list_empty(&d.mutex.wait_list));
	CHECK(list_empty(&static_mutex.wait_list) && list_empty(&static_rwsem.wait_list) && list_empty(&static_completion.wait.head));
	CHECK(d.rwsem.count == 0 && d.rwsem.waiters == 0 && list_empty(&d.rwsem.wait_list));
	CHECK(d.done.done == 0 && list_empty(&d.done.wait.head));
	CHECK(!work_pending(&d.work) && !work_pending(&static_work) && list_empty(&d.work.entry) && d.work.func == nothing);
	CHECK(!delayed_work_pending(&d.dwork) && d.dwork.timer.function == delayed_work_timer_fn && to_delayed_work(&d.dwork.work) == &d.dwork);
	CHECK(static_dwork.timer.function == delayed_work_timer_fn && list_empty(&static_dwork.work.entry));
	CHECK(!timer_pending(&item.timer) && !timer_pending(&static_timer) && static_timer.function == expired);
	CHECK(!d.chain.head && d.chain.rwsem.count == 0 && list_empty(&static_chain.rwsem.wait_list));
	CHECK(strcmp(cpus.attr.name, "cpus") == 0 && cpus.attr.mode == 0444 && cpus.show == cpus_show && !cpus.store);
}

static void numbers(void)
{
	int *published = NULL, n = 2, m = 3;
	long big = 1l << 40;

	CHECK(min(n, m) == 2 && max(n, m) == 3 && min(max(n, 1), min(m, 7)) == 2 && max_t(long, n, big) == big && min_t(u8, 300, 50) == 44);
	CHECK(clamp(9, n, m) == 3 && clamp(0, n, m) == 2 && DIV_ROUND_UP(9, 4) == 3 && ALIGN(9, 8) == 16 && ALIGN(big + 1, 16) == big + 16);
	CHECK(min(n++, m) == 2 && n == 3);
	CHECK(IS_ERR(ERR_PTR(-EINVAL)) && PTR_ERR(ERR_PTR(-MAX_ERRNO)) == -MAX_ERRNO && !IS_ERR(ERR_PTR(-MAX_ERRNO - 1)) && !IS_ERR(NULL));
	CHECK(IS_ERR_OR_NULL(NULL) && PTR_ERR_OR_ZERO(ERR_PTR(-EBUSY)) == -EBUSY && PTR_ERR_OR_ZERO(&n) == 0 && IS_ERR(ERR_CAST(ERR_PTR(-1))));
	CHECK(notifier_from_errno(0) == NOTIFY_OK && notifier_to_errno(notifier_from_errno(-ENOMEM)) == -ENOMEM);
	CHECK((notifier_from_errno(-EINVAL) & NOTIFY_STOP_MASK) && notifier_to_errno(NOTIFY_OK) == 0 && notifier_to_errno(NOTIFY_DONE) == 0);
	CHECK(time_after(1ul, ~0ul) && time_before(~0ul, 1ul) && !time_after(5ul, 5ul) && time_after_eq(5ul, 5ul) && time_before_eq(5ul, 5ul));
	CHECK(msecs_to_jiffies(10) == 10 && jiffies_to_msecs(10) == 10);
	rcu_assign_pointer(published, &n);
	CHECK(rcu_dereference(published) == &n);
	RCU_INIT_POINTER(published, NULL);
	CHECK(!rcu_dereference_bh(published));
}

int main(void)
{
	lists();
	hlists();
	masks();
	counts();
	initialisers();
	numbers();
}
`;

describe('layout: include/linux', function() {
	// A compiler has to start a few times.
	this.timeout(60_000);
	const cc = ['cc', 'gcc', 'clang'].find(works);
	let dir = '';

	before(function() {
		if (cc === undefined) {
			console.log('    there is no cc, gcc or clang: skipped');
			this.skip();
		}
		dir = mkdtempSync(join(tmpdir(), 'padata-layout-'));
	});
	after(() => {
		if (dir !== '')
			rmSync(dir, { recursive: true });
	});

	/** Compile C text and run it. */
	function run(name: string, lines: readonly string[], options: readonly string[]): string {
		const source = join(dir, `${name}.c`);
		writeFileSync(source, lines.join('\n'));
		const built = spawnSync(cc!, ['-std=gnu11', ...options, '-I', include, '-o',
			join(dir, name), source], { encoding: 'utf8' });
		expect(built.status, `${cc} on ${name}.c:\n${built.stderr}`).to.equal(0);
		return execFileSync(join(dir, name), { encoding: 'utf8' });
	}

	/** What a C program says these expressions are. */
	function evaluate(name: string, before: readonly string[],
		expressions: readonly string[]): Map<string, number>
	{
		const output = run(name, [
			'#include <stddef.h>',
			'#include <stdio.h>',
			...before,
			'int main(void)',
			'{',
			'\tconst long long numbers[] = {',
			...expressions.map((expression) => `\t\t${expression},`),
			'\t};',
			'\tfor (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)',
			'\t\tprintf("%lld\\n", numbers[i]);',
			'}',
		], ['-Wall', '-Wmissing-field-initializers', '-Wno-missing-braces', '-Werror']);
		const values = output.trim().split('\n').map(Number);
		return new Map(expressions.map((expression, i) => [expression, values[i]]));
	}

	/** Where C's numbers are others than TypeScript's. */
	function differences(numbers: readonly [string, number][],
		values: Map<string, number>): string
	{
		return numbers.filter(([what, value]) => values.get(what) !== value)
			.map(([what, value]) =>
				`${what} is ${values.get(what)} in C and ${value} in TypeScript`
			).join('\n');
	}

	const include_all = headers.map((name) => `#include <linux/${name}>`);

	it('has the structs and constants of lib/linux, with the same sizes, offsets and values', () => {
		expect([...structs.keys()]).to.include.members([
			'padata_priv',
			'padata_list',
			'padata_serial_queue',
			'padata_parallel_queue',
			'padata_cpumask',
			'parallel_data',
			'padata_instance',
			'list_head',
			'hlist_head',
			'hlist_node',
			'work_struct',
			'delayed_work',
			'timer_list',
			'mutex',
			'rw_semaphore',
			'completion',
			'notifier_block',
			'blocking_notifier_head',
			'kobject',
			'kobj_type',
			'kobj_attribute',
			'attribute',
			'sysfs_ops',
			'kset',
			'kset_uevent_ops',
			'kref',
		].map((name) => `struct ${name}`));
		expect([...constants.keys()]).to.include.members([
			'PADATA_CPU_SERIAL',
			'PADATA_INVALID',
			'NOTIFY_STOP',
			'WQ_MEM_RECLAIM',
			'EINPROGRESS',
			'GFP_KERNEL',
			'HZ',
		]);
		const numbers = [...structs.values()].flatMap(numbers_of);
		for (const [name, value] of constants)
			// A level of the log is a prefix of the format in C.
			numbers.push([
				name.startsWith('KERN_') ? `sizeof(${name}) == 3 ? ${name}[1] - '0' : -1` : name,
				value,
			]);
		numbers.push(['SMP_CACHE_BYTES', CACHELINE]);
		// The bits of state: lib/linux/sysfs.ts.
		['state_initialized', 'state_in_sysfs', 'state_add_uevent_sent', 'state_remove_uevent_sent',
			'uevent_suppress']
			.forEach((bit, i) => numbers.push([`((struct kobject){ .${bit} = 1 }).state`, 1 << i]));
		const values = evaluate('numbers', [...include_all,
			...[...structs.values()].map(count_members)], numbers.map(([what]) => what));
		expect(differences(numbers, values)).to.equal('');
	});

	it('has the words that it shares with the addon where the addon has them', () => {
		const shared: StructType[] = [booter, cpu_status, esp_packet, function_slot, machine,
			park_words];
		const header = fileURLToPath(new URL('../../../native/shared-words.h', import.meta.url));
		const in_header = [...readFileSync(header, 'utf8').matchAll(/^struct \w+(?= \{$)/gm)].map((
			[name],
		) => name);
		expect(shared.map(({ name }) => name)).to.have.members(in_header);
		const numbers = shared.flatMap(numbers_of);
		numbers.push(['PARKED', PARKED], ['PARKED_IN_C', PARKED_IN_C], ['sizeof(void (*)(void))',
			function_slot.size]);
		const values = evaluate('shared', [`#include "${header}"`, ...shared.map(count_members)],
			numbers.map(([what]) => what));
		expect(differences(numbers, values)).to.equal('');
	});

	it('is laid out by the same rules for whatever struct there may be', () => {
		const seed = Number(process.env['SEED'] ?? Date.now() >>> 0);
		const { declarations, types } = random_structs(seed);
		const numbers = types.flatMap(numbers_of);
		const values = evaluate(`random-${seed}`, declarations, numbers.map(([what]) => what));
		expect(differences(numbers, values), `SEED=${seed}`).to.equal('');
	});

	it('has inline functions and macros that do what they say', () => {
		expect(run('helpers', [HELPERS], ['-Wall', '-Wextra', '-Werror'])).to.equal('');
	});
});
