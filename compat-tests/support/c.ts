// SPDX-License-Identifier: GPL-2.0-only
//
// C modules for tests: compiled on the spot, into a folder that is removed at the end.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiler_arguments, Sanitizer } from '../../lib/cli/cc/flags.js';

/** A source file beside the tests: these run in dist/. */
export const source = (path: string): string =>
	fileURLToPath(new URL(`../../../compat-tests/c/${path}`, import.meta.url));

export class Workshop {
	#folder: string | null = null;

	/** Made when it is first asked for: a describe block whose tests do not run leaves nothing. */
	get folder(): string {
		return this.#folder ??= mkdtempSync(join(tmpdir(), 'padata-c-'));
	}

	/** A file with this text. @returns its path */
	write(name: string, text: string): string {
		const path = join(this.folder, name);
		writeFileSync(path, text);
		return path;
	}

	/**
	 * Compile C files, to a module of the first one's name.
	 * @returns its path
	 * @throws Error with what the compiler says
	 */
	compile(files: string | readonly string[],
		{ name, sanitizers = [], flags = [] }: { name?: string; sanitizers?: readonly Sanitizer[];
			flags?: readonly string[] } = {}): string
	{
		const all = typeof files === 'string' ? [files] : files;
		const output = join(this.folder, `${name ?? basename(all[0], '.c')}.so`);
		const { status, stderr, error } = spawnSync('cc',
			compiler_arguments({ files: all, output, optimize: '1', sanitizers,
				flags: ['-Werror', ...flags] }, false), { encoding: 'utf8' });
		if (error !== undefined)
			throw error;
		if (status !== 0)
			throw new Error(stderr);
		return output;
	}

	remove(): void {
		if (this.#folder !== null)
			rmSync(this.#folder, { recursive: true });
		this.#folder = null;
	}
}
