// SPDX-License-Identifier: GPL-2.0-only
//
// docs/test-index.md: for each function that a module of the kernel part of lib exports, the specs
// and the modules beside them that import it. It is made of the import declarations alone, so it
// changes only if a file of the tests begins or ceases to use a function.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * What is indexed: the kernel, the machine and the port. Where its files lie within it does not
 * matter.
 */
const INDEXED = /^lib\/(?:linux|machine|padata)(?:\/|\.ts$)/;

const WIDTH = 100;

const HEAD = `# Which tests use which function

For each file of \`lib/linux\`, \`lib/machine\` and of the port: the functions that it exports, and
the files below \`compat-tests/\` that import them, without \`.spec.ts\` or \`.ts\`. A file that is
no spec, as \`support: work.jobs\`, is a module that specs share. Functions behind "not imported"
are reached through those that call them. C modules and scenarios are not looked into: what a client
in C calls is in \`compat-tests/c/api\`, and each scenario says what it is about.

This page is made by \`npm run docs:update -- test-index\`; a test fails if it is stale.
`;

/** A module: where each of its imported names comes from, and what it exports. */
interface Module {
	/** Names imported from a module, by its path; '*' for the whole of it. */
	readonly imports: readonly { readonly from: string; readonly names: readonly string[] }[];
	/** Names of exported functions, in the order of the file. */
	readonly functions: readonly string[];
	/** Exported again: [the name here, the name there]; '*' for all. */
	readonly again: readonly { readonly from: string;
		readonly names: readonly (readonly [string, string])[] | '*' }[];
}

/** All TypeScript files below a folder of the checkout, as paths from its root. */
function sources(folder: string): string[] {
	return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`).sort();
}

const is_exported = (node: ts.Node): boolean =>
	ts.canHaveModifiers(node)
	&& (ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false);

const is_function = (node: ts.Expression | undefined): boolean =>
	node !== undefined && (ts.isArrowFunction(node) || ts.isFunctionExpression(node));

/** The functions that a top-level statement exports. */
function exported_functions(statement: ts.Statement): string[] {
	if (!is_exported(statement))
		return [];
	if (ts.isFunctionDeclaration(statement))
		return statement.name === undefined ? [] : [statement.name.text];
	if (!ts.isVariableStatement(statement))
		return [];
	return statement.declarationList.declarations
		.filter(({ initializer }) => is_function(initializer))
		.map(({ name }) => name.getText());
}

/** Names that are used as properties of a namespace: k.kfree */
function properties_of(source: ts.SourceFile, namespace: string): string[] {
	const names = new Set<string>();
	const visit = (node: ts.Node): void => {
		if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)
			&& node.expression.text === namespace)
			names.add(node.name.text);
		ts.forEachChild(node, visit);
	};
	visit(source);
	return [...names];
}

/** The names that an import declaration binds, as they are called where they come from. */
function imported_names(source: ts.SourceFile, clause: ts.ImportClause | undefined): string[] {
	const bindings = clause?.namedBindings;
	if (clause === undefined || clause.phaseModifier === ts.SyntaxKind.TypeKeyword
		|| bindings === undefined)
		return [];
	if (ts.isNamespaceImport(bindings))
		return properties_of(source, bindings.name.text);
	return bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}

function read_module(path: string): Module {
	const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'),
		ts.ScriptTarget.ES2022, true);
	const target = (specifier: ts.Expression | undefined): string | null => {
		const text = specifier !== undefined && ts.isStringLiteral(specifier) ? specifier.text : '';
		return text.startsWith('.')
			? normalize(join(dirname(path), text)).replace(/\.js$/, '.ts')
			: null;
	};
	const imports: { from: string; names: string[] }[] = [];
	const again: { from: string; names: (readonly [string, string])[] | '*' }[] = [];
	for (const statement of source.statements) {
		if (ts.isImportDeclaration(statement)) {
			const from = target(statement.moduleSpecifier);
			if (from !== null)
				imports.push({ from, names: imported_names(source, statement.importClause) });
		} else if (ts.isExportDeclaration(statement)) {
			const from = target(statement.moduleSpecifier);
			const clause = statement.exportClause;
			if (from !== null && (clause === undefined || ts.isNamedExports(clause)))
				again.push({ from, names: clause === undefined
					? '*'
					: clause.elements.map(({ name, propertyName }) =>
						[name.text, (propertyName ?? name).text] as const
					) });
		}
	}
	return { imports, again, functions: source.statements.flatMap(exported_functions) };
}

/**
 * Where a name that a module exports is defined: "PATH NAME", or null if it is no function of lib.
 */
function definition(modules: ReadonlyMap<string, Module>, path: string, name: string):
	| string
	| null
{
	const module = modules.get(path);
	if (module === undefined)
		return null;
	if (module.functions.includes(name))
		return `${path} ${name}`;
	for (const { from, names } of module.again) {
		const there = names === '*' ? name : names.find(([here]) => here === name)?.[1];
		const found = there === undefined ? null : definition(modules, from, there);
		if (found !== null)
			return found;
	}
	return null;
}

/** The functions of lib that a module imports. */
function used_by(modules: ReadonlyMap<string, Module>, path: string): Set<string> {
	const used = new Set<string>();
	for (const { from, names } of modules.get(path)!.imports)
		for (const name of names) {
			const found = definition(modules, from, name);
			if (found !== null)
				used.add(found);
		}
	return used;
}

/** compat-tests/linux/slab.spec.ts: linux/slab */
const short_name = (path: string): string =>
	relative('compat-tests', path).replace(/(?:\.spec)?\.ts$/, '');

/** "linux: slab, timer; regress: ebusy" */
function by_folder(files: readonly string[]): string {
	const folders = new Map<string, string[]>();
	for (const name of files.map(short_name).sort())
		folders.set(dirname(name), [...folders.get(dirname(name)) ?? [],
			name.slice(dirname(name).length + 1)]);
	return [...folders].map(([folder, names]) => `${folder}: ${names.join(', ')}`).join('; ');
}

/** An item of a list, broken into lines. */
function item(text: string): string {
	const lines: string[] = [];
	let line = '-';
	for (const word of text.split(' ')) {
		if (line.length + 1 + word.length > WIDTH) {
			lines.push(line);
			line = ' ';
		}
		line += ` ${word}`;
	}
	return [...lines, line].join('\n');
}

function section(path: string, functions: readonly string[],
	users: ReadonlyMap<string, readonly string[]>): string
{
	const files = (name: string): readonly string[] => users.get(`${path} ${name}`) ?? [];
	const used = [...functions].filter((name) => files(name).length > 0).sort();
	const others = [...functions].filter((name) => files(name).length === 0).sort();
	const lines = used.map((name) => item(`\`${name}\`: ${by_folder(files(name))}`));
	if (others.length > 0)
		lines.push(item(`not imported: ${others.map((name) => `\`${name}\``).join(', ')}`));
	return `\n## ${path}\n\n${lines.join('\n')}\n`;
}

export function test_index(): string {
	const modules = new Map(
		[...sources('lib'), ...sources('compat-tests')].map((path) => [path, read_module(path)]),
	);
	const users = new Map<string, string[]>();
	for (const file of modules.keys())
		if (file.startsWith('compat-tests/')) {
			for (const name of used_by(modules, file))
				users.set(name, [...users.get(name) ?? [], file]);
		}
	const indexed = [...modules].filter(([path, { functions }]) =>
		INDEXED.test(path) && functions.length > 0
	);
	return HEAD + indexed.map(([path, { functions }]) => section(path, functions, users)).join('');
}
