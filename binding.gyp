# SPDX-License-Identifier: GPL-2.0-only
{
	"targets": [{
		"target_name": "padata",
		"sources": [
			"native/addon.cc",
			"native/affinity.cc",
			"native/address.cc",
			"native/thread.cc",
			"native/uevent.cc",
			"native/c-to-js.c",
			"native/js-to-c.c",
			"native/crash.c",
			"native/esp.c",
			"native/files.c",
			"native/js.c",
			"native/log.c",
			"native/machine.c",
			"native/memory.c",
			"native/modules.c",
			"native/kthread-host.c",
			"native/shadow.c",
			"native/symbols.c",
			"native/task.c",
			# Calls that go to TypeScript, second implementations, and what only C has.
			"<!@(ls native/linux/calls/*.c)",
			"<!@(ls native/linux/twins/*.c)",
			"<!@(ls native/linux/helpers/*.c)",
		],
		# "runtime.h" is native/runtime.h in every folder. <linux/...> is found in include/ only.
		"cflags_c": ["-std=gnu11", "-I<(module_root_dir)/include", "-iquote", "<(module_root_dir)/native"],
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
		# Node.js unloads an addon when the last thread that has loaded it ends, although that thread
		# still has to run the destructor of our thread-specific data (native/task.c).
		"ldflags": ["-Wl,-z,nodelete"],
	}],
}
