// SPDX-License-Identifier: GPL-2.0-only
//
// The addon's list of contents. lib/machine/native.ts is its typed face and says what each function does.
#include "addon.h"

extern "C" {
#include "js.h"
}

static Napi::Object init(Napi::Env env, Napi::Object exports)
{
	register_affinity(env, exports);
	register_thread(env, exports);
	register_address(env, exports);
	register_uevent(env, exports);
	register_c_face(env, exports);
	return exports;
}

NODE_API_MODULE(padata, init)
