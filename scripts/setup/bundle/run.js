// SPDX-License-Identifier: GPL-2.0-only
//
// A part of the files beside it.

/**
 * Run the kernel. It is a script and not a module since V8 can be given only a script's compiled form; if that was made by
 * another V8, or for other flags, V8 refuses it.
 */
export function run(image, import_module) {
	const { Script } = process.getBuiltinModule('node:vm');
	const source = Buffer.from(image.source.buffer).latin1Slice();
	const script = new Script(source, { filename: image.file, cachedData: image.code });
	if (script.cachedDataRejected)
		image = { ...image, code: script.createCachedData() };
	return script.runInThisContext()(image, import_module, process.getBuiltinModule);
}
