// SPDX-License-Identifier: GPL-2.0-only
//
// The peers in C++: built here, into build/bench, where there is a compiler and what they need.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.js';

/**
 * The programs, by the name of their source, and what they need besides libcrypto. parallel is a
 * library.
 */
const programs = { loop: [], tbb: ['-ltbb'], ring: [], parallel: ['-shared', '-fPIC'] } as const;
export type Program = keyof typeof programs;

/** A program that can be run, or why there is none. */
export type Built = { readonly path: string } | { readonly missing: string };

const FLAGS = ['-std=c++17', '-O3', '-march=native', '-pthread'];

const sources = join(root, 'bench/native');
const built = new Map<Program, Built>();

function compiles(compiler: string, header: string): boolean {
	return spawnSync(compiler, ['-E', '-x', 'c++', '-'], { input: `#include <${header}>\n`,
		stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

export function compiler_version(compiler = 'g++'): string | null {
	const { status, stdout } = spawnSync(compiler, ['-dumpfullversion'], { encoding: 'utf8' });
	return status === 0 ? stdout.trim() : null;
}

function make(program: Program, compiler = 'g++'): Built {
	const version = compiler_version(compiler);
	if (version === null)
		return { missing: 'g++ is not installed' };
	if (!compiles(compiler, 'openssl/evp.h'))
		return { missing: 'libssl-dev is not installed' };
	if (program === 'tbb' && !compiles(compiler, 'tbb/parallel_pipeline.h'))
		return { missing: 'libtbb-dev is not installed' };
	const source = join(sources, `${program}.cc`);
	const key = createHash('sha256').update([version, ...FLAGS].join(' ')).update(
		readFileSync(source),
	).update(readFileSync(join(sources, 'jobs.h')));
	const folder = join(root, 'build/bench');
	const path = join(folder, `${program}-${key.digest('hex').slice(0, 16)}`);
	if (!existsSync(path)) {
		mkdirSync(folder, { recursive: true });
		const unfinished = `${path}.${process.pid}`;
		const { status, stderr } = spawnSync(compiler, [...FLAGS, source, '-o', unfinished,
			'-lcrypto', ...programs[program]], { encoding: 'utf8' });
		if (status !== 0)
			throw new Error(`${program}.cc does not compile:\n${stderr}`);
		renameSync(unfinished, path);
	}
	return { path };
}

export function build(program: Program): Built {
	let result = built.get(program);
	if (result === undefined)
		built.set(program, result = make(program));
	return result;
}
