// SPDX-License-Identifier: GPL-2.0-only
//
// npm run test:package [-- GROUP...]: the package as users get it. It is packed, installed into
// empty projects, and run, by each version of Node.js that nodes.ts names. What is run where:
//
// - always: it is packed by three versions, the oldest, 20.20.2 and the newest. The packages have
//   to be the same but for the addon, which is built for the version that packs.
// - versions: each of the three packages by every version, twice, with one code cache for all; and
//   with Node's own compile cache, where it can be switched on.
// - package: publint, attw, and the types in TypeScript's three ways to find them.
// - worker, require: by every version.
// - scripts, compiler: installed once, with install scripts off or without a compiler, and run by
//   every version; without a compiler with the prebuilt addon, and without it.
// - vitest: in threads, by every version: vitest 3 by Node.js 20, vitest 5 by the others.
// - documents: README.md and docs/*.md by the oldest version, and by the newest.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync,
	writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KitError, need_commands, run_program, which } from '../kernel/commands.js';
import { checkout, contents, install, pack } from './checkout.js';
import { check_list, documented, left_out, run_documents, SQUARES } from './documents.js';
import { fetch_nodes, NodeVersion } from './nodes.js';
import { Ended, environment, equal, Failure, Report, run, succeed } from './tools.js';

/** Tells on standard error what V8 was given for the kernel. */
const PROBE = `
	import vm from 'node:vm';
	import { isMainThread } from 'node:worker_threads';
	const { Script } = vm;
	if (isMainThread)
		vm.Script = class extends Script {
			constructor(source, options) {
				super(source, options);
				console.error(options?.cachedData === undefined ? 'compiled' :
					this.cachedDataRejected ? 'rejected' : 'cached');
			}
		};
`;

/** The README's program in a worker, which ends by itself, twice in turn. */
const WORKER = `
	import { once } from 'node:events';
	import { Worker } from 'node:worker_threads';
	for (let n = 0; n < 2; n++) {
		const worker = new Worker(new URL('./main.mjs', import.meta.url));
		const [code] = await once(worker, 'exit');
		if (code !== 0)
			throw new Error(\`the worker has ended with \${code}\`);
	}
`;

/** A machine in each of two test files, with jobs whose results the test looks at. */
const VITEST = `
	import { expect, test } from 'vitest';
	import * as k from 'padata';
	test('results come in the order of submission', async () => {
		const machine = await k.boot({ nr_cpus: 2 });
		const jobs = await machine.load_module(new URL('./vitest-jobs.mjs', import.meta.url));
		const wq = k.alloc_workqueue('squares', k.WQ_MEM_RECLAIM | k.WQ_CPU_INTENSIVE, 1);
		const pinst = k.padata_alloc_possible(wq);
		k.padata_start(pinst);
		const log = k.kzalloc(256);
		for (let i = 0; i < 10; i++) {
			const padata = k.kzalloc(k.padata_priv.size + 8);
			k.store_function(padata + k.padata_priv.offset.parallel, jobs.parallel);
			k.store_function(padata + k.padata_priv.offset.serial, jobs.serial);
			k.store(padata + k.padata_priv.size, i);
			k.store(padata + k.padata_priv.size + 4, log);
			k.padata_do_parallel(pinst, padata, 1);
		}
		await k.padata_stop_async(pinst);
		await k.padata_free_async(pinst);
		await k.destroy_workqueue_async(wq);
		expect(Array.from({ length: 10 }, (_, i) => k.load(log + 4 + 4 * i)))
			.toEqual([${SQUARES.join(', ')}]);
		await machine.shutdown();
	});
`;
const VITEST_JOBS = `
	import * as k from 'padata';
	const INPUT = k.padata_priv.size, LOG = INPUT + 4;
	export function parallel(padata) {
		k.store(padata + INPUT, k.load(padata + INPUT) ** 2);
		k.padata_do_serial(padata);
	}
	export function serial(padata) {
		const log = k.load(padata + LOG);
		k.store(log + 4 + 4 * k.load(log), k.load(padata + INPUT));
		k.store(log, k.load(log) + 1);
	}
`;

/** A machine, and what the kernel log has to say about pinning. */
const PINNING = `
	import { boot } from 'padata';
	const machine = await boot();
	for (const { text } of machine.dmesg())
		if (/pinned|addon/.test(text))
			console.log(text);
	await machine.shutdown();
`;

/** The one line of the log that says why there is no addon. */
const UNPINNED = new RegExp('^padata: CPUs are not pinned: no addon: '
	+ `.*prebuilds/linux-${process.arch}/padata\\.node does not exist\\n$`);

/** Node's own compile cache, switched on by the program. */
const COMPILE_CACHE = `
	import { enableCompileCache } from 'node:module';
	enableCompileCache(new URL('compile-cache', import.meta.url).pathname);
	await import('./main.mjs');
`;

interface Tarball {
	readonly by: NodeVersion;
	readonly file: string;
	readonly project: string;
}

function clean({ code, signal, out, err }: Ended, what: string): string {
	if (code !== 0 || err !== '')
		throw new Failure(`${what}: expected exit code 0 and no complaint`, { code, signal, out,
			err });
	return out;
}

class Tests {
	readonly report = new Report();
	readonly folder = mkdtempSync(join(tmpdir(), 'padata-package-'));

	constructor(readonly nodes: readonly NodeVersion[], readonly groups: readonly string[]) {}

	wants(group: string): boolean {
		return this.groups.length === 0 || this.groups.includes(group);
	}

	/** The programs of the README, in a project. */
	write_programs(project: string): void {
		for (const { document, block } of documented(join(project, 'node_modules/padata')))
			if (document === 'README.md' && block.text.startsWith('import'))
				writeFileSync(
					join(project, block.text.includes('k.boot()') ? 'main.mjs' : 'jobs.mjs'),
					block.text,
				);
		writeFileSync(join(project, 'probe.mjs'), PROBE);
		writeFileSync(join(project, 'worker.mjs'), WORKER);
		writeFileSync(join(project, 'pinning.mjs'), PINNING);
		writeFileSync(join(project, 'compile-cache.mjs'), COMPILE_CACHE);
	}

	/** Run a file, which must not complain. */
	async node({ bin }: NodeVersion, cwd: string, args: readonly string[],
		env: Record<string, string | undefined> = environment(bin)): Promise<string>
	{
		return clean(await run([join(bin, 'node'), ...args], { cwd, env }), args.join(' '));
	}

	async package(by: NodeVersion): Promise<Tarball> {
		const file = await pack(this.folder, by);
		const project = await install(join(this.folder, `project-${by.version}`),
			environment(by.bin), [file]);
		this.write_programs(project);
		return { by, file, project };
	}

	/** Nothing but the addon depends on the Node.js that has packed it. */
	same(tarballs: readonly Tarball[]): void {
		const [first, ...others] = tarballs.map(({ project }) => contents(project));
		const compiled = Object.keys(first).filter((name) => name.endsWith('.code'));
		equal('compiled forms in the package', compiled, []);
		for (const other of others) {
			const names = new Set([...Object.keys(first), ...Object.keys(other)]);
			const different = Array.from(names).filter((name) => first[name] !== other[name]);
			equal('different', different.filter((name) => !name.startsWith('prebuilds/')), []);
		}
	}

	/** The README's program: how the kernel came into V8. */
	async squares(node: NodeVersion, project: string, cache: string): Promise<string> {
		const env = { ...environment(node.bin), PADATA_CODE_CACHE: cache };
		const ended = await run([join(node.bin, 'node'), '--import', './probe.mjs', 'main.mjs'], {
			cwd: project,
			env,
		});
		const how = ended.err.trim();
		if (ended.code !== 0 || !['compiled', 'cached'].includes(how))
			throw new Failure('expected exit code 0, and "compiled" or "cached"', ended);
		equal('main.mjs', ended.out.trim().split('\n'), SQUARES);
		return how;
	}

	async versions({ by, project }: Tarball): Promise<void> {
		const cache = join(project, 'code-cache');
		for (const expected of ['compiled', 'cached'])
			for (const node of this.nodes)
				await this.report.test(`packed by ${by.version}, run by ${node.version}`,
					async () => {
						equal('the kernel', await this.squares(node, project, cache), expected);
						return expected;
					});
	}

	/** The code cache lies in Node's, where that is in use. */
	async compile_cache(project: string): Promise<void> {
		const folder = join(project, 'compile-cache');
		for (const node of this.nodes.filter(({ version }) => parseInt(version, 10) >= 22))
			await this.report.test(`${node.version}: with module.enableCompileCache()`,
				async () => {
					rmSync(folder, { recursive: true, force: true });
					await this.node(node, project, ['compile-cache.mjs']);
					const found = readdirSync(folder, { recursive: true, encoding: 'utf8' });
					equal('files',
						found.filter((path) => /^[^/]+\/padata\/kernel-.*\.code$/.test(path))
							.length, 1);
				});
	}

	async types(tarball: Tarball): Promise<void> {
		const { report } = this;
		const tools = join(checkout, 'node_modules/.bin');
		const [{ bin }] = this.nodes;
		const options = { cwd: tarball.project, env: environment(bin) };
		await report.test('publint', async () => {
			await succeed([join(tools, 'publint'), 'run', tarball.file, '--strict'], options);
		});
		await report.test('attw', async () => {
			await succeed([join(tools, 'attw'), tarball.file, '--profile', 'esm-only'], options);
		});
		mkdirSync(join(tarball.project, 'node_modules/@types'));
		for (const name of ['@types/node', 'undici-types'])
			symlinkSync(join(checkout, 'node_modules', name),
				join(tarball.project, 'node_modules', name));
		writeFileSync(join(tarball.project, 'main.mts'),
			readFileSync(join(tarball.project, 'main.mjs')));
		const ways = { node16: 'node16', nodenext: 'nodenext', bundler: 'esnext' };
		for (const [resolution, module] of Object.entries(ways))
			await report.test(`types of the README's program, moduleResolution ${resolution}`, async () => {
				await succeed([join(tools, 'tsc'), '--noEmit', '--strict', '--target', 'es2022',
					'--types', 'node', '--module', module, '--moduleResolution', resolution,
					'main.mts'], options);
			});
	}

	/** A PATH with what npm and a package's command take, and no compiler, make or python3. */
	plain_path({ version, bin }: NodeVersion): string {
		const path = join(this.folder, `bin-${version}`);
		mkdirSync(path);
		symlinkSync(join(bin, 'node'), join(path, 'node'));
		for (const name of ['env', 'npm', 'npx', 'sh'])
			symlinkSync(which(name)!, join(path, name));
		return path;
	}

	async without_scripts(file: string): Promise<void> {
		const { report, nodes } = this;
		const project = join(this.folder, 'scripts');
		const line = 'npx padata cc node_modules/padata/examples/c/blocksum.c -o blocksum.so && '
			+ 'npx padata insmod blocksum.so file=package.json';
		await report.test('with install scripts off: install', async () => {
			await install(project, environment(nodes[0].bin), [file], '--ignore-scripts');
			this.write_programs(project);
		});
		for (const node of nodes)
			await report.test(`${node.version}: with install scripts off, JavaScript and C`, async () => {
				const out = await this.node(node, project, ['main.mjs']);
				equal('main.mjs', out.trim().split('\n'), SQUARES);
				const log = await succeed(['sh', '-c', line], { cwd: project,
					env: environment(node.bin) });
				if (!/blocksum/.test(log))
					throw new Failure(`${line}: expected the sums, found ${log}`);
			});
	}

	async without_compiler(file: string): Promise<void> {
		const { report } = this;
		const project = join(this.folder, 'compiler');
		const users = this.nodes.map((node) => {
			const path = this.plain_path(node);
			return { node, path, env: { ...environment(node.bin), PATH: path } };
		});
		await report.test('without a compiler: install', async () => {
			await install(project, users[0].env, [file]);
			this.write_programs(project);
		});
		for (const { node, path, env } of users)
			await report.test(`${node.version}: without a compiler, with the prebuilt addon`, async () => {
				const out = await this.node(node, project, ['main.mjs'], env);
				equal('main.mjs', out.trim().split('\n'), SQUARES);
				equal('pinning.mjs', await this.node(node, project, ['pinning.mjs'], env), '');
				const cpus = await run([join(path, 'npx'), 'padata', 'cpus'], { cwd: project,
					env });
				if (!/pinned to core \d+$/m.test(clean(cpus, 'padata cpus')))
					throw new Failure('padata cpus: expected pinned threads', cpus);
			});
		rmSync(join(project, 'node_modules/padata/prebuilds'), { recursive: true, force: true });
		for (const { node, env } of users)
			await report.test(`${node.version}: without a compiler, without a prebuilt addon`, async () => {
				const out = await this.node(node, project, ['main.mjs'], env);
				equal('main.mjs', out.trim().split('\n'), SQUARES);
				const log = await this.node(node, project, ['pinning.mjs'], env);
				if (!UNPINNED.test(log))
					throw new Failure(
						`expected one line that says that the addon is missing, found ${log}`,
					);
			});
	}

	async vitest(file: string, version: string, nodes: readonly NodeVersion[]): Promise<void> {
		const folder = join(this.folder, `vitest-${version}`);
		if (nodes.length === 0)
			return;
		const installed = await this.report.test(`vitest ${version}: install`, async () => {
			await install(folder, environment(nodes[0].bin), [file, `vitest@${version}`]);
		});
		if (!installed)
			return;
		for (const name of ['one', 'two'])
			writeFileSync(join(folder, `${name}.test.mjs`), VITEST);
		writeFileSync(join(folder, 'vitest-jobs.mjs'), VITEST_JOBS);
		for (const node of nodes)
			await this.report.test(`${node.version}: vitest ${version} in threads`, async () => {
				const out = await succeed(['npx', 'vitest', 'run', '--pool=threads'], { cwd: folder,
					env: environment(node.bin) });
				if (!/Tests +2 passed/.test(out))
					throw new Failure(`expected two tests that pass, found ${out}`);
			});
	}

	async run(): Promise<void> {
		const { nodes, report } = this;
		const [oldest, newest] = [nodes[0], nodes.at(-1)!];
		const packers = [oldest, nodes.find(({ version }) => version === '20.20.2')!, newest];
		const tarballs: Tarball[] = [];
		for (const node of packers)
			await report.test(`packed by ${node.version}, and installed`, async () => {
				tarballs.push(await this.package(node));
			});
		// Nothing else can be done without them.
		if (tarballs.length < packers.length)
			return;
		await report.test('the packages differ in nothing but the addon', () => {
			this.same(tarballs);
		});
		if (this.wants('versions')) {
			for (const tarball of tarballs)
				await this.versions(tarball);
		}
		const [, { file, project }] = tarballs;
		if (this.wants('versions'))
			await this.compile_cache(project);
		if (this.wants('package'))
			await this.types(tarballs[1]);
		for (const node of nodes) {
			if (this.wants('worker'))
				await report.test(`${node.version}: in a worker`, async () => {
					const out = await this.node(node, project, ['worker.mjs']);
					equal('worker.mjs', out.trim().split('\n'), [...SQUARES, ...SQUARES]);
				});
			if (this.wants('require'))
				await report.test(`${node.version}: by require()`, async () => {
					writeFileSync(join(project, 'require.cjs'),
						'console.log(typeof require("padata").boot);\n');
					equal('require.cjs', await this.node(node, project, ['require.cjs']),
						'function\n');
				});
		}
		if (this.wants('scripts'))
			await this.without_scripts(file);
		if (this.wants('compiler'))
			await this.without_compiler(file);
		if (this.wants('vitest')) {
			const old = (node: NodeVersion): boolean => node.version.startsWith('20.');
			await this.vitest(file, '3', nodes.filter(old));
			await this.vitest(file, '5', nodes.filter((node) => !old(node)));
		}
		if (this.wants('documents')) {
			await report.test('every block of the documents is run or listed with a reason', () => {
				check_list(join(project, 'node_modules/padata'));
			});
			for (const { version, bin } of [oldest, newest])
				await run_documents(report, { folder: project, bin }, version);
			left_out().forEach((line) => process.stdout.write(`  not run: ${line}\n`));
		}
	}
}

async function main(): Promise<number> {
	const begun = performance.now();
	await need_commands({ 'cc': 'gcc', 'make': 'make', 'nc': 'netcat-openbsd' });
	const nodes = await fetch_nodes().catch((error: unknown) => {
		throw error instanceof Failure ? new KitError(error.message) : error;
	});
	process.stdout.write(`Node.js ${nodes.map(({ version }) => version).join(', ')}\n`);
	const tests = new Tests(nodes, process.argv.slice(2));
	try {
		await tests.run();
	} finally {
		rmSync(tests.folder, { recursive: true, force: true });
	}
	const { passed, failed } = tests.report;
	process.stdout.write(`all ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
	process.stdout.write(`${passed} passed, ${failed} failed\n`);
	return failed > 0 || passed === 0 ? 1 : 0;
}

await run_program('test:package', main);
