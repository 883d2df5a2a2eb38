// SPDX-License-Identifier: GPL-2.0-only
//
// From a checkout to an installed package.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeVersion } from './nodes.js';
import { environment, Failure, RunOptions, succeed } from './tools.js';

export const checkout = fileURLToPath(new URL('../../../', import.meta.url));

/** Left out of a copy: what is made anew, what git keeps, and what other tests have made. */
const LEFT_OUT = ['node_modules', 'prebuilds', 'coverage', '.git', '.kernel'];

/**
 * Pack the package by one Node.js. In a copy of the checkout, since the addon is built anew for
 * another Node.js, and the checkout is not to be changed.
 * @param folder an empty one
 * @returns the path of the package
 */
export async function pack(folder: string, { version, bin }: NodeVersion): Promise<string> {
	const copy = join(folder, `checkout-${version}`);
	mkdirSync(copy);
	for (const name of readdirSync(checkout).filter((each) => !LEFT_OUT.includes(each)))
		cpSync(join(checkout, name), join(copy, name), { recursive: true });
	symlinkSync(join(checkout, 'node_modules'), join(copy, 'node_modules'));
	const packed = join(folder, `packed-${version}`);
	mkdirSync(packed);
	await succeed(['npm', 'pack', '--pack-destination', packed], { cwd: copy,
		env: environment(bin) });
	const [name] = readdirSync(packed);
	return join(packed, name);
}

/** Make an empty project, and install packages. @returns its folder */
export async function install(folder: string, env: NonNullable<RunOptions['env']>,
	packages: readonly string[], ...options: string[]): Promise<string>
{
	mkdirSync(folder);
	writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
	await succeed(['npm', 'install', ...options, ...packages], { cwd: folder, env });
	return folder;
}

/** What is in an installed package: paths and the hashes of contents. */
export function contents(project: string): Record<string, string> {
	const root = join(project, 'node_modules/padata');
	const found: Record<string, string> = {};
	for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
		const path = join(entry.parentPath, entry.name);
		if (entry.isFile())
			found[relative(root, path)] = createHash('sha256').update(readFileSync(path)).digest(
				'hex',
			);
	}
	if (Object.keys(found).length === 0)
		throw new Failure(`${root}: nothing is installed`);
	return found;
}
