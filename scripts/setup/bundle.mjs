// SPDX-License-Identifier: GPL-2.0-only
//
// Step 3: dist/bundle/ is what the package runs. Finding, reading and compiling fifty modules costs
// a thread more than all the rest of its start, so the kernel is one script; the files in bundle/
// run it, and keep V8's compiled form of it on the user's machine. The command is beside that.
// Nothing here depends on the Node.js that does it: another one runs the package. The bundler has
// to leave `const` as it is: V8 folds constants, on which the access to memory is built.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { SetupError, files_under, fingerprint, read_json, root, say, stamped,
	write_stamp } from './common.mjs';

const lib = join(root, 'dist/lib');
const bundle = join(root, 'dist/bundle');
const stamp = join(bundle, '.set-up');
const parts = join(root, 'scripts/setup/bundle');

/** The package, the command, and what the command finds by its URL. */
const entries = [
	'index',
	'cli/padata',
	'cli/cc/flags',
	'cli/esp/command',
	'cli/esp/jobs',
	'cli/drive/command',
	'cli/drive/jobs',
	'cli/conform/command',
	'cli/conform/recorded',
];

/** Is a module of dist/lib of the kernel? Else it is of the command. */
export const in_kernel = (module) => !module.startsWith(join(lib, 'cli/'));

/** What the bundler is told of its input and output, here and for the tests (test/tree.mjs). */
export const input_options = { external: /^[^./]/, treeshake: false, onwarn: complain };
export const output_options = {
	entryFileNames: '[name].js',
	hoistTransitiveImports: false,
	minifyInternalExports: false,
	generatedCode: 'es2015',
};

function print() {
	const bundler = read_json(join(root, 'node_modules/rollup/package.json'))?.version;
	return fingerprint([`${parts}.mjs`, ...files_under(parts), ...files_under(lib, ['.js'])],
		bundler);
}

/** True if nothing is to be done. */
export function bundle_ready() {
	return stamped(stamp, print())
		&& entries.every((entry) => existsSync(join(bundle, `${entry}.js`)));
}

export async function make_bundle() {
	say('bundling');
	const bundled = print();
	const { rollup } = await import('rollup');
	const files = new Map();
	try {
		const result = await rollup({
			input: Object.fromEntries(entries.map((entry) => [entry, join(lib, `${entry}.js`)])),
			...input_options,
			// The command may take from the kernel what the package does not export.
			preserveEntrySignatures: 'allow-extension',
			plugins: [{
				name: 'kernel',
				resolveImportMeta: (property, { moduleId }) =>
					in_kernel(moduleId) && property === 'url' ? 'kernel_bundle.url' : null,
				renderDynamicImport: ({ moduleId }) =>
					in_kernel(moduleId) ? { left: 'import_module(', right: ')' } : null,
				generateBundle(_, chunks) {
					for (const { fileName, code } of Object.values(chunks))
						files.set(fileName,
							fileName === 'index.js' ? kernel(code, this.parse(code)) : code);
				},
			}],
		});
		await result.generate({
			...output_options,
			chunkFileNames: 'cli/[name].js',
			manualChunks: (module) => in_kernel(module) ? 'index' : null,
		});
		await result.close();
	} catch (err) {
		throw new SetupError(`bundling failed: ${err.message}`);
	}
	write(files);
	write_stamp(stamp, bundled);
}

/**
 * Every warning is an error, such as that of a circle of imports. The test
 * compat-tests/layout/house.spec.ts uses it too.
 */
export function complain(warning) {
	throw new SetupError(`bundling: ${warning.message}`);
}

/**
 * The kernel as a script: a function of what bundle/run.js calls it with, which returns what the
 * module would export.
 */
function kernel(code, { body }) {
	const exported = new Map();
	const variables = new Set();
	let script = '';
	for (const node of body) {
		// Without the comments between them, which every thread would read.
		let text = code.slice(node.start, node.end);
		if (node.type === 'ImportDeclaration')
			text = builtin(node);
		else if (node.type === 'ExportNamedDeclaration' && node.declaration === null) {
			node.specifiers.forEach((s) => exported.set(s.exported.name, s.local.name));
			text = '';
		} else if (/^(?:Ex|Im)port/.test(node.type))
			throw new SetupError(`bundling: the kernel has an ${node.type}`);
		else if (node.type === 'VariableDeclaration' && node.kind !== 'const') {
			node.declarations.forEach(({ id }) => variables.add(id.name));
			// V8 checks at each use that a `let` has been initialised, in two bytes of bytecode,
			// and how much it inlines into a function depends on their number.
			text = text.replace(/^let\b/, 'var');
		}
		script += `${text}\n`;
	}
	// Who imports a variable sees its changes: those that boot decides, and no other variable is
	// exported.
	const live = [...exported].filter(([, local]) => variables.has(local)).map(([name]) => name);
	const fixed = [...exported.keys()].filter((name) => !live.includes(name));
	const values = (names) => names.map((name) => exported.get(name)).join(', ');
	script = `(function (kernel_bundle, import_module, builtin_module) { 'use strict';
${script}return {
	fixed: [${values(fixed)}],
	live(set) {
		set([${values(live)}]);
		on_attach(() => set([${values(live)}]));
	},
};
})`;
	return { script: ascii(script), names: { LIVE: live.join(', '), FIXED: fixed.join(', ') } };
}

function builtin({ specifiers, source }) {
	const names = specifiers.map((s) => {
		if (s.type !== 'ImportSpecifier' || !source.value.startsWith('node:'))
			throw new SetupError(
				`bundling: the kernel imports ${source.value} in a way that is not provided for`,
			);
		return s.imported.name === s.local.name
			? s.local.name
			: `${s.imported.name}: ${s.local.name}`;
	});
	return `const { ${names.join(', ')} } = builtin_module('${source.value}');`;
}

// One byte is one character: nothing has to be decoded.
function ascii(text) {
	return text.replace(/[^\0-\x7f]/g,
		(c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function write(files) {
	rmSync(bundle, { recursive: true, force: true });
	for (const [path, content] of files) {
		const file = join(bundle, path);
		mkdirSync(dirname(file), { recursive: true });
		if (typeof content === 'string') {
			writeFileSync(file, content, { mode: content.startsWith('#!') ? 0o755 : 0o644 });
			continue;
		}
		// V8 compares only the length of a script with that of the one it has compiled: the name
		// says which one it is.
		const { script, names } = content;
		const KERNEL = `kernel-${createHash('sha256').update(script).digest('hex').slice(0, 16)}`;
		writeFileSync(join(bundle, `${KERNEL}.js`), script);
		const FILE = `padata/dist/bundle/${KERNEL}.js`;
		for (const [part, file] of [['index.js', 'index.js'], ['thread.js', 'thread.cjs']]) {
			const text = readFileSync(join(parts, part), 'utf8').replace(
				/^import .* from '\.\/(.*)';$/gm,
				(_, name) => part_text(name),
			);
			writeFileSync(join(bundle, file),
				text.replace(/\b(?:KERNEL|FILE|LIVE|FIXED)\b/g, (word) =>
					({ KERNEL, FILE, ...names })[word]));
		}
	}
}

// Without its first comment, and what is exported is this file's own.
function part_text(name) {
	return readFileSync(join(parts, name), 'utf8').replace(/^(?:\/\/.*\n)+/, '').replace(
		/^export /gm,
		'',
	).trim();
}
