// SPDX-License-Identifier: GPL-2.0-only
//
// The jobs of bench/work in C++: the same inputs, the same results. And what the programs print.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include <openssl/evp.h>

namespace bench {

[[noreturn]] inline void die(const char *why)
{
	fprintf(stderr, "%s\n", why);
	exit(1);
}

enum class Kind { empty, aes, sha256, mixed };

constexpr int PACKET = 1420, BLOCK = 65536, LINE = 64;

/** As the table in work/job.ts. */
struct Layout {
	int in_flight, input_bytes, output, slot_bytes;
};

inline Layout layout_of(Kind kind)
{
	switch (kind) {
	case Kind::aes:
		return { 1000, PACKET, 23 * LINE, 46 * LINE };
	case Kind::sha256:
		return { 256, BLOCK, BLOCK, BLOCK + LINE };
	default:
		return { 1000, 0, 0, 0 };
	}
}

inline Kind kind_of(const char *name)
{
	const char *const names[] = { "empty", "aes", "sha256", "mixed" };
	for (int i = 0; i < 4; i++)
		if (strcmp(name, names[i]) == 0)
			return static_cast<Kind>(i);
	die("there is no such job");
}

/** Take the next result in order. */
inline uint32_t fold(uint32_t sum, uint32_t result)
{
	return sum * 31 + result;
}

inline uint32_t first_word(const unsigned char *bytes)
{
	uint32_t word;
	memcpy(&word, bytes, sizeof word);
	return word;
}

constexpr int UNITS[] = {
	1, 1, 1, 1, 2, 3, 3, 5, 6, 7, 10, 12, 15, 19, 25, 31, 39, 50, 63, 79, 100
};
constexpr int ROUNDS = 500;

inline uint32_t mixed(uint32_t s)
{
	const int rounds =
		UNITS[((s + 1) * 0x9e3779b1u >> 16) % (sizeof UNITS / sizeof *UNITS)] * ROUNDS;
	uint32_t x = s + 1;
	for (int round = 0; round < rounds; round++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
	}
	return x;
}

/** The payload, and what all threads share. */
class Work {
public:
	const Kind kind;
	const Layout layout;

	/** @param slots made and filled by somebody else */
	explicit Work(Kind k, unsigned char *slots = nullptr)
		: kind(k), layout(layout_of(k)), slots_(slots)
	{
		gcm = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
		sha = EVP_MD_fetch(nullptr, "SHA256", nullptr);
		if (slots_ != nullptr)
			return;
		const size_t bytes = size_t(layout.in_flight) * layout.slot_bytes;
		slots_ =
			static_cast<unsigned char *>(aligned_alloc(LINE, bytes > 0 ? bytes : LINE));
		for (int s = 0; s < layout.in_flight; s++)
			for (uint32_t at = 0, x = s; int(at) < layout.input_bytes; at += 4) {
				x = x * 1664525u + 1013904223u;
				memcpy(slot(s) + at, &x, 4);
			}
	}

	unsigned char *slot(int s) const { return slots_ + size_t(s) * layout.slot_bytes; }

	EVP_CIPHER *gcm;
	EVP_MD *sha;

private:
	unsigned char *slots_;
};

/** What a thread keeps from job to job. */
class Runner {
public:
	explicit Runner(const Work &work) : work_(work)
	{
		unsigned char key[16];
		for (int i = 0; i < 16; i++)
			key[i] = i;
		cipher_ = EVP_CIPHER_CTX_new();
		EVP_EncryptInit_ex2(cipher_, work.gcm, key, nullptr, nullptr);
		digest_ = EVP_MD_CTX_new();
	}

	uint32_t run(long i)
	{
		const int s = i % work_.layout.in_flight;
		switch (work_.kind) {
		case Kind::aes:
			return aes(s);
		case Kind::sha256:
			return sha256(s);
		case Kind::mixed:
			return mixed(s);
		default:
			return i;
		}
	}

private:
	uint32_t aes(uint32_t s)
	{
		const unsigned char *in = work_.slot(s);
		unsigned char *out = work_.slot(s) + work_.layout.output;
		unsigned char iv[12] = {};
		int length;
		memcpy(iv, &s, sizeof s);
		EVP_EncryptInit_ex2(cipher_, nullptr, nullptr, iv, nullptr);
		EVP_EncryptUpdate(cipher_, out, &length, in, PACKET);
		EVP_EncryptFinal_ex(cipher_, out + PACKET, &length);
		EVP_CIPHER_CTX_ctrl(cipher_, EVP_CTRL_AEAD_GET_TAG, 16, out + PACKET);
		return first_word(out + PACKET);
	}

	uint32_t sha256(int s)
	{
		unsigned char *out = work_.slot(s) + work_.layout.output;
		unsigned int length;
		EVP_DigestInit_ex2(digest_, work_.sha, nullptr);
		EVP_DigestUpdate(digest_, work_.slot(s), BLOCK);
		EVP_DigestFinal_ex(digest_, out, &length);
		return first_word(out);
	}

	const Work &work_;
	EVP_CIPHER_CTX *cipher_;
	EVP_MD_CTX *digest_;
};

inline double cpu_us()
{
	rusage use;
	getrusage(RUSAGE_SELF, &use);
	return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 + use.ru_utime.tv_usec +
	       use.ru_stime.tv_usec;
}

/**
 * Time go(n), which runs jobs 0 .. n-1 and returns the fold() of their results in order, check what
 * it returns against the plain loop, and print the line that the runner reads.
 */
template <typename Go> void measure(const Work &work, long n, Go go)
{
	go(n / 3);
	const auto start = std::chrono::steady_clock::now();
	const double cpu = cpu_us();
	const uint32_t sum = go(n);
	const double us =
		std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
			.count() /
		n;
	const double cpu_per_job = (cpu_us() - cpu) / n;

	Runner runner(work);
	std::vector<uint32_t> table;
	uint32_t digest = 0, expected = 0;
	for (int i = 0; i < work.layout.in_flight; i++) {
		table.push_back(runner.run(i));
		digest = fold(digest, table[i]);
	}
	for (long i = 0; i < n; i++)
		expected = fold(expected, work.kind == Kind::empty ?
						  uint32_t(i) :
						  table[i % work.layout.in_flight]);
	if (sum != expected)
		die("the results or their order are wrong");
	printf("[{\"us\":%.5f,\"cpu_us\":%.5f,\"digest\":%d}]\n", us, cpu_per_job, int32_t(digest));
}

/** PROGRAM JOB N THREADS */
struct Arguments {
	Kind kind;
	long n;
	int threads;

	Arguments(int argc, char **argv)
	{
		if (argc != 4)
			die("usage: PROGRAM JOB N THREADS");
		kind = kind_of(argv[1]);
		n = atol(argv[2]);
		threads = atoi(argv[3]);
	}
};

} // namespace bench
