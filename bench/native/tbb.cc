// SPDX-License-Identifier: GPL-2.0-only
//
// oneTBB's parallel_pipeline: serial in order, parallel, serial in order. It is what padata is, in
// C++.
#include "jobs.h"

#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>

using namespace bench;

struct Token {
	long number;
	uint32_t result;
};

int main(int argc, char **argv)
{
	const Arguments arguments(argc, argv);
	const Work work(arguments.kind);
	const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
					  arguments.threads);
	measure(work, arguments.n, [&](long n) {
		long next = 0, expected = 0;
		uint32_t sum = 0;
		const auto submit = [&](tbb::flow_control &control) -> long {
			if (next < n)
				return next++;
			control.stop();
			return 0;
		};
		const auto parallel = [&](long i) -> Token {
			thread_local Runner runner(work);
			return { i, runner.run(i) };
		};
		const auto serial = [&](Token token) {
			if (token.number != expected++)
				die("a token is out of order");
			sum = fold(sum, token.result);
		};
		tbb::parallel_pipeline(
			work.layout.in_flight,
			tbb::make_filter<void, long>(tbb::filter_mode::serial_in_order, submit) &
				tbb::make_filter<long, Token>(tbb::filter_mode::parallel,
							      parallel) &
				tbb::make_filter<Token, void>(tbb::filter_mode::serial_in_order,
							      serial));
		return sum;
	});
}
