// SPDX-License-Identifier: GPL-2.0-only
import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * The floors of the house, from the lowest up. A file imports from its own floor or a lower one.
 */
const floors = [
	['machine', 'lib/machine'],
	['linux', 'lib/linux'],
	['padata', 'lib/padata', 'lib/quirks.ts'],
	['c', 'lib/c'],
	['boot', 'lib/boot'],
	['index', 'lib/index.ts'],
	['cli', 'lib/cli'],
	['the tests', 'compat-tests', 'bench'],
];
const zones = floors.flatMap(([lower, ...target], i) =>
	floors.slice(i + 1).map(([upper, ...from]) => ({
		target,
		from,
		message: `The floor of ${lower} lies below that of ${upper} (docs/architecture.md).`,
	}))
);

/**
 * How things are named: functions, variables and methods in snake_case, constants and macros in
 * capitals, classes and types in PascalCase, and the kernel's names as the kernel spells them. Keys
 * of objects are free, because many belong to Node, to a library or to a user (`onError`), and so
 * is what is taken out of one by its own name.
 */
const names = [
	{
		selector: ['function', 'variable', 'parameter', 'classMethod', 'classProperty',
			'classicAccessor'],
		format: ['snake_case', 'UPPER_CASE'],
		leadingUnderscore: 'allowSingleOrDouble',
		trailingUnderscore: 'allow',
	},
	// An object that serves as an enum, a namespace, is called as an enum.
	{
		selector: 'variable',
		modifiers: ['const'],
		format: ['snake_case', 'UPPER_CASE', 'PascalCase'],
		leadingUnderscore: 'allowSingleOrDouble',
		trailingUnderscore: 'allow',
	},
	{ selector: 'variable', modifiers: ['destructured'], format: null },
	{ selector: 'parameter', modifiers: ['destructured'], format: null },
	// A method of a foreign class or interface has the name that it has there.
	{ selector: ['classMethod', 'classProperty'], modifiers: ['override'], format: null },
	{ selector: 'classMethod', filter: '^(toJSON|[gs]etAffinityOf)$', format: null },
];

// Bugs and names. Layout is the formatter's, which leaves comments alone: their length is looked at
// here.
export default defineConfig(
	{ ignores: ['dist/', 'build/', '.kernel/', 'coverage/', 'prebuilds/'] },
	{ linterOptions: { reportUnusedDisableDirectives: 'error' } },
	js.configs.recommended,
	{
		rules: {
			'eqeqeq': ['error', 'always'],
			'no-var': 'error',
			'prefer-const': 'error',
			'no-constant-condition': ['error', { checkLoops: false }],
			'no-control-regex': 'off',
			'max-len': ['error', {
				code: 1000,
				comments: 100,
				tabWidth: 4,
				ignoreUrls: true,
			}],
		},
	},
	{
		files: ['**/*.ts'],
		extends: [tseslint.configs.strictTypeChecked],
		languageOptions: {
			parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
		},
		rules: {
			// tsc says it already (noUnusedLocals, noUnusedParameters), and knows the leading
			// underscore.
			'@typescript-eslint/no-unused-vars': 'off',
			// Numbers in messages are what this project's messages consist of.
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true,
				allowBoolean: true }],
			// `!` is how one says "this must exist"; where the type says so already, it is an
			// error.
			'@typescript-eslint/no-non-null-assertion': 'off',
			// An index that may be past the end, and memory that other threads write: the types do
			// not know.
			'@typescript-eslint/no-unnecessary-condition': 'off',
			'@typescript-eslint/no-confusing-void-expression': ['error', {
				ignoreArrowShorthand: true,
				ignoreVoidReturningFunctions: true,
			}],
			'@typescript-eslint/switch-exhaustiveness-check': ['error', {
				considerDefaultExhaustiveForUnions: true,
			}],
			'@typescript-eslint/naming-convention': ['error', ...names],
		},
	},
	{
		files: ['lib/**/*.ts', 'compat-tests/**/*.ts', 'bench/**/*.ts'],
		plugins: { 'import-x': importX },
		settings: {
			'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
			// The compiled file's name stands in an import.
			'import-x/resolver-next': [
				createNodeResolver({ extensionAlias: { '.js': ['.ts', '.js'] } }),
			],
		},
		rules: {
			'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
			'import-x/no-cycle': ['error', { ignoreExternal: true }],
		},
	},
	{
		// Shared memory holds plain numbers: an enum that is stored there comes back as one.
		files: ['lib/padata/**/*.ts', 'lib/linux/**/*.ts', 'lib/machine/**/*.ts'],
		rules: {
			'@typescript-eslint/no-unsafe-enum-assignment': 'off',
			'@typescript-eslint/no-unsafe-enum-comparison': 'off',
		},
	},
	{
		// expect(x).to.be.empty
		files: ['compat-tests/**/*.ts'],
		rules: { '@typescript-eslint/no-unused-expressions': 'off' },
	},
	{
		files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
		languageOptions: {
			globals: Object.fromEntries([
				'AbortController',
				'Buffer',
				'URL',
				'clearInterval',
				'clearTimeout',
				'console',
				'fetch',
				'performance',
				'process',
				'setImmediate',
				'setInterval',
				'setTimeout',
			].map((name) => [name, 'readonly'])),
		},
	},
);
