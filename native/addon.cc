// SPDX-License-Identifier: GPL-2.0-only
//
// Registers what exports.h lists, for each thread that loads the addon.
#include "addon.h"

extern "C" {
#include "sanitizer.h"
}

static Napi::Object init(Napi::Env env, Napi::Object exports)
{
	const struct {
		const char *name;
		napi_callback callback;
		bool wanted;
	} list[] = {
#define E(name, function) { #name, function, true },
#define E_IF(condition, name, function) { #name, function, (condition) != nullptr },
#include "exports.h"
#undef E
#undef E_IF
	};

	for (const auto &item : list) {
		napi_value function;
		if (item.wanted &&
		    napi_create_function(env, item.name, NAPI_AUTO_LENGTH, item.callback, nullptr,
					 &function) == napi_ok)
			exports[item.name] = Napi::Value(env, function);
	}
	return exports;
}

NODE_API_MODULE(padata, init)
