// SPDX-License-Identifier: GPL-2.0-only
//
// The bundle: the kernel as the package carries it. It is a script of one function
// (scripts/setup/bundle.mjs makes it, the files in scripts/setup/bundle/ run it), and what V8 has
// compiled from it. The first thread reads the script from the package and the compiled form from a
// cache, or compiles; the threads of a machine are given both, so they neither look for files nor
// compile. Where the kernel is loaded as modules there is no bundle.

export interface KernelBundle {
	/** URL of the package's module. */
	readonly url: string;
	/** URL of the script that a thread begins with. */
	readonly entry: string;
	/** Its name in call traces. */
	readonly file: string;
	readonly source: Uint8Array;
	readonly code: Uint8Array;
}

declare const kernel_bundle: KernelBundle | undefined;

export const bundle = typeof kernel_bundle === 'undefined' ? undefined : kernel_bundle;

/** Have in this thread what the modules of a user will import. */
export async function import_kernel(): Promise<void> {
	if (bundle !== undefined)
		await import(bundle.url);
}
