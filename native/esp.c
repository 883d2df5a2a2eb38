// SPDX-License-Identifier: GPL-2.0-only
//
// ESP packets for `padata esp`, a burst in a call, by the OpenSSL that is in Node.js. Its functions
// are looked up when they are first wanted, so the addon loads where they are missing, and then
// JavaScript does the work (lib/cli/esp/burst.ts, which makes the same packets).
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "js.h"
#include "shared-words.h"

// ---- the part of OpenSSL's interface that is used (openssl/evp.h)

#define EVP_CTRL_AEAD_GET_TAG 0x10

typedef struct evp_cipher_st EVP_CIPHER;
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;

static EVP_CIPHER_CTX *(*ctx_new)(void);
static void (*ctx_free)(EVP_CIPHER_CTX *);
static const EVP_CIPHER *(*aes_128_gcm)(void);
static int (*encrypt_init)(EVP_CIPHER_CTX *, const EVP_CIPHER *, void *engine,
			   const unsigned char *key, const unsigned char *iv);
static int (*encrypt_update)(EVP_CIPHER_CTX *, unsigned char *out, int *written,
			     const unsigned char *in, int length);
static int (*encrypt_final)(EVP_CIPHER_CTX *, unsigned char *out, int *written);
static int (*ctx_ctrl)(EVP_CIPHER_CTX *, int type, int arg, void *ptr);

static bool have_openssl;

static void find_openssl(void)
{
	const struct {
		const char *name;
		void **function;
	} wanted[] = {
		{ "EVP_CIPHER_CTX_new", (void **)&ctx_new },
		{ "EVP_CIPHER_CTX_free", (void **)&ctx_free },
		{ "EVP_aes_128_gcm", (void **)&aes_128_gcm },
		{ "EVP_EncryptInit_ex", (void **)&encrypt_init },
		{ "EVP_EncryptUpdate", (void **)&encrypt_update },
		{ "EVP_EncryptFinal_ex", (void **)&encrypt_final },
		{ "EVP_CIPHER_CTX_ctrl", (void **)&ctx_ctrl },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		*wanted[i].function = dlsym(RTLD_DEFAULT, wanted[i].name);
		if (*wanted[i].function == NULL)
			return;
	}
	have_openssl = true;
}

// ---- packets

enum {
	KEY_BYTES = 16,
	SALT_BYTES = 4,
	IV_BYTES = 8,
	ICV_BYTES = 16,
	ESP_HEADER = 8,
	TRAILER = 2,
	RECORD_HEADER = 16,
	OUTER_MAX = 65535,
	/* Keeps n * sizeof(struct esp_packet) small. */
	PACKETS_MAX = 65535,
	NEXT_HEADER_IPV4 = 4,
	NEXT_HEADER_IPV6 = 41,
};

/* A thread's end of a security association. */
struct esp_sa {
	EVP_CIPHER_CTX *ctx;
	uint8_t nonce[SALT_BYTES + IV_BYTES];
	uint8_t esp_header[ESP_HEADER];
	/* The outer header, complete but for lengths, traffic class, id and checksum. */
	uint8_t outer[40];
	uint32_t outer_length;
	/* Sum of its 16-bit words. */
	uint32_t outer_sum;
};

static void put_be16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_be32(uint8_t *at, uint32_t value)
{
	put_be16(at, value >> 16);
	put_be16(at + 2, value);
}

static uint32_t pad_length(uint32_t inner_length)
{
	return -(inner_length + TRAILER) & 3;
}

static void finish_outer_header(const struct esp_sa *sa, uint8_t *out, uint32_t total,
				uint32_t traffic_class, uint32_t id)
{
	memcpy(out, sa->outer, sa->outer_length);
	if (sa->outer_length == 40) {
		out[0] = (uint8_t)(0x60 | traffic_class >> 4);
		out[1] = (uint8_t)(traffic_class << 4);
		put_be16(out + 4, total - 40);
		return;
	}
	uint32_t sum = sa->outer_sum + traffic_class + total + id;
	out[1] = (uint8_t)traffic_class;
	put_be16(out + 2, total);
	put_be16(out + 4, id);
	sum = (sum & 0xffff) + (sum >> 16);
	put_be16(out + 10, ~(sum + (sum >> 16)));
}

/* Wrap one packet, in a record of the output. Returns the record's length, 0 if OpenSSL fails. */
static uint32_t seal(struct esp_sa *sa, const uint8_t *inner, const struct esp_packet *packet,
		     uint32_t seq, uint8_t *record)
{
	uint32_t pad = pad_length(packet->length);
	uint32_t text_length = packet->length + pad + TRAILER;
	uint32_t total = sa->outer_length + ESP_HEADER + IV_BYTES + text_length + ICV_BYTES;
	bool ipv4 = inner[0] >> 4 == 4;
	/* The outer header repeats the traffic class of the inner one (RFC 4301 section 5.1.2). */
	uint32_t traffic_class = ipv4 ? inner[1] : (inner[0] << 4 | inner[1] >> 4) & 0xff;
	const uint32_t header[4] = { packet->seconds, packet->fraction, total, total };
	uint8_t *out = record + RECORD_HEADER;
	int written;

	memcpy(record, header, RECORD_HEADER);
	finish_outer_header(sa, out, total, traffic_class, seq & 0xffff);
	out += sa->outer_length;
	put_be32(sa->esp_header + 4, seq);
	put_be32(sa->nonce + SALT_BYTES + 4, seq);
	memcpy(out, sa->esp_header, ESP_HEADER);
	memcpy(out + ESP_HEADER, sa->nonce + SALT_BYTES, IV_BYTES);

	uint8_t *text = out + ESP_HEADER + IV_BYTES;
	uint8_t *trailer = text + packet->length;
	memcpy(text, inner, packet->length);
	for (uint32_t i = 1; i <= pad; i++)
		*trailer++ = (uint8_t)i;
	trailer[0] = (uint8_t)pad;
	trailer[1] = ipv4 ? NEXT_HEADER_IPV4 : NEXT_HEADER_IPV6;

	if (encrypt_init(sa->ctx, NULL, NULL, NULL, sa->nonce) != 1 ||
	    encrypt_update(sa->ctx, NULL, &written, out, ESP_HEADER) != 1 ||
	    encrypt_update(sa->ctx, text, &written, text, (int)text_length) != 1 ||
	    encrypt_final(sa->ctx, text + text_length, &written) != 1 ||
	    ctx_ctrl(sa->ctx, EVP_CTRL_AEAD_GET_TAG, ICV_BYTES, text + text_length) != 1)
		return 0;
	return RECORD_HEADER + total;
}

// ---- what JavaScript calls

static void free_sa(napi_env env, void *data, void *hint)
{
	struct esp_sa *sa = data;

	(void)env;
	(void)hint;
	ctx_free(sa->ctx);
	free(sa);
}

static bool bytes_of(napi_env env, napi_value value, uint8_t **data, size_t *length)
{
	napi_typedarray_type type;

	return napi_get_typedarray_info(env, value, &type, length, (void **)data, NULL, NULL) ==
	       napi_ok;
}

/*
 * espOpen(key, nonce, espHeader, outer): the parts of a security association as Uint8Arrays. nonce:
 * the salt and the IV; espHeader: the SPI, and 4 bytes. Returns null where there is no OpenSSL, or
 * where it has no AES-GCM.
 */
napi_value js_esp_open(napi_env env, napi_callback_info info)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	size_t argc = 4;
	napi_value argv[4], result;
	uint8_t *part[4];
	size_t length[4];

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	napi_get_null(env, &result);
	pthread_once(&once, find_openssl);
	if (!have_openssl)
		return result;
	for (int i = 0; i < 4; i++)
		if (!bytes_of(env, argv[i], &part[i], &length[i])) {
			napi_throw_type_error(env, NULL, "espOpen: four Uint8Arrays are expected");
			return NULL;
		}
	struct esp_sa *sa = calloc(1, sizeof(*sa));
	if (sa == NULL)
		return result;
	if (length[0] != KEY_BYTES || length[1] != sizeof(sa->nonce) || length[2] != ESP_HEADER ||
	    (length[3] != 20 && length[3] != 40)) {
		free(sa);
		napi_throw_range_error(env, NULL, "espOpen: a part has a wrong length");
		return NULL;
	}
	memcpy(sa->nonce, part[1], sizeof(sa->nonce));
	memcpy(sa->esp_header, part[2], ESP_HEADER);
	memcpy(sa->outer, part[3], length[3]);
	sa->outer_length = (uint32_t)length[3];
	for (size_t i = 0; i < length[3]; i += 2)
		sa->outer_sum += (uint32_t)(part[3][i] << 8 | part[3][i + 1]);
	sa->ctx = ctx_new();
	if (sa->ctx == NULL || encrypt_init(sa->ctx, aes_128_gcm(), NULL, part[0], NULL) != 1) {
		free_sa(env, sa, NULL);
		return result;
	}
	napi_create_external(env, sa, free_sa, NULL, &result);
	return result;
}

/*
 * espSeal(sa, memory, packets, n, seq, out, room): wrap n packets, which are described from
 * memory[packets] on, with sequence numbers from `seq` on. Their records follow each other from
 * memory[out] on, in at most `room` bytes. Returns their length, or a negative errno: -EINVAL for
 * what does not lie within the memory, -EIO if OpenSSL fails.
 */
napi_value js_esp_seal(napi_env env, napi_callback_info info)
{
	size_t argc = 7;
	napi_value argv[7];
	struct esp_sa *sa = NULL;
	uint8_t *memory = NULL;
	size_t size = 0;
	int64_t number[5] = { 0 };

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	if (napi_get_value_external(env, argv[0], (void **)&sa) != napi_ok ||
	    !bytes_of(env, argv[1], &memory, &size))
		return js_number(env, -EINVAL);
	for (int i = 0; i < 5; i++)
		napi_get_value_int64(env, argv[i + 2], &number[i]);
	int64_t at = number[0], n = number[1], seq = number[2], out = number[3], room = number[4];
	if (at < 0 || n < 0 || out < 0 || room < 0 || seq < 1 || seq + n - 1 > UINT32_MAX ||
	    n > PACKETS_MAX || at > (int64_t)size - n * (int64_t)sizeof(struct esp_packet) ||
	    out > (int64_t)size || room > (int64_t)size - out)
		return js_number(env, -EINVAL);

	uint8_t *record = memory + out, *end = record + room;
	for (int64_t i = 0; i < n; i++) {
		struct esp_packet packet;
		memcpy(&packet, memory + at + i * (int64_t)sizeof(packet), sizeof(packet));
		if (packet.length < 20 || packet.length > OUTER_MAX ||
		    (uint64_t)packet.at + packet.length > size)
			return js_number(env, -EINVAL);
		uint32_t total = sa->outer_length + ESP_HEADER + IV_BYTES + packet.length +
				 pad_length(packet.length) + TRAILER + ICV_BYTES;
		if (total > OUTER_MAX || record + RECORD_HEADER + total > end)
			return js_number(env, -EINVAL);
		uint32_t length =
			seal(sa, memory + packet.at, &packet, (uint32_t)(seq + i), record);
		if (length == 0)
			return js_number(env, -EIO);
		record += length;
	}
	return js_number(env, record - (memory + out));
}
