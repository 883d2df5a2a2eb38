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
// the writer; default: the first), window, repeat.
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

// A packet on its way. It lies behind the struct, and the output's record behind it.
struct esp_request {
	struct padata_priv padata;
	u32 seq;
	u32 sec;
	u32 nsec;
	unsigned int length;
	int version;
	unsigned int out_length;
	u8 data[];
};

// What each CPU has for itself.
struct esp_cpu {
	struct gcm *gcm;
	unsigned long packets;
};

static struct esp_sa sa;
static struct esp_cpu __percpu *esp_cpus;
static struct output *esp_output;
static int esp_nanosecond;

// Of the submitter's thread.
static u32 submitted;
static u64 bytes_in, bytes_out;
static unsigned int passed_over;
// Of serial(), which is never in two places at once: there is one callback CPU.
static u32 last_written;
static bool out_of_order;
static int failed;

static u8 *record_of(struct esp_request *req)
{
	return req->data + req->length;
}

// On one of the parallel CPUs, with softirqs off: nobody else uses this CPU's context meanwhile.
static void esp_parallel(struct padata_priv *padata)
{
	struct esp_request *req = container_of(padata, struct esp_request, padata);
	struct esp_cpu *cpu = this_cpu_ptr(esp_cpus);

	cpu->packets++;
	output_put_header(record_of(req), req->sec, req->nsec, req->out_length, esp_nanosecond);
	padata->info = sa_wrap(&sa, cpu->gcm, req->data, req->length, req->version, req->seq,
			       record_of(req) + RECORD_HEADER);
	padata_do_serial(padata);
}

// On the callback CPU, in the order of submission. write(2) may block here, which a kernel would
// not allow; the file is buffered, so that happens once for many packets.
static void esp_serial(struct padata_priv *padata)
{
	struct esp_request *req = container_of(padata, struct esp_request, padata);

	if (req->seq != last_written + 1)
		out_of_order = true;
	last_written = req->seq;
	if (padata->info)
		failed = -EIO;
	else
		output_append(esp_output, record_of(req), RECORD_HEADER + req->out_length);
	kfree(req);
	// Wake the submitter for many packets at once, and behind the last. Pairs with the barrier
	// in wait_event().
	if ((uint)atomic_dec_return(&in_flight) <= window / 2)
		wake_up(&room);
}

static bool is_room(void)
{
	return (uint)atomic_read(&in_flight) < window || kthread_should_stop();
}

// Hand a packet to padata; sleeps while there is no room.
static int esp_submit(const struct frame *frame, const u8 *packet, unsigned int length, int version)
{
	unsigned int out_length = sa_output_length(&sa, length);
	struct esp_request *req;
	int err;

	wait_event(room, is_room());
	if (submitted == U32_MAX)
		return -EOVERFLOW;
	req = kzalloc(sizeof(*req) + length + RECORD_HEADER + out_length, GFP_KERNEL);
	if (!req)
		return -ENOMEM;
	req->padata.parallel = esp_parallel;
	req->padata.serial = esp_serial;
	req->seq = ++submitted;
	req->sec = frame->sec;
	req->nsec = frame->nsec;
	req->length = length;
	req->version = version;
	req->out_length = out_length;
	memcpy(req->data, packet, length);

	err = pipeline_submit(&req->padata);
	if (err) {
		kfree(req);
		return err;
	}
	bytes_in += length;
	bytes_out += out_length;
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
			err = esp_submit(&frame, frame.data + offset, length, version);
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
	if (window == 0)
		window = 1;
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
	err = esp_open();
	if (err)
		goto err_cpus;

	err = pipeline_start(esp_thread);
	if (!err)
		return 0;

	output_finish(esp_output, false);
err_cpus:
	free_cpus();
	return err;
}

static void __exit esp_exit(void)
{
	pipeline_stop();
	pipeline_free();
	free_cpus();
}

module_init(esp_init);
module_exit(esp_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A capture into an ESP tunnel, in parallel and in order");
