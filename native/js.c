// SPDX-License-Identifier: GPL-2.0-only
//
// What the functions that JavaScript calls have in common.
#include "js.h"

napi_value js_number(napi_env env, int64_t value)
{
	napi_value result;

	napi_create_int64(env, value, &result);
	return result;
}

napi_value only_argument(napi_env env, napi_callback_info info)
{
	size_t argc = 1;
	napi_value arg;

	napi_get_cb_info(env, info, &argc, &arg, NULL, NULL);
	return arg;
}

int32_t integer_of(napi_env env, napi_value value)
{
	int32_t n = 0;

	napi_get_value_int32(env, value, &n);
	return n;
}

bool call_function(napi_env env, napi_value function, size_t argc, const napi_value *argv,
		   napi_value *result)
{
	napi_value undefined, error;
	bool threw = false;

	napi_get_undefined(env, &undefined);
	if (napi_call_function(env, undefined, function, argc, argv, result) == napi_ok)
		return true;
	if (napi_is_exception_pending(env, &threw) == napi_ok && threw)
		napi_get_and_clear_last_exception(env, &error);
	return false;
}
