// SPDX-License-Identifier: GPL-2.0-only
//
// parallel() in C, with the jobs that the other programs have: a library that the port calls, and
// that calls it back.
#include "jobs.h"

using namespace bench;

extern "C" {

void padata_do_serial(void *padata);

static const Work *work;
static int value_at;

/*
 * @param value where in an object its number is, and its result comes; @param slots the payload, in
 * the machine's memory
 */
void bench_init(const char *job, int value, unsigned char *slots)
{
	work = new Work(kind_of(job), slots);
	value_at = value;
}

void bench_parallel(unsigned char *padata)
{
	thread_local Runner runner(*work);
	int32_t *value = reinterpret_cast<int32_t *>(padata + value_at);
	*value = static_cast<int32_t>(runner.run(*value));
	padata_do_serial(padata);
}

void bench_parallel_empty(unsigned char *padata)
{
	padata_do_serial(padata);
}
}
