// SPDX-License-Identifier: GPL-2.0-only
//
// Which CPUs a thread may run on. cpu_set_t ends at CPU 1023, so the masks here are sized by
// CPU_ALLOC.
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include <sched.h>
#include <sys/types.h>

#include "addon.h"

namespace {

// No kernel has as many. It bounds the search for the kernel's mask size, and what a caller can
// make us allocate.
constexpr int MAX_CPUS = 1 << 20;

struct MaskFree {
	void operator()(cpu_set_t *mask) const { CPU_FREE(mask); }
};
using Mask = std::unique_ptr<cpu_set_t, MaskFree>;

// CPUs past the end of the kernel's own mask are cut off by the kernel; if none is left it says
// EINVAL, as for any other absent CPU.
int set_mask(pid_t tid, const std::vector<int> &cpus)
{
	int nr_cpus = 1;
	for (int cpu : cpus)
		nr_cpus = cpu >= nr_cpus ? cpu + 1 : nr_cpus;
	size_t size = CPU_ALLOC_SIZE(nr_cpus);
	Mask mask(CPU_ALLOC(nr_cpus));
	if (!mask)
		return -ENOMEM;
	CPU_ZERO_S(size, mask.get());
	for (int cpu : cpus)
		CPU_SET_S(cpu, size, mask.get());
	return sched_setaffinity(tid, size, mask.get()) == 0 ? 0 : -errno;
}

// The kernel answers EINVAL to a mask smaller than its own, whose size it does not tell: double
// until it fits.
int get_mask(pid_t tid, std::vector<int> *cpus)
{
	for (int nr_cpus = 1024; nr_cpus <= MAX_CPUS; nr_cpus *= 2) {
		size_t size = CPU_ALLOC_SIZE(nr_cpus);
		Mask mask(CPU_ALLOC(nr_cpus));
		if (!mask)
			return -ENOMEM;
		CPU_ZERO_S(size, mask.get());
		if (sched_getaffinity(tid, size, mask.get()) == 0) {
			for (int cpu = 0; cpu < nr_cpus; cpu++)
				if (CPU_ISSET_S(cpu, size, mask.get()))
					cpus->push_back(cpu);
			return 0;
		}
		if (errno != EINVAL)
			return -errno;
	}
	return -EINVAL;
}

Napi::Array list_of(Napi::Env env, const std::vector<int> &cpus)
{
	Napi::Array list = Napi::Array::New(env, cpus.size());
	for (size_t i = 0; i < cpus.size(); i++)
		list.Set(i, Napi::Number::New(env, cpus[i]));
	return list;
}

bool valid_cpu(double cpu)
{
	return cpu >= 0 && cpu < MAX_CPUS;
}

Napi::Value pin(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	auto cpu = integer(info[0]);
	if (!cpu) {
		throw_type_error(env, "cpu", "an integer");
		return env.Undefined();
	}
	return Napi::Number::New(env, valid_cpu(*cpu) ? set_mask(0, { static_cast<int>(*cpu) }) :
							-EINVAL);
}

// A thread's mask from the list that is argument `n`, or what is wrong with that.
Napi::Value set_affinity_from(const Napi::CallbackInfo &info, pid_t tid, size_t n)
{
	Napi::Env env = info.Env();
	if (!info[n].IsArray()) {
		throw_type_error(env, "cpus", "an array of integers");
		return env.Undefined();
	}
	Napi::Array list = info[n].As<Napi::Array>();
	std::vector<int> cpus;
	for (uint32_t i = 0; i < list.Length(); i++) {
		Napi::Value element = list.Get(i);
		if (env.IsExceptionPending())
			return env.Undefined();
		auto cpu = integer(element);
		if (!cpu) {
			throw_type_error(env, "cpus", "an array of integers");
			return env.Undefined();
		}
		if (!valid_cpu(*cpu))
			return Napi::Number::New(env, -EINVAL);
		cpus.push_back(static_cast<int>(*cpu));
	}
	return Napi::Number::New(env, set_mask(tid, cpus));
}

Napi::Value set_affinity(const Napi::CallbackInfo &info)
{
	return set_affinity_from(info, 0, 0);
}

// The thread that argument 0 names; or nothing, and then *result is what to return. 0 would mean
// the calling thread, which is a bug's way of getting an answer for the wrong one.
std::optional<pid_t> thread_of(const Napi::CallbackInfo &info, Napi::Value *result)
{
	Napi::Env env = info.Env();
	auto tid = integer(info[0]);
	if (!tid) {
		throw_type_error(env, "tid", "an integer");
		*result = env.Undefined();
		return std::nullopt;
	}
	if (*tid <= 0 || *tid > INT32_MAX) {
		*result = Napi::Number::New(env, -ESRCH);
		return std::nullopt;
	}
	return static_cast<pid_t>(*tid);
}

Napi::Value set_affinity_of(const Napi::CallbackInfo &info)
{
	Napi::Value refused;
	auto tid = thread_of(info, &refused);
	return tid ? set_affinity_from(info, *tid, 1) : refused;
}

Napi::Value get_affinity(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	std::vector<int> cpus;
	int err = get_mask(0, &cpus);
	// The calling thread exists, so there is nothing that a caller could have done otherwise.
	if (err) {
		Napi::Error::New(env, std::string("sched_getaffinity: ") + std::strerror(-err))
			.ThrowAsJavaScriptException();
		return env.Undefined();
	}
	return list_of(env, cpus);
}

Napi::Value get_affinity_of(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	Napi::Value refused;
	auto tid = thread_of(info, &refused);
	if (!tid)
		return refused;
	std::vector<int> cpus;
	int err = get_mask(*tid, &cpus);
	if (err)
		return Napi::Number::New(env, err);
	return list_of(env, cpus);
}

} // namespace

JS_FUNCTION(js_pin, pin)
JS_FUNCTION(js_set_affinity, set_affinity)
JS_FUNCTION(js_set_affinity_of, set_affinity_of)
JS_FUNCTION(js_get_affinity, get_affinity)
JS_FUNCTION(js_get_affinity_of, get_affinity_of)
