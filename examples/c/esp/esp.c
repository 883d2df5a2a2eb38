// SPDX-License-Identifier: GPL-2.0-only
//
// The C twin of `padata esp`: every IP packet of a capture into an ESP tunnel, encrypted on all
// CPUs, written in the order of the input. With the parameters that `padata esp` was given as
// options, the file is the same, byte for byte.
//
// This file is a kernel module, with kernel headers only. The files beside it are plain C, for what
// a kernel has no headers for.
//
// Parameters: input, output; key, salt (hex digits), spi, tunnel, iv_high (the upper half of every
// IV, which `padata esp` draws at random: it stands in its output's first packet); cb_cpu (that of
// the writer; default: the first), burst (packets in an object of padata; 1 is the kernel's way),
// window (objects), repeat.
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#define PIPELINE_NAME "esp"
#define PIPELINE_OBJECTS "packets"
#define PIPELINE_WINDOW 1000
#include "../pipeline.h"

#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/string.h>

#include "capture.h"
#include "output.h"
#include "sa.h"

static char *input = "";
module_param(input, charp, 0444);
MODULE_PARM_DESC(input, "capture to read, pcap or pcapng");
static char *output = "/dev/null";
module_param(output, charp, 0444);
MODULE_PARM_DESC(output, "capture to write");
static char *key = "00000000000000000000000000000000";
module_param(key, charp, 0400);
MODULE_PARM_DESC(key, "AES key, 32 hex digits");
static char *salt = "00000000";
module_param(salt, charp, 0400);
MODULE_PARM_DESC(salt, "secret part of every nonce, 8 hex digits");
static uint spi = 4096;
module_param(spi, uint, 0444);
MODULE_PARM_DESC(spi, "security parameters index, from 256");
static uint iv_high;
module_param(iv_high, uint, 0444);
MODULE_PARM_DESC(iv_high, "upper half of every IV; another one for each run with the same key");
static char *tunnel = "192.0.2.1,192.0.2.2";
module_param(tunnel, charp, 0444);
MODULE_PARM_DESC(tunnel, "both ends, SRC,DST");
static uint repeat = 1;
module_param(repeat, uint, 0444);
MODULE_PARM_DESC(repeat, "read the capture so many times");

static uint burst = 64;
module_param(burst, uint, 0444);
MODULE_PARM_DESC(burst, "most packets in an object, up to 1024");

// A packet of a burst.
struct esp_packet {
	u32 sec;
	u32 nsec;
	unsigned int length;
	int version;
};

// Packets on their way. They lie behind each other in `in`, and their records of the output in
// `out`. The memory is used again when serial() has written them.
struct esp_burst {
	struct padata_priv padata;
	u32 seq;
	unsigned int count;
	unsigned int in_used, in_room;
	unsigned int out_used, out_room;
	u8 *in, *out;
	struct esp_packet packets[];
};

// Packets on their way, all together, if the window is not smaller.
#define PACKETS_ON_THEIR_WAY 8192
// Bytes of a burst's packets: so many for each, and so many at most.
#define ROOM_FOR_PACKET 2048
#define ROOM_MAX (64 * 1024)

// What each CPU has for itself.
struct esp_cpu {
	struct gcm *gcm;
	unsigned long packets;
};

static struct esp_sa sa;
static struct esp_cpu __percpu *esp_cpus;
static struct output *esp_output;
static int esp_nanosecond;

// Of the submitter's thread. The bursts take turns; `filling` is the one that is put together.
static struct esp_burst **bursts;
static unsigned int next_burst;
static struct esp_burst *filling;
static u32 submitted;
static u64 bytes_in, bytes_out;
static unsigned int passed_over;
// Of serial(), which is never in two places at once: there is one callback CPU.
static u32 last_written;
static bool out_of_order;
static int failed;

// On one of the parallel CPUs, with softirqs off: nobody else uses this CPU's context meanwhile.
static void esp_parallel(struct padata_priv *padata)
{
	struct esp_burst *b = container_of(padata, struct esp_burst, padata);
	struct esp_cpu *cpu = this_cpu_ptr(esp_cpus);
	u8 *in = b->in, *out = b->out;
	unsigned int i;

	cpu->packets += b->count;
	padata->info = 0;
	for (i = 0; i < b->count; i++) {
		struct esp_packet *p = &b->packets[i];
		unsigned int out_length = sa_output_length(&sa, p->length);

		output_put_header(out, p->sec, p->nsec, out_length, esp_nanosecond);
		padata->info |= sa_wrap(&sa, cpu->gcm, in, p->length, p->version, b->seq + i,
					out + RECORD_HEADER);
		in += p->length;
		out += RECORD_HEADER + out_length;
	}
	padata_do_serial(padata);
}

// On the callback CPU, in the order of submission. write(2) may block here, which a kernel would
// not allow; the file is buffered, so that happens once for many packets.
static void esp_serial(struct padata_priv *padata)
{
	struct esp_burst *b = container_of(padata, struct esp_burst, padata);

	if (b->seq != last_written + 1)
		out_of_order = true;
	last_written = b->seq + b->count - 1;
	if (padata->info)
		failed = -EIO;
	else
		output_append(esp_output, b->out, b->out_used);
	// Wake the submitter for many bursts at once, and behind the last. Pairs with the barrier
	// in wait_event().
	if ((uint)atomic_dec_return(&in_flight) <= window / 2)
		wake_up(&room);
}

static bool is_room(void)
{
	return (uint)atomic_read(&in_flight) < window || kthread_should_stop();
}

// Room for one more packet, if need be a longer one than there has been.
static int grow(u8 **bytes, unsigned int *room_for, unsigned int wanted)
{
	u8 *larger;

	if (wanted <= *room_for)
		return 0;
	larger = kmalloc(wanted, GFP_KERNEL);
	if (!larger)
		return -ENOMEM;
	kfree(*bytes);
	*bytes = larger;
	*room_for = wanted;
	return 0;
}

// Take the next burst, which has been written: they come back in the order of submission. Sleeps
// while all are on their way.
static int esp_begin(unsigned int length, unsigned int out_length)
{
	unsigned int in_room = max(length, min_t(unsigned int, burst *ROOM_FOR_PACKET, ROOM_MAX));
	struct esp_burst *b;

	wait_event(room, is_room());
	// Woken by kthread_stop(), with all bursts still on their way.
	if ((uint)atomic_read(&in_flight) >= window)
		return -EINTR;
	b = bursts[next_burst];
	if (!b) {
		b = kzalloc(sizeof(*b) + burst * sizeof(b->packets[0]), GFP_KERNEL);
		if (!b)
			return -ENOMEM;
		bursts[next_burst] = b;
		b->padata.parallel = esp_parallel;
		b->padata.serial = esp_serial;
	}
	if (grow(&b->in, &b->in_room, in_room) ||
	    grow(&b->out, &b->out_room,
		 max(out_length, in_room + burst * (RECORD_HEADER + SA_OVERHEAD))))
		return -ENOMEM;
	b->seq = submitted + 1;
	b->count = 0;
	b->in_used = 0;
	b->out_used = 0;
	filling = b;
	return 0;
}

// Hand the burst to padata, if there is one.
static int esp_submit(void)
{
	struct esp_burst *b = filling;
	int err;

	if (!b)
		return 0;
	filling = NULL;
	err = pipeline_submit(&b->padata);
	if (err) {
		submitted -= b->count;
		return err;
	}
	next_burst = (next_burst + 1) % window;
	return 0;
}

// Add a packet to the burst, which is submitted when it is full.
static int esp_add(const struct frame *frame, const u8 *packet, unsigned int length, int version)
{
	unsigned int out_length = RECORD_HEADER + sa_output_length(&sa, length);
	struct esp_burst *b = filling;
	struct esp_packet *p;
	int err;

	if (submitted == U32_MAX)
		return -EOVERFLOW;
	if (b && (b->count == burst || b->in_used + length > b->in_room ||
		  b->out_used + out_length > b->out_room)) {
		err = esp_submit();
		if (err)
			return err;
		b = NULL;
	}
	if (!b) {
		err = esp_begin(length, out_length);
		if (err)
			return err;
		b = filling;
	}
	p = &b->packets[b->count++];
	p->sec = frame->sec;
	p->nsec = frame->nsec;
	p->length = length;
	p->version = version;
	memcpy(b->in + b->in_used, packet, length);
	b->in_used += length;
	b->out_used += out_length;
	submitted++;
	bytes_in += length;
	bytes_out += out_length - RECORD_HEADER;
	return 0;
}

// Read the capture once.
static int esp_read(void)
{
	char error[CAPTURE_ERROR];
	struct capture *capture = capture_open(input, error);
	struct frame frame;
	int err = 0, got;

	if (!capture) {
		pr_err("%s\n", error);
		return -EINVAL;
	}
	while (!err && (got = capture_next(capture, &frame, error)) > 0) {
		unsigned int length;
		int version, offset = frame_find_ip(&frame, &length, &version);

		if (kthread_should_stop())
			err = -EINTR;
		else if (offset < 0 || sa_output_length(&sa, length) > OUTER_MAX)
			passed_over++;
		else
			err = esp_add(&frame, frame.data + offset, length, version);
	}
	if (!err && got < 0) {
		pr_err("%s\n", error);
		err = -EINVAL;
	}
	capture_close(capture);
	return err;
}

static void esp_report(u64 ns)
{
	int cpu;

	pr_info("%u packets, %llu bytes -> %llu bytes of ESP in %s\n", submitted, bytes_in,
		bytes_out, output);
	if (passed_over)
		pr_info("%u frames passed over\n", passed_over);
	for_each_online_cpu(cpu)
		pr_info("cpu %d: %lu packets\n", cpu, per_cpu_ptr(esp_cpus, cpu)->packets);
	pr_info("%llu packets/s, order %s\n", div64_u64((u64)submitted * NSEC_PER_SEC, ns ? ns : 1),
		out_of_order ? "NOT held" : "held");
}

static int esp_thread(void *unused)
{
	u64 start = ktime_get_ns();
	int err = 0, finished;
	uint i;

	for (i = 0; i < repeat && !err; i++)
		err = esp_read();
	if (!err)
		err = esp_submit();
	pipeline_drain();
	if (!err)
		err = failed;
	finished = output_finish(esp_output, !err);
	if (!err)
		err = finished;
	if (err)
		pr_err("failed: %d, nothing written\n", err);
	else
		esp_report(ktime_get_ns() - start);
	orderly_poweroff(false);
	pipeline_wait_for_exit();
	return err;
}

static int esp_parse(void)
{
	if (strlen(key) != 32 || hex2bin(sa.key, key, 16) || strlen(salt) != 8 ||
	    hex2bin(sa.salt, salt, 4)) {
		pr_err("key needs 32 hex digits, salt 8\n");
		return -EINVAL;
	}
	if (spi < 256) {
		pr_err("spi %u is reserved, take 256 or more\n", spi);
		return -EINVAL;
	}
	if (sa_set_tunnel(&sa, tunnel)) {
		pr_err("tunnel is not SRC,DST\n");
		return -EINVAL;
	}
	if (burst == 0 || burst > 1024) {
		pr_err("burst %u is not between 1 and 1024\n", burst);
		return -EINVAL;
	}
	window = clamp(window, 1u, max(16u, PACKETS_ON_THEIR_WAY / burst));
	sa.spi = spi;
	sa.iv_high = iv_high;
	return 0;
}

// Open the output; its resolution is that of the input, which may show with the first frame only.
static int esp_open(void)
{
	char error[CAPTURE_ERROR];
	struct capture *capture = capture_open(input, error);
	struct frame frame;

	if (!capture || capture_next(capture, &frame, error) < 0) {
		pr_err("%s\n", error);
		if (capture)
			capture_close(capture);
		return -EINVAL;
	}
	esp_nanosecond = capture_nanosecond(capture);
	capture_close(capture);
	esp_output = output_open(output, esp_nanosecond);
	if (!esp_output) {
		pr_err("%s: cannot open\n", output);
		return -EIO;
	}
	return 0;
}

static void free_cpus(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		gcm_free(per_cpu_ptr(esp_cpus, cpu)->gcm);
	free_percpu(esp_cpus);
}

static void free_bursts(void)
{
	unsigned int i;

	for (i = 0; i < window; i++) {
		if (!bursts[i])
			continue;
		kfree(bursts[i]->in);
		kfree(bursts[i]->out);
		kfree(bursts[i]);
	}
	kfree(bursts);
}

static int alloc_cpus(void)
{
	int cpu;

	esp_cpus = alloc_percpu(struct esp_cpu);
	if (!esp_cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct esp_cpu *c = per_cpu_ptr(esp_cpus, cpu);

		c->gcm = gcm_new(sa.key);
		if (!c->gcm) {
			free_cpus();
			return -ENOMEM;
		}
	}
	return 0;
}

static int __init esp_init(void)
{
	int err = esp_parse();

	if (err)
		return err;
	err = alloc_cpus();
	if (err)
		return err;
	bursts = kcalloc(window, sizeof(*bursts), GFP_KERNEL);
	if (!bursts) {
		err = -ENOMEM;
		goto err_cpus;
	}
	err = esp_open();
	if (err)
		goto err_bursts;

	err = pipeline_start(esp_thread);
	if (!err)
		return 0;

	output_finish(esp_output, false);
err_bursts:
	free_bursts();
err_cpus:
	free_cpus();
	return err;
}

static void __exit esp_exit(void)
{
	pipeline_stop();
	pipeline_free();
	free_bursts();
	free_cpus();
}

module_init(esp_init);
module_exit(esp_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A capture into an ESP tunnel, in parallel and in order");
