// SPDX-License-Identifier: GPL-2.0-only
//
// The house (docs/architecture.md): a file imports only from its own floor or a lower one, and
// there is no circle of imports. The linter and the bundler see to it; here they are given files
// that break it.
import { expect } from 'chai';
import { ESLint } from 'eslint';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';

const root = fileURLToPath(new URL('../../../', import.meta.url));

// The rules about imports alone, which need no types: those would take the linter seconds.
const linter = new ESLint({
	cwd: root,
	ruleFilter: ({ ruleId }) => ruleId.startsWith('import-x/'),
	overrideConfig: {
		linterOptions: { reportUnusedDisableDirectives: 'off' },
		languageOptions: { parserOptions: { projectService: false } },
	},
});

/** What the linter says of a file of the project if it imports `planted` besides. */
async function lint(file: string, ...planted: string[]): Promise<string[]> {
	const text = readFileSync(`${root}${file}`, 'utf8')
		+ planted.map((from) => `import '${from}';\n`).join('');
	const [{ messages }] = await linter.lintText(text, { filePath: `${root}${file}` });
	return messages.map(({ ruleId, message }) => `${ruleId}: ${message}`);
}

/** What the bundler says, as set-up calls it, of modules that are given by name. */
async function bundle(modules: Readonly<Record<string, string>>): Promise<void> {
	const { complain } = await import(
		new URL('scripts/setup/bundle.mjs', `file://${root}`).href
	) as { complain: (warning: { message: string }) => void };
	const result = await rollup({
		input: 'entry',
		onwarn: complain,
		plugins: [{ name: 'given', resolveId: (id) => id, load: (id) => modules[id] ?? null }],
	});
	await result.close();
}

describe('layout: house', function() {
	this.timeout(60_000);

	const upward: [string, string, string, string][] = [
		['lib/machine/park.ts', '../linux/errno.js', 'machine', 'linux'],
		['lib/machine/control-socket/client.ts', '../../boot/boot.js', 'machine', 'boot'],
		['lib/linux/errno.ts', '../quirks.js', 'linux', 'padata'],
		['lib/quirks.ts', './c/files.js', 'padata', 'c'],
		['lib/c/elf.ts', '../boot/cpus.js', 'c', 'boot'],
		['lib/boot/cpus.ts', '../index.js', 'boot', 'index'],
		['lib/index.ts', './cli/options.js', 'index', 'cli'],
		['lib/cli/options.ts', '../../compat-tests/support/host.js', 'cli', 'the tests'],
	];
	for (const [file, from, lower, upper] of upward)
		it(`the linter refuses an import from ${upper} in ${file}`, async () => {
			const messages = (await lint(file, from)).filter((text) =>
				text.startsWith('import-x/no-restricted-paths')
			);
			expect(messages).to.have.length(1);
			expect(messages[0]).to.include(
				`The floor of ${lower} lies below that of ${upper} (docs/architecture.md).`,
			);
		});

	it('the linter lets files import from their own floor and lower ones', async () => {
		expect(await lint('lib/cli/options.ts', '../index.js', '../machine/struct.js')).to.deep
			.equal([]);
		expect(await lint('lib/linux/kref.ts', './errno.js', '../machine/memory.js')).to.deep.equal(
			[],
		);
	});

	it('the linter refuses a circle of imports', async () => {
		const [message, ...others] = await lint('lib/linux/rcutree.ts', './preempt.js');
		expect(others).to.deep.equal([]);
		expect(message).to.match(/^import-x\/no-cycle: Dependency cycle detected/);
	});

	it('the linter refuses a circle over several files', async () => {
		// rcutree.ts -> spinlock.ts -> preempt.ts -> rcutree.ts
		const [message] = await lint('lib/linux/rcutree.ts', './spinlock.js');
		expect(message).to.match(/^import-x\/no-cycle: Dependency cycle via .*preempt/);
	});

	it('the bundler refuses a circle of imports', async () => {
		const modules = {
			entry: 'import { a } from "a"; console.log(a);',
			a: 'import { b } from "b"; export const a = () => b;',
			b: 'import { a } from "a"; export const b = () => a;',
		};
		const refused = await bundle(modules).then(() => undefined,
			(error: unknown) => error as Error);
		expect(refused?.message).to.match(/^bundling: Circular dependency: a -> b -> a/);
		await bundle({ ...modules, b: 'export const b = 1;' });
	});
});
