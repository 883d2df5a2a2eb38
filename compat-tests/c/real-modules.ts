// SPDX-License-Identifier: GPL-2.0-only
//
// Small modules for `padata cc` and `padata insmod`, which are run as a user runs them.
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChildOptions, Children, Ended } from '../support/child.js';

const command = fileURLToPath(new URL('../../../dist/bundle/cli/padata.js', import.meta.url));

/**
 * A module's source. @param init the body of its init function @param more what stands before that
 */
export const source = (init: string, more = ''): string => `
	#include <linux/module.h>
	#include <linux/kernel.h>
	#include <linux/init.h>
	#include <linux/reboot.h>
	${more}
	static int __init start(void) { ${init} }
	static void __exit end(void) { pr_info("goodbye\\n"); }
	module_init(start);
	module_exit(end);
	MODULE_LICENSE("GPL");
`;

export const HELLO = source('pr_info("hello %d %s\\n", n, text); return 0;', `
	static int n = 1;
	module_param(n, int, 0444);
	static char *text = "none";
	module_param(text, charp, 0444);
`);

/** A folder of modules for the tests of a describe block. */
export class Modules {
	folder = '';
	readonly #children = new Children();
	/** What a module has last been compiled of. */
	readonly #compiled = new Map<string, string>();

	constructor() {
		before(() => {
			this.folder = mkdtempSync(join(tmpdir(), 'padata-modules-'));
		});
		after(() => rmSync(this.folder, { recursive: true }));
		afterEach(() => this.#children.kill());
	}

	/**
	 * Compile NAME.c to NAME.so, if it has not been.
	 * @returns false if the compiler has no such sanitizer
	 */
	compile(name: string, text: string, ...options: string[]): boolean {
		const what = [text, ...options].join('\0');
		if (this.#compiled.get(name) === what)
			return true;
		writeFileSync(join(this.folder, `${name}.c`), text);
		const { status, stderr } = spawnSync(process.execPath, [command, 'cc', `${name}.c`,
			...options], { cwd: this.folder, encoding: 'utf8' });
		if (status !== 0 && options.some((option) => option.startsWith('--sanitize'))
			&& /cannot find|No such file/.test(stderr))
		{
			console.log(`      the compiler has not what ${options.join(' ')} needs: skipped`);
			return false;
		}
		expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
		this.#compiled.set(name, what);
		return true;
	}

	/** @param on_line told of each line of the log */
	async insmod(args: readonly string[],
		on_line?: ChildOptions['on_line']): Promise<Omit<Ended, 'signal'>>
	{
		const { code, out, err } = await this.#children.run([command, 'insmod', ...args], {
			cwd: this.folder,
			on_line,
		});
		return { code, out, err };
	}
}

/** The log without its times. */
export const lines = (out: string): string[] =>
	out.split('\n').filter((line) => line !== '').map((line) =>
		line.replace(/^\[ *\d+\.\d{6}\] /, '')
	);
