// SPDX-License-Identifier: GPL-2.0-only
//
// The versions of Node.js that the package is tested with: from the registry's package for this
// platform, fetched once and kept in node_modules/.cache.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './checkout.js';
import { environment, Failure, succeed } from './tools.js';

const PACKAGE = `node-linux-${process.arch}`;
const folder = join(checkout, 'node_modules/.cache/padata-nodes');

export interface NodeVersion {
	readonly version: string;
	/** The directory with its node. */
	readonly bin: string;
}

const parts = (version: string): number[] => version.split('.').map(Number);

/** The newest of those that begin so. */
function newest(versions: readonly string[], prefix = ''): string {
	const found = versions.filter((version) =>
		/^\d+\.\d+\.\d+$/.test(version) && version.startsWith(prefix)
	);
	found.sort((a, b) => {
		const [x, y] = [parts(a), parts(b)];
		return x[0] - y[0] || x[1] - y[1] || x[2] - y[2];
	});
	const last = found.at(-1);
	if (last === undefined)
		throw new Failure(`${PACKAGE}: there is no version ${prefix}`);
	return last;
}

async function fetch_node(version: string): Promise<NodeVersion> {
	const place = join(folder, version);
	const bin = join(place, 'node_modules', PACKAGE, 'bin');
	if (!existsSync(place)) {
		mkdirSync(folder, { recursive: true });
		const unfinished = mkdtempSync(join(folder, 'fetch-'));
		try {
			writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n');
			const options = ['--ignore-scripts', '--no-save', '--no-package-lock'];
			await succeed(['npm', 'install', ...options, `${PACKAGE}@${version}`], {
				cwd: unfinished,
				env: environment(null),
			});
			renameSync(unfinished, place);
		} finally {
			rmSync(unfinished, { recursive: true, force: true });
		}
	}
	const told = await succeed([join(bin, 'node'), '--version'], { cwd: folder,
		env: environment(bin) });
	if (told.trim() !== `v${version}`)
		throw new Failure(`${bin}: expected v${version}, found ${told}`);
	return { version, bin };
}

/**
 * The oldest that is supported, the last two builds with the same V8 as that one, the newest of
 * each line with long-term support, and the newest of all. In this order.
 */
export async function fetch_nodes(): Promise<NodeVersion[]> {
	const list = await succeed(['npm', 'view', PACKAGE, 'versions', '--json'], { cwd: checkout,
		env: environment(null) });
	const versions = JSON.parse(list) as string[];
	const wanted = ['20.19.0', '20.20.1', '20.20.2', newest(versions, '22.'),
		newest(versions, '24.'), newest(versions)];
	return Promise.all([...new Set(wanted)].map(fetch_node));
}
