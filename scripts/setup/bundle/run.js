// SPDX-License-Identifier: GPL-2.0-only
//
// A part of the files beside it.

/**
 * Run the kernel. It is a script and not a module since V8 can be given only a script's compiled
 * form. The threads of a machine get that from the first one, which compiles if the cache has none.
 * @param compiled told of the script and that form then
 */
export function run(bundle, import_module, compiled) {
	const { Script } = process.getBuiltinModule('node:vm');
	const source = Buffer.from(bundle.source.buffer).latin1Slice();
	const script = new Script(source, { filename: bundle.file, cachedData: bundle.code });
	if (script.cachedDataRejected !== false) {
		bundle = { ...bundle, code: script.createCachedData() };
		compiled?.(script, bundle.code);
	}
	return script.runInThisContext()(bundle, import_module, process.getBuiltinModule);
}
