// SPDX-License-Identifier: GPL-2.0-only
//
// On what was measured, and with which versions.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiler_version } from './native.js';
import { POOLS } from './pools/pool.js';
import { root } from './root.js';

const version_in = (file: string): string =>
	(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;

/** The version of an installed package; most do not let their package.json be imported. */
function version_of(name: string): string | null {
	try {
		for (let folder = dirname(fileURLToPath(import.meta.resolve(name)));
			folder !== dirname(folder); folder = dirname(folder))
		{
			try {
				const { name: found, version } = JSON.parse(
					readFileSync(join(folder, 'package.json'), 'utf8'),
				) as { name?: string; version?: string };
				if (found === name && version !== undefined)
					return version;
			} catch {
				// further up
			}
		}
	} catch {
		// not installed
	}
	return null;
}

function tbb_version(): string | null {
	try {
		const text = readFileSync('/usr/include/oneapi/tbb/version.h', 'utf8');
		const number = (name: string): string | undefined =>
			new RegExp(`#define TBB_VERSION_${name} (\\d+)`).exec(text)?.[1];
		return `${number('MAJOR')}.${number('MINOR')}`;
	} catch {
		return null;
	}
}

/** CPU model, cores, versions. Nothing that would name the machine or its owner. */
export function describe_machine(): Record<string, string | number> {
	const versions: Record<string, string | null> = {
		padata: version_in(join(root, 'package.json')),
		...Object.fromEntries(POOLS.map((pool) => [pool, version_of(pool)])),
		gcc: compiler_version(),
		oneTBB: tbb_version(),
	};
	return {
		cpu: cpus()[0].model.trim(),
		cores: availableParallelism(),
		arch: process.arch,
		memory_gib: Math.round(totalmem() / 2 ** 30),
		kernel: release().split('-')[0],
		node: process.versions.node,
		v8: process.versions.v8,
		openssl: process.versions.openssl,
		...Object.fromEntries(
			Object.entries(versions).filter((entry): entry is [string, string] =>
				entry[1] !== null
			),
		),
	};
}
