// SPDX-License-Identifier: GPL-2.0-only
//
// The calling thread: where it runs, who it is, what it is called.
#include <cerrno>

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "addon.h"

namespace {

// The kernel's TASK_COMM_LEN: 15 bytes and the NUL.
constexpr size_t COMM_LEN = 16;

Napi::Value current_cpu(const Napi::CallbackInfo &info)
{
	int cpu = sched_getcpu();
	return Napi::Number::New(info.Env(), cpu >= 0 ? cpu : -errno);
}

Napi::Value get_tid(const Napi::CallbackInfo &info)
{
	// Not gettid(3): glibc has it only since 2.30.
	return Napi::Number::New(info.Env(), static_cast<double>(syscall(SYS_gettid)));
}

Napi::Value set_thread_name(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	if (!info[0].IsString()) {
		throw_type_error(env, "name", "a string");
		return env.Undefined();
	}
	std::string name = info[0].As<Napi::String>().Utf8Value();
	return Napi::Number::New(env, prctl(PR_SET_NAME, name.c_str()) == 0 ? 0 : -errno);
}

Napi::Value get_thread_name(const Napi::CallbackInfo &info)
{
	char name[COMM_LEN] = "";
	prctl(PR_GET_NAME, name);
	return Napi::String::New(info.Env(), name);
}

// <linux/membarrier.h> is missing on old systems; the numbers are the system's interface.
constexpr int MEMBARRIER_PRIVATE_EXPEDITED = 1 << 3;
constexpr int MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 1 << 4;

Napi::Value membarrier(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(
		info.Env(),
		syscall(SYS_membarrier, MEMBARRIER_PRIVATE_EXPEDITED, 0) == 0 ? 0 : -errno);
}

Napi::Value membarrier_register(const Napi::CallbackInfo &info)
{
	return Napi::Number::New(
		info.Env(), syscall(SYS_membarrier, MEMBARRIER_REGISTER_PRIVATE_EXPEDITED, 0) == 0 ?
				    0 :
				    -errno);
}

} // namespace

JS_FUNCTION(js_current_cpu, current_cpu)
JS_FUNCTION(js_gettid, get_tid)
JS_FUNCTION(js_set_thread_name, set_thread_name)
JS_FUNCTION(js_get_thread_name, get_thread_name)
JS_FUNCTION(js_membarrier, membarrier)
JS_FUNCTION(js_membarrier_register, membarrier_register)

// Called in spin loops: a bare Node-API callback, which looks at no argument and makes no value.
napi_value js_sched_yield(napi_env, napi_callback_info)
{
	sched_yield();
	return nullptr;
}
