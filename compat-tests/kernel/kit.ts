// SPDX-License-Identifier: GPL-2.0-only
//
// What a guest is made of: Debian's kernel with its headers, the module and init built for it. All
// of it is made once, in .kernel (node-gyp empties build/); which kernel is the current one the
// system's own package lists say.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync,
	writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError, need_commands, refresh_lists, run, say, which } from './commands.js';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(checkout, '.kernel');
const sources = join(checkout, 'compat-tests/kernel/guest');

/** The package that depends on the current kernel, the smallest of Debian's. */
const LATEST = 'linux-image-cloud-amd64';

export interface Kit {
	/** As uname -r has it. */
	readonly release: string;
	readonly qemu: string;
	readonly kernel: string;
	readonly init: string;
	readonly module: string;
}

interface Unpacked {
	readonly release: string;
	readonly gcc: string;
}

async function dependencies(name: string): Promise<string[]> {
	return Array.from((await run('apt-cache', ['depends', name])).matchAll(/^ *Depends: (\S+)$/gm),
		([, dependency]) => dependency);
}

/**
 * The packages of the current kernel: the image, and the headers with what they need to build a
 * module.
 */
async function current_kernel(): Promise<{ release: string; image: string; headers: string[] }> {
	const find = async (): Promise<string | undefined> =>
		(await dependencies(LATEST)).find((name) => /^linux-image-\d/.test(name));
	let image = await find().catch(() => undefined);
	if (image === undefined) {
		await refresh_lists();
		image = await find();
	}
	if (image === undefined)
		throw new KitError(`no package source of this system has ${LATEST}`);
	const release = image.replace('linux-image-', '').replace(/-unsigned$/, '');
	const main = `linux-headers-${release}`;
	return { release, image,
		headers: [main,
			...(await dependencies(main)).filter((name) => name.startsWith('linux-'))] };
}

/** Fetch and unpack, and do not install. The folder appears when it is complete. */
async function unpack(to: string): Promise<void> {
	mkdirSync(folder, { recursive: true });
	const { release, image, headers } = await current_kernel();
	say(`fetch ${image} and ${headers.join(', ')}`);
	const debs = mkdtempSync(join(folder, 'debs-'));
	const tree = mkdtempSync(join(folder, 'tree-'));
	try {
		await run('apt-get', ['download', '-qq', image, ...headers], { cwd: debs });
		for (const deb of readdirSync(debs))
			await run('dpkg', ['-x', join(debs, deb), tree]);
		const gcc = headers.map((name) =>
			/gcc-\d+/.exec(name)?.[0]
		).find((name) => name !== undefined) ?? 'gcc';
		writeFileSync(join(tree, 'unpacked.json'),
			JSON.stringify({ release, gcc } satisfies Unpacked));
		renameSync(tree, to);
	} finally {
		rmSync(debs, { recursive: true });
		rmSync(tree, { recursive: true, force: true });
	}
}

async function unpacked(): Promise<Unpacked & { tree: string }> {
	const tree = join(folder, 'tree');
	const read = (): Unpacked =>
		JSON.parse(readFileSync(join(tree, 'unpacked.json'), 'utf8')) as Unpacked;
	if (!existsSync(tree)) {
		try {
			await unpack(tree);
		} catch (error) {
			if (!(error instanceof KitError) || !/apt-get download/.test(error.message))
				throw error;
			// What the lists name has been replaced by something newer.
			await refresh_lists();
			await unpack(tree);
		}
	}
	return { ...read(), tree };
}

/** Build something if its sources have changed since. */
async function built(file: string, from: readonly string[], what: string,
	build: () => Promise<void>): Promise<void>
{
	const hash = createHash('sha256');
	for (const source of from)
		hash.update(readFileSync(source));
	const print = hash.update(what).digest('hex');
	const stamp = `${file}.from`;
	if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, 'utf8') === print)
		return;
	await build();
	writeFileSync(stamp, print);
}

async function build_module({ release, gcc, tree }: Unpacked & { tree: string }): Promise<string> {
	const to = join(folder, 'module');
	const module = join(to, 'padata_driver.ko');
	const names = ['padata_driver.c', 'text.h'];
	await built(module, names.map((name) => join(sources, name)), release, async () => {
		say(`build the module for ${release}`);
		mkdirSync(to, { recursive: true });
		for (const name of names)
			writeFileSync(join(to, name), readFileSync(join(sources, name)));
		writeFileSync(join(to, 'Makefile'),
			'obj-m := padata_driver.o\nccflags-y := -Wall -Werror\n');
		const headers = join(tree, 'usr/src', `linux-headers-${release}`);
		// It names the place where it would be installed.
		const makefile = join(headers, 'Makefile');
		writeFileSync(makefile,
			readFileSync(makefile, 'utf8').replace(/^include .*(\/usr\/src\/)/m,
				`include ${tree}$1`));
		await run('make', ['-s', '-C', headers, `M=${to}`, `CC=${gcc}`, 'modules']);
	});
	return module;
}

async function build_init(gcc: string): Promise<string> {
	const init = join(folder, 'init');
	const source = join(sources, 'init.c');
	await built(init, [source], '',
		() =>
			run(gcc, ['-O1', '-static', '-Wall', '-Wextra', '-Werror', '-o', init, source]).then(
				() => undefined,
			));
	return init;
}

/** Make the kit complete. @throws KitError saying what is missing and cannot be had */
export async function prepare(): Promise<Kit> {
	if (process.arch !== 'x64')
		throw new KitError(`the kit is for x86-64, this is ${process.arch}`);
	await need_commands({ 'qemu-system-x86_64': 'qemu-system-x86', 'dpkg': 'dpkg',
		'make': 'make' });
	const from = await unpacked();
	await need_commands({ [from.gcc]: from.gcc });
	if (!existsSync('/usr/include/stdio.h'))
		await need_commands({ 'a C library to link with': 'libc6-dev' });
	return {
		release: from.release,
		qemu: which('qemu-system-x86_64')!,
		kernel: join(from.tree, 'boot', `vmlinuz-${from.release}`),
		init: await build_init(from.gcc),
		module: await build_module(from),
	};
}
