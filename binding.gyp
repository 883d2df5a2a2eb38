# SPDX-License-Identifier: GPL-2.0-only
{
	"targets": [{
		"target_name": "padata",
		"sources": [
			"native/addon.cc",
			"native/affinity.cc",
			"native/memory.cc",
			"native/thread.cc",
		],
		"include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
		"defines": [
			"NAPI_VERSION=9",
			"NAPI_DISABLE_CPP_EXCEPTIONS",
			# A worker that is being torn down cannot take an exception any more.
			"NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
		],
		"cflags": ["-Wall", "-Wextra", "-fvisibility=hidden"],
		"cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
		"cflags_cc": ["-std=c++20"],
	}],
}
