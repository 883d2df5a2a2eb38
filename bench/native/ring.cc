// SPDX-License-Identifier: GPL-2.0-only
//
// What the machine gives if nothing is asked for but the order: spinning threads on rings of their
// own. Job i belongs to thread i % threads; the main thread is thread 0, submits, and takes the
// results. No sleeping, no masks, no callbacks.
#include "jobs.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

using namespace bench;

/** Two words that different threads write, each on lines of its own. */
struct Ring {
	alignas(128) std::atomic<long> submitted{ 0 };
	alignas(128) std::atomic<long> done{ 0 };
};

static inline void relax()
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	asm volatile("yield");
#endif
}

/** The n-th of the CPUs this process may use. */
static void pin(int n)
{
	cpu_set_t allowed, mine;
	pthread_getaffinity_np(pthread_self(), sizeof allowed, &allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && n-- == 0) {
			CPU_ZERO(&mine);
			CPU_SET(cpu, &mine);
			pthread_setaffinity_np(pthread_self(), sizeof mine, &mine);
			return;
		}
}

class Machine {
public:
	Machine(const Work &work, int threads)
		: work_(work), threads_(threads),
		  batch_(std::clamp<long>(work.layout.in_flight / (8 * threads), 1, 32)),
		  rings_(new Ring[threads]), results_(work.layout.in_flight)
	{
	}

	uint32_t go(long n)
	{
		for (int t = 0; t < threads_; t++)
			rings_[t].submitted = rings_[t].done = 0;
		stop_ = false;
		std::vector<std::thread> workers;
		for (int t = 1; t < threads_; t++)
			workers.emplace_back([this, t] {
				pin(t);
				serve(t);
			});
		std::thread([&] {
			pin(0);
			sum_ = lead(n);
		}).join();
		stop_ = true;
		for (std::thread &worker : workers)
			worker.join();
		return sum_;
	}

private:
	uint32_t &result(long i) { return results_[i % work_.layout.in_flight]; }

	/** Run what is there for a thread. */
	long catch_up(int t, Runner &runner, long done)
	{
		Ring &ring = rings_[t];
		const long submitted = ring.submitted.load(std::memory_order_acquire);
		for (; done < submitted; done++) {
			const long i = done * threads_ + t;
			result(i) = runner.run(i);
			if (done % batch_ == batch_ - 1)
				ring.done.store(done + 1, std::memory_order_release);
		}
		ring.done.store(done, std::memory_order_release);
		return done;
	}

	void serve(int t)
	{
		Runner runner(work_);
		for (long done = 0; !stop_.load(std::memory_order_relaxed);) {
			const long before = done;
			done = catch_up(t, runner, done);
			if (done == before)
				relax();
		}
	}

	uint32_t lead(long n)
	{
		Runner runner(work_);
		uint32_t sum = 0;
		long submitted = 0, head = 0, own = 0;
		while (head < n) {
			const long limit = std::min({ submitted + batch_ * threads_, n,
						      head + work_.layout.in_flight });
			if (submitted < limit) {
				submitted = limit;
				for (int t = 0; t < threads_; t++)
					rings_[t].submitted.store((submitted - t + threads_ - 1) /
									  threads_,
								  std::memory_order_release);
			}
			own = catch_up(0, runner, own);
			long complete = submitted;
			for (int t = 0; t < threads_; t++)
				complete = std::min(complete,
						    rings_[t].done.load(std::memory_order_acquire) *
								    threads_ +
							    t);
			if (complete == head)
				relax();
			for (; head < complete; head++)
				sum = fold(sum, result(head));
		}
		return sum;
	}

	const Work &work_;
	const int threads_;
	/** Jobs are handed over so many at a time: each hand-over moves a cache line. */
	const long batch_;
	std::unique_ptr<Ring[]> rings_;
	std::vector<uint32_t> results_;
	std::atomic<bool> stop_{ false };
	uint32_t sum_ = 0;
};

int main(int argc, char **argv)
{
	const Arguments arguments(argc, argv);
	const Work work(arguments.kind);
	Machine machine(work, arguments.threads);
	measure(work, arguments.n, [&](long n) { return machine.go(n); });
}
