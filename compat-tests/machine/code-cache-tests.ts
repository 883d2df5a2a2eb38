// SPDX-License-Identifier: GPL-2.0-only
//
// V8's compiled form of the bundled kernel, which is kept on the user's machine
// (scripts/setup/bundle/code-cache.js). Each test starts processes that tell what they have given
// to V8.
import { expect } from 'chai';
import { chmodSync, chownSync, copyFileSync, lstatSync, mkdirSync, mkdtempSync, readdirSync,
	readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Children } from '../support/child.js';

const BUNDLE = new URL('../../bundle/index.js', import.meta.url);

/** Run a machine, and print what V8 was given: "none", or whether it was "accepted", "rejected". */
const START = `
	import vm from 'node:vm';
	const { Script } = vm;
	vm.Script = class extends Script {
		constructor(source, options) {
			super(source, options);
			console.log(options.cachedData === undefined ? 'none' :
				this.cachedDataRejected ? 'rejected' : 'accepted');
		}
	};
	const { boot } = await import(${JSON.stringify(BUNDLE.href)});
	const machine = await boot({ nr_cpus: 2 });
	await machine.shutdown();
`;

const VARIABLES = ['PADATA_CODE_CACHE', 'NODE_COMPILE_CACHE', 'NODE_DISABLE_COMPILE_CACHE',
	'NODE_V8_COVERAGE', 'XDG_CACHE_HOME', 'HOME', 'TMPDIR'];

interface Start {
	readonly env?: NodeJS.ProcessEnv;
	/** Options of node. */
	readonly options?: readonly string[];
	/** Run before anything else. */
	readonly first?: string;
	/** Run at the end. */
	readonly last?: string;
}

/** What the quick part has, one of each kind. */
const QUICK = [
	'is not in the package',
	"is made by the first process and used by the next one, and is its user's",
	'is not used by another version of Node.js, which gets its own',
	'is not given to V8 and is made anew if the file is cut in half',
	'is not used if another user may have written it',
	'is left out below a file, in silence',
	'lies in home/.cache/padata with {}',
	'lies nowhere with {"PADATA_CODE_CACHE":"off"}',
];

/** Declare the tests of one part. */
export function code_cache_tests(part: 'quick' | 'long'): void {
	const declared: string[] = [];
	function test(title: string, run: () => void | Promise<void>): void {
		declared.push(title);
		if (QUICK.includes(title) === (part === 'quick'))
			it(title, run);
	}

	let folder: string;
	let cache: string;
	const children = new Children();

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-code-cache-'));
		cache = join(folder, 'cache');
	});
	afterEach(() => {
		children.kill();
		rmSync(folder, { recursive: true });
	});

	/** The variables that choose the directory, without this process's own. */
	function environment(set: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
		// A variable that is undefined is not handed on.
		const unset = Object.fromEntries(VARIABLES.map((name) => [name, undefined]));
		return { ...process.env, ...unset, ...set };
	}

	/** @returns what V8 was given */
	async function start(how: Start = {}): Promise<string> {
		const { env = { PADATA_CODE_CACHE: cache }, options = [], first = '', last = '' } = how;
		const script = join(folder, 'start.mjs');
		writeFileSync(script, first + START + last);
		const ended = await children.run([...options, script], { env: environment(env) });
		const { code, signal, err } = ended;
		expect({ code, signal, err }).to.deep.equal({ code: 0, signal: null, err: '' });
		return ended.out.trim();
	}

	/** The one file there, as a path. */
	function only_file(directory = cache): string {
		const names = readdirSync(directory);
		expect(names).to.have.length(1);
		return join(directory, names[0]);
	}

	/** Compiled forms, as paths from there. */
	const files_below = (directory: string): string[] =>
		readdirSync(directory, { recursive: true, encoding: 'utf8' })
			.filter((path) => path.endsWith('.code'));

	test('is not in the package', () => {
		const names = readdirSync(fileURLToPath(new URL('.', BUNDLE)));
		expect(names.filter((name) => name.endsWith('.code'))).to.be.empty;
	});

	test("is made by the first process and used by the next one, and is its user's", async () => {
		expect(await start()).to.equal('none');
		const file = only_file();
		expect(lstatSync(cache).mode & 0o777).to.equal(0o700);
		expect(lstatSync(file).mode & 0o777).to.equal(0o600);
		const { mtimeMs } = lstatSync(file);
		expect(await start()).to.equal('accepted');
		expect(only_file()).to.equal(file);
		expect(lstatSync(file).mtimeMs, 'not written again').to.equal(mtimeMs);
	});

	test('is written some time after the start by a process that does not end', async () => {
		// Its timer comes at once, so that nobody waits for it.
		const first = `
			const { setTimeout } = globalThis;
			globalThis.setTimeout = (action, ms) => setTimeout(action, ms === 5000 ? 0 : ms);
		`;
		const last = `
			import { readdirSync } from 'node:fs';
			while (readdirSync(${JSON.stringify(folder)}).indexOf('cache') < 0)
				await new Promise(setImmediate);
			console.log(readdirSync(${JSON.stringify(cache)}).length);
		`;
		expect(await start({ first, last })).to.equal('none\n1');
		expect(await start()).to.equal('accepted');
	});

	const others: Record<string, Start> = {
		'version of Node.js': {
			first: 'Object.defineProperty(process, "version", { value: "v20.19.99" });',
		},
		'architecture': { first: 'Object.defineProperty(process, "arch", { value: "mips" });' },
		'set of V8 flags': { options: ['--no-lazy'] },
		'set of V8 flags in the environment': { env: { NODE_OPTIONS: '--stack-trace-limit=11' } },
		'set of V8 flags made at run time': {
			first: 'import v8 from "node:v8"; v8.setFlagsFromString("--no-flush-bytecode");',
		},
		'kind of CPU': {
			first: `
				import v8 from 'node:v8';
				const tag = v8.cachedDataVersionTag() + 1;
				v8.cachedDataVersionTag = () => tag;
			`,
		},
		'build of the same version': {
			first: `
				import fs from 'node:fs';
				const { statSync } = fs;
				fs.statSync = (path) => path === '/proc/self/exe' ? { size: 1, mtimeMs: 1 } : statSync(path);
			`,
		},
	};
	for (const [what, other] of Object.entries(others))
		test(`is not used by another ${what}, which gets its own`, async () => {
			const theirs = { ...other, env: { PADATA_CODE_CACHE: cache, ...other.env } };
			expect(await start()).to.equal('none');
			expect(await start(theirs)).to.equal('none');
			expect(readdirSync(cache)).to.have.length(2);
			expect(await start(theirs)).to.equal('accepted');
			expect(await start()).to.equal('accepted');
		});

	test("is used if the process that made it has changed V8's flags afterwards", async () => {
		const last = `
			import v8 from 'node:v8';
			v8.setFlagsFromString('--no-flush-bytecode');
		`;
		expect(await start({ last })).to.equal('none');
		expect(await start({ last })).to.equal('accepted');
	});

	test("of another version of Node.js is not used under this one's name", async () => {
		expect(await start()).to.equal('none');
		const file = only_file();
		rmSync(file);
		await start({
			first: 'Object.defineProperty(process, "version", { value: "v20.19.99" });',
		});
		renameSync(only_file(), file);
		expect(await start()).to.equal('none');
		expect(await start()).to.equal('accepted');
	});

	const damages: Record<string, (whole: Buffer) => Buffer> = {
		'empty': () => Buffer.alloc(0),
		'shorter than its checksum': (whole) => whole.subarray(0, 16),
		'nothing but its checksum': (whole) => whole.subarray(0, 32),
		'cut in half': (whole) => whole.subarray(0, whole.length / 2),
		'without its last byte': (whole) => whole.subarray(0, -1),
		'with a byte more': (whole) => Buffer.concat([whole, Buffer.alloc(1)]),
		'of zeros, as after a crash of the system': (whole) => Buffer.alloc(whole.length),
	};
	for (const where of [0, 0.25, 0.5, 0.75, 0.999])
		damages[`with a wrong bit at ${where * 100} %`] = (whole) => {
			const wrong = Buffer.from(whole);
			wrong[Math.trunc(whole.length * where)] ^= 0x10;
			return wrong;
		};
	for (const [how, damage] of Object.entries(damages))
		test(`is not given to V8 and is made anew if the file is ${how}`, async () => {
			await start();
			const file = only_file();
			writeFileSync(file, damage(readFileSync(file)));
			expect(await start()).to.equal('none');
			expect(await start()).to.equal('accepted');
		});

	test('is not used if another user may have written it', async () => {
		await start();
		const file = only_file();
		// As it is for another user.
		const first = 'process.geteuid = process.getuid = () => 12345;';
		expect(await start({ first })).to.equal('none');
		for (const mode of [0o620, 0o602]) {
			chmodSync(file, mode);
			expect(await start(), mode.toString(8)).to.equal('none');
			expect(lstatSync(file).mode & 0o777, 'is replaced').to.equal(0o600);
		}
		const real = join(folder, 'real');
		renameSync(file, real);
		symlinkSync(real, file);
		expect(await start(), 'a symbolic link').to.equal('none');
	});

	test('is neither read nor written in a directory that another user may write to', async () => {
		await start();
		const file = only_file();
		for (const mode of [0o777, 0o1777, 0o770]) {
			chmodSync(cache, mode);
			expect(await start(), mode.toString(8)).to.equal('none');
		}
		rmSync(file);
		await start();
		expect(readdirSync(cache)).to.be.empty;
		chmodSync(cache, 0o700);
		const link = join(folder, 'link');
		symlinkSync(cache, link);
		await start({ env: { PADATA_CODE_CACHE: link } });
		expect(readdirSync(cache), 'a symbolic link').to.be.empty;
	});

	test('does not leave a directory in the home of another user', async () => {
		// As with sudo where that leaves HOME.
		const home = join(folder, 'home');
		mkdirSync(home);
		if (process.getuid!() === 0)
			chownSync(home, 1, 1);
		const first = process.getuid!() === 0
			? ''
			: 'process.geteuid = process.getuid = () => 12345;';
		expect(await start({ first, env: { HOME: home, TMPDIR: home } })).to.equal('none');
		expect(readdirSync(home)).to.be.empty;
	});

	const impossible: Record<string, Start> = {
		'in a directory that is a file': { env: { PADATA_CODE_CACHE: '/dev/null' } },
		'below a file': { env: { PADATA_CODE_CACHE: '/dev/null/cache' } },
		'on a file system that takes no files': { env: { PADATA_CODE_CACHE: '/proc/self/padata' } },
		'where there is no home and no place for temporary files': {
			env: { HOME: '/nonexistent', TMPDIR: '/nonexistent' },
		},
		'on a full file system': {
			first: `
				import fs from 'node:fs';
				const { writeFileSync } = fs;
				fs.writeFileSync = (path, content, options) => {
					writeFileSync(path, content.subarray(0, 1000), options);
					throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
				};
			`,
		},
		'without /proc': {
			first: `
				import fs from 'node:fs';
				const { statSync } = fs;
				fs.statSync = (path) => statSync(path === '/proc/self/exe' ? '/nonexistent' : path);
			`,
		},
	};
	for (const [where, how] of Object.entries(impossible))
		test(`is left out ${where}, in silence`, async () => {
			mkdirSync(cache, { mode: 0o700 });
			for (let n = 0; n < 2; n++)
				expect(await start(how)).to.equal('none');
			expect(readdirSync(cache), 'what was written in part is gone').to.be.empty;
		});

	// %: the folder of the test. null: nowhere.
	const places: [NodeJS.ProcessEnv, string | null][] = [
		[{}, 'home/.cache/padata'],
		[{ PADATA_CODE_CACHE: 'on' }, 'home/.cache/padata'],
		[{ PADATA_CODE_CACHE: '' }, 'home/.cache/padata'],
		[{ PADATA_CODE_CACHE: '%/own' }, 'own'],
		[{ PADATA_CODE_CACHE: 'off' }, null],
		[{ XDG_CACHE_HOME: '%/xdg' }, 'xdg/padata'],
		[{ XDG_CACHE_HOME: 'not/absolute' }, 'home/.cache/padata'],
		[{ HOME: undefined }, `temporary/padata-${process.getuid!()}`],
		[{ HOME: '/nonexistent' }, `temporary/padata-${process.getuid!()}`],
		[{ NODE_DISABLE_COMPILE_CACHE: '1' }, null],
		[{ PADATA_CODE_CACHE: '%/own', NODE_DISABLE_COMPILE_CACHE: '1' }, null],
		[{ NODE_V8_COVERAGE: '%/coverage' }, null],
	];
	for (const [set, place] of places)
		test(`lies ${place === null ? 'nowhere' : `in ${place}`} with ${JSON.stringify(set)}`, async () => {
			const env: NodeJS.ProcessEnv = { HOME: '%/home', TMPDIR: '%/temporary', ...set };
			for (const name of Object.keys(env))
				env[name] = env[name]?.replace('%', folder);
			mkdirSync(join(folder, 'home'));
			mkdirSync(join(folder, 'temporary'));
			expect(await start({ env })).to.equal('none');
			const found = files_below(folder).map((path) => dirname(path));
			expect(found).to.deep.equal(place === null ? [] : [place]);
			expect(await start({ env })).to.equal(place === null ? 'none' : 'accepted');
		});

	test('is not used in a process that was started from a snapshot', async () => {
		await start();
		// Node.js itself would look for that file.
		for (const first of [
			'process.execArgv.push("--snapshot-blob=padata.blob");',
			'process.env.NODE_OPTIONS = "--snapshot-blob=padata.blob";',
		])
			expect(await start({ first })).to.equal('none');
	});

	test("lies in Node's own cache where that is in use", async () => {
		const env = { NODE_COMPILE_CACHE: cache, HOME: folder };
		expect(await start({ env })).to.equal('none');
		expect(files_below(cache)).to.have.length(1);
		expect(files_below(cache)[0]).to.match(/(?:^|\/)padata\/kernel-/);
		expect(await start({ env })).to.equal('accepted');
	});

	test('is written by several processes at once', async () => {
		const script = join(folder, 'start.mjs');
		writeFileSync(script, START);
		const env = environment({ PADATA_CODE_CACHE: cache });
		const all = await Promise.all(
			Array.from({ length: 6 }, () => children.run([script], { env })),
		);
		for (const { code, err } of all)
			expect({ code, err }).to.deep.equal({ code: 0, err: '' });
		only_file();
		expect(await start()).to.equal('accepted');
	});

	test('keeps the 16 newest files', async () => {
		await start();
		const file = only_file();
		for (let n = 0; n < 20; n++) {
			// Of other versions, and of a writer that was killed.
			const suffix = n % 2 === 0 ? '' : '.01234567-89ab-cdef';
			const version = `v20.19.${n}`;
			const old = join(cache,
				`kernel-0123456789abcdef-${version}-x64-0123456789abcdef.code${suffix}`);
			copyFileSync(file, old);
			utimesSync(old, 1e9 + n, 1e9 + n);
		}
		writeFileSync(join(cache, 'kernel-notes.txt'), 'mine');
		utimesSync(join(cache, 'kernel-notes.txt'), 1, 1);
		rmSync(file);
		expect(await start()).to.equal('none');
		expect(await start()).to.equal('accepted');
		const left = readdirSync(cache);
		expect(left).to.have.length(17).and.include('kernel-notes.txt').and.include(basename(file));
		expect(left.some((name) => name.includes('v20.19.4-'))).to.equal(false);
		expect(left.some((name) => name.includes('v20.19.5-'))).to.equal(true);
	});

	for (const title of QUICK)
		if (!declared.includes(title))
			throw new Error(`code-cache-tests.ts: there is no test "${title}" for the quick part`);
}
