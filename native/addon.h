// SPDX-License-Identifier: GPL-2.0-only
//
// What the C++ files of the addon share. Each thread that loads the addon gets an exports object of
// its own, and there is no state in these: no statics, no instance data. (The runtime for C,
// runtime.h, has some.)
#pragma once

#include <cmath>
#include <optional>
#include <string>

#include <napi.h>

extern "C" {
#include "js.h"
}

// A function of exports.h, by one that takes its arguments in the manner of node-addon-api.
#define JS_FUNCTION(name, fn) \
	napi_value name(napi_env env, napi_callback_info info) \
	{ \
		return fn(Napi::CallbackInfo(env, info)); \
	}

// A wrong type is the caller's bug: TypeError with the argument's name. Everything the system may
// refuse is returned as a negative errno. (C++ exceptions are off: after this, return at once.)
inline void throw_type_error(Napi::Env env, const char *argument, const char *expected)
{
	Napi::TypeError::New(env, std::string(argument) + " must be " + expected)
		.ThrowAsJavaScriptException();
}

// The integer in `value`, or nothing if it is none. Any magnitude: the range is the caller's
// affair.
inline std::optional<double> integer(Napi::Value value)
{
	if (!value.IsNumber())
		return std::nullopt;
	double number = value.As<Napi::Number>().DoubleValue();
	if (!std::isfinite(number) || number != std::trunc(number))
		return std::nullopt;
	return number;
}
