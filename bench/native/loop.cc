// SPDX-License-Identifier: GPL-2.0-only
//
// The plain loop in C++.
#include "jobs.h"

using namespace bench;

int main(int argc, char **argv)
{
	const Arguments arguments(argc, argv);
	const Work work(arguments.kind);
	Runner runner(work);
	measure(work, arguments.n, [&](long n) {
		uint32_t sum = 0;
		for (long i = 0; i < n; i++)
			sum = fold(sum, runner.run(i));
		return sum;
	});
}
