// SPDX-License-Identifier: GPL-2.0-only
//
// Where the kernel memory lies. Node 20 can neither make a SharedArrayBuffer through Node-API nor
// ask one for its address, but it can ask a typed array that lies over one.
#include <cstdint>

#include "addon.h"

namespace {

Napi::Value memory_base(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	if (!info[0].IsTypedArray()) {
		throw_type_error(env, "view", "a typed array");
		return env.Undefined();
	}
	void *data = nullptr;
	size_t offset = 0;
	napi_status status =
		napi_get_typedarray_info(env, info[0], nullptr, nullptr, &data, nullptr, &offset);
	NAPI_THROW_IF_FAILED(env, status, env.Undefined());
	// `data` is the view's first byte, `offset` that byte's place in the memory.
	return Napi::BigInt::New(env,
				 static_cast<uint64_t>(reinterpret_cast<uintptr_t>(data) - offset));
}

} // namespace

JS_FUNCTION(js_memory_base, memory_base)
