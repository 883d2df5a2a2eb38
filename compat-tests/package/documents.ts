// SPDX-License-Identifier: GPL-2.0-only
//
// What README.md and docs/*.md show, run as it stands there. Every block of code, and every command
// `npx ...` in the text, is in the list below, by its document and its beginning: with what a user
// does with it, or with the reason why it is not run here.
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync,
	rmSync, symlinkSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Block, code_blocks, inline_commands } from './markdown.js';
import { checkout } from './checkout.js';
import { Ended, environment, equal, Failure, Job, Report, RunOptions, run } from './tools.js';

/** The results of the README's example, in the order of submission. */
export const SQUARES = Array.from({ length: 10 }, (_, i) => `${i * i}`);

/** An installed package, and the Node.js that runs it. */
export interface Installed {
	/** The project. Here the user types. */
	readonly folder: string;
	readonly bin: string;
	/** More variables. */
	readonly env?: Readonly<Record<string, string>>;
}

/** A user in a project, at a shell. */
class User {
	readonly runtime = mkdtempSync(join(tmpdir(), 'padata-runtime-'));
	readonly #options: RunOptions;
	#jobs: Job[] = [];

	constructor(readonly folder: string, bin: string, env: Readonly<Record<string, string>> = {}) {
		this.#options = { cwd: folder,
			env: { ...environment(bin), XDG_RUNTIME_DIR: this.runtime, ...env } };
	}

	file(name: string, text: string): void {
		writeFileSync(join(this.folder, name), text);
	}

	/** Of the package. */
	copy(from: string, name: string): void {
		copyFileSync(join(this.folder, 'node_modules/padata', from), join(this.folder, name));
	}

	/** Start what the user types. */
	type(line: string, cwd = this.folder): Job {
		const job = new Job(['sh', '-c', line], { ...this.#options, cwd });
		this.#jobs.push(job);
		return job;
	}

	/** Let it end. @returns what it has printed @throws Failure if the exit code is another one */
	async shell(line: string, { code = 0, cwd = this.folder } = {}): Promise<Ended> {
		const ended = await this.type(line, cwd).ended;
		if (ended.code !== code)
			throw new Failure(`${line}: expected exit code ${code}`, ended);
		return ended;
	}

	async node(name: string): Promise<Ended> {
		const ended = await run(['node', name], this.#options);
		if (ended.code !== 0 || ended.err !== '')
			throw new Failure(`node ${name}: expected exit code 0 and no complaint`, ended);
		return ended;
	}

	async leave(): Promise<void> {
		for (const job of this.#jobs)
			job.signal('SIGKILL');
		await Promise.all(this.#jobs.map((job) => job.ended));
		rmSync(this.runtime, { recursive: true });
	}
}

type Action = (user: User, block: Block) => Promise<void>;

/** The commands of a block, with the comments behind them. */
function commands({ text }: Block): string[] {
	return text.split('\n').filter((line) => line !== '' && !/^\s*#/.test(line));
}

/** @throws Failure if what the list knows is not what the block has */
function in_order(block: Block, beginnings: readonly string[]): string[] {
	const lines = commands(block);
	if (lines.length !== beginnings.length
		|| lines.some((line, i) => !line.startsWith(beginnings[i])))
		throw new Failure(`the commands have changed: ${JSON.stringify(lines)}`);
	return lines;
}

function includes(what: string, text: string, pattern: RegExp): void {
	if (!pattern.test(text))
		throw new Failure(`${what}: expected ${String(pattern)} in\n${text}`);
}

// What the documents take for granted.

const CAPTURE = 'examples/loopback.pcapng';

/** With a parameter `name`; runs until it is unloaded. */
const CLIENT = `
#include <linux/module.h>
static char *name = "";
module_param(name, charp, 0444);
static int __init client_init(void) { pr_info("client: begins, name=%s\\n", name); return 0; }
static void __exit client_exit(void) { pr_info("client: ends\\n"); }
module_init(client_init);
module_exit(client_exit);
MODULE_LICENSE("GPL");
`;

/** The same, but that it says that it is finished. */
const FINISHES = CLIENT.replace('#include', '#include <linux/reboot.h>\n#include')
	.replace('return 0;', 'orderly_poweroff(false); return 0;');

/** insmod, and ^C. */
async function load_client(user: User, line: string): Promise<void> {
	const insmod = user.type(line);
	await insmod.prints(/client: begins, name=value/);
	insmod.signal('SIGINT');
	includes(line, (await insmod.ended).out, /client: ends/);
}

const README_COMMANDS: Action = async (user, block) => {
	const [esp, cpus, follow, sysfs, drive, cc, insmod, conform] = in_order(block, [
		'npx padata esp IN.pcap OUT.pcap ',
		'npx padata cpus ',
		'npx padata cpus --watch --pid PID ',
		'npx padata sysfs list ',
		'npx padata drive < SCENARIO.scn ',
		'npx padata cc CLIENT.c ',
		'npx padata insmod CLIENT.so name=value ',
		'npx padata conform ',
	]);
	user.copy(CAPTURE, 'IN.pcap');
	rmSync(join(user.folder, 'OUT.pcap'), { force: true });
	includes(esp, (await user.shell(esp)).out, /order held/);
	includes(cpus, (await user.shell(cpus)).out, /^cpu \d+: thread \d+, pinned to core \d+$/m);
	await beside_a_running_program(user, 'npx padata esp --sysfs --repeat 100000 IN.pcap /dev/null',
		async (pid) => {
			await follow_cpus(user, follow.replace('PID', pid));
			includes(sysfs, (await user.shell(sysfs)).out, /^kernel$/m);
		});
	user.copy('compat-tests/golden/traces/add-cpu.scn', 'SCENARIO.scn');
	includes(drive, (await user.shell(drive)).out, / => /);
	user.file('CLIENT.c', CLIENT);
	await user.shell(cc);
	await load_client(user, insmod);
	// All of it takes a minute of each core; compat-tests/docs/conformance.long.spec.ts runs it.
	includes(conform, (await user.shell(conform.replace(/#.*/, '7.2c'))).out,
		/[1-9]\d* of \d+ hold/);
};

/** Look on until the instance of padata esp is seen, then ^C. */
async function follow_cpus(user: User, line: string): Promise<void> {
	const job = user.type(line);
	await job.prints(/kernel\/padata_esp/);
	job.signal('SIGINT');
	// npm says that it was interrupted, whatever the command has made of it.
	const { code, signal } = await job.ended;
	includes(line, String(signal ?? code), /^(?:0|130|SIGINT)$/);
}

/** Wait for a file in a directory. @returns its name */
async function appears(directory: string, ending: string): Promise<string> {
	return new Promise((resolve) => {
		const look = (): void => {
			const found = readdirSync(directory).find((name) => name.endsWith(ending));
			if (found === undefined)
				return;
			watcher.close();
			resolve(found);
		};
		const watcher = watch(directory, look);
		look();
	});
}

/** Run something while a program offers its sysfs, with its instance of padata in it. */
async function beside_a_running_program(user: User, line: string,
	action: (pid: string) => Promise<void>): Promise<void>
{
	user.copy(CAPTURE, 'IN.pcap');
	// A thousand times the capture is more than a gigabyte.
	const output = join(user.folder, 'OUT.pcap');
	rmSync(output, { force: true });
	symlinkSync('/dev/null', output);
	const sockets = join(user.runtime, 'padata');
	mkdirSync(sockets, { recursive: true, mode: 0o700 });
	const program = user.type(line);
	try {
		const ended = program.ended.then((end) => {
			throw new Failure(`${line}: it has ended`, end);
		});
		const during = async (): Promise<void> => {
			const pid = (await appears(sockets, '.sock')).replace('.sock', '');
			await follow_cpus(user, `npx padata cpus --watch --json --pid ${pid}`);
			await action(pid);
		};
		await Promise.race([ended, during()]);
	} finally {
		program.signal('SIGINT');
		await program.ended;
		rmSync(output);
	}
}

const SYSFS_SESSION: Action = async (user, block) => {
	const [program, list, read, write, follow, down] = in_order(block, [
		'npx padata esp --sysfs --repeat 100000 IN.pcap /dev/null ',
		'npx padata sysfs list kernel/padata_esp ',
		'npx padata sysfs read kernel/padata_esp/parallel_cpumask',
		'npx padata sysfs write kernel/padata_esp/parallel_cpumask 1',
		'npx padata cpus --watch --pid PID ',
		'npx padata sysfs write devices/system/cpu/cpu1/online 0 ',
	]);
	await beside_a_running_program(user, program, async (pid) => {
		equal(list, (await user.shell(list)).out.trim().split('\n').sort(), ['parallel_cpumask',
			'serial_cpumask']);
		includes(read, (await user.shell(read)).out, /^[0-9a-f,]+\n$/);
		// The masks of a machine without CPU 0 would be unusable, which is not what is shown.
		const { out: cpus } = await user.shell('npx padata cpus --json');
		const { online } = JSON.parse(cpus) as { online: number[] };
		await user.shell(write);
		equal(write, (await user.shell(read)).out.replace(/^0+/, ''), '1\n');
		await follow_cpus(user, follow.replace('PID', pid));
		if (online.includes(1))
			await user.shell(down);
	});
};

/** `$ command` and what it prints. */
const SYSFS_ERRORS: Action = async (user, block) => {
	const session = block.text.trimEnd().split(/^\$ /m).slice(1).map((part) => part.split('\n'));
	await beside_a_running_program(user, 'npx padata esp --sysfs --repeat 100000 IN.pcap /dev/null',
		async () => {
			for (const [line, ...shown] of session) {
				const { out, err } = await user.shell(line, { code: 1 });
				equal(line, `${out}${err}`.trimEnd().split('\n'), shown.filter((each) =>
					each !== ''
				));
			}
		});
};

const SYSFS_PROTOCOL: Action = async (user, block) => {
	await beside_a_running_program(user, 'npx padata esp --sysfs --repeat 100000 IN.pcap /dev/null',
		async (pid) => {
			const { out } = await user.shell(`PID=${pid}\n${block.text}`);
			const { names } = JSON.parse(out) as { names: string[] };
			equal(block.text, names.includes('kernel'), true);
		});
};

const DRIVER_IN_C: Action = async (user, block) => {
	const [make, ...conform] = in_order(block, ['make -C examples/c driver.so',
		'npx padata conform --driver "node examples/c/driver/driver.mjs examples/c/driver.so"',
		'npx padata conform --driver "node examples/c/driver/driver.mjs --quirks v4.18 ']);
	const cwd = join(user.folder, 'node_modules/padata');
	rmSync(join(cwd, 'examples/c/driver.so'), { force: true });
	await user.shell(make, { cwd });
	// One statement of them: all take minutes, and compat-tests/c/driver.spec.ts plays them.
	for (const line of conform)
		includes(line, (await user.shell(`${line} 7.2c`, { cwd })).out, /([1-9]\d*) of \1 hold/);
};

const PORTING_MAKEFILE: Action = async (user, block) => {
	user.file('client.c', CLIENT);
	user.file('Makefile', `${block.text}
client.so: client.c
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $<
`);
	rmSync(join(user.folder, 'client.so'), { force: true });
	await user.shell('make client.so');
	await load_client(user, 'npx padata insmod client.so name=value');
};

/** A table of files. A path may have a star for its last part; a line without one goes on. */
const files_below = (folder: string): Action => (_, block) => {
	const paths = block.text.trimEnd().split('\n')
		.map((line) => line.split(' ')[0].replace(/\*\.ts$/, ''));
	const missing = paths.filter((path) => !existsSync(join(checkout, folder, path)));
	equal('paths that are not there', missing, []);
	return Promise.resolve();
};

interface Known {
	readonly document: string;
	/** Of its text. */
	readonly begins: string;
	readonly run?: Action;
	/** Why it is not run. */
	readonly not_run?: string;
}

const KNOWN: readonly Known[] = [
	{ document: 'README.md', begins: 'npm start ', not_run: "a checkout's; .ci/run runs both" },
	{ document: 'README.md', begins: 'import { load, padata_do_serial', run: (user, { text }) => {
		user.file('jobs.mjs', text);
		return Promise.resolve();
	} },
	{ document: 'README.md', begins: 'import * as k from', run: async (user, { text }) => {
		user.file('main.mjs', text);
		equal('main.mjs', (await user.node('main.mjs')).out.trim().split('\n'), SQUARES);
	} },
	{ document: 'README.md', begins: '#include <linux/cpu.h>', run: (user, { text }) => {
		user.file('squares.c', text);
		return Promise.resolve();
	} },
	{ document: 'README.md', begins: 'npx padata esp IN.pcap', run: README_COMMANDS },
	{ document: 'README.md', begins: 'npx padata cc squares.c && npx padata insmod squares.so',
		run: async (user, { text }) => {
			const { out } = await user.shell(text);
			const numbers = Array.from(out.matchAll(/\] (?:.*: )?(\d+)$/gm),
				([, number]) => number);
			equal(text, numbers, SQUARES);
		} },
	{ document: 'docs/architecture.md', begins: 'lib/index.ts ', run: files_below('') },
	{ document: 'docs/architecture.md', begins: 'padata.ts ',
		run: files_below('lib/padata/v4.18') },
	{ document: 'docs/architecture.md', begins: 'boot.ts ', run: files_below('lib/boot') },
	{ document: 'docs/conformance.md', begins: 'npx padata conform',
		not_run: 'the README has it as well' },
	{ document: 'docs/driver-protocol.md', begins: 'npx padata conform --driver "COMMAND" ',
		run: async (user, block) => {
			user.file('driver', '#!/bin/sh\nsed -n "/^[^#]/s/$/ => unsupported/p"\n');
			chmodSync(join(user.folder, 'driver'), 0o755);
			// 4: nothing could be run.
			for (const line of commands(block))
				await user.shell(line.replace('COMMAND', './driver'), { code: 4 });
		} },
	{ document: 'docs/driver-protocol.md', begins: 'make -C examples/c', run: DRIVER_IN_C },
	{ document: 'docs/driver-protocol.md', begins: '#!/bin/sh', run: (user, { text }) => {
		user.file('driver', text);
		chmodSync(join(user.folder, 'driver'), 0o755);
		return Promise.resolve();
	} },
	{ document: 'docs/driver-protocol.md', begins: 'npx padata conform --driver ./driver 7.3a',
		run: async (user, { text }) => {
			includes(text, (await user.shell(text, { code: 4 })).out,
				/the driver has no "alloc_possible"/);
		} },
	{ document: 'docs/hotplug.md', begins: 'import { boot }', run: async (user, { text }) => {
		user.file('hotplug.mjs', text);
		equal('hotplug.mjs', (await user.node('hotplug.mjs')).out, '');
	} },
	{ document: 'docs/kernel-comparison.md', begins: 'npx padata conform --driver "node dist/',
		not_run: "a checkout's, and takes QEMU; npm run test:kernel" },
	{ document: 'docs/performance.md', begins: 'npm run bench ',
		not_run: "a checkout's, and takes half an hour" },
	{ document: 'docs/porting.md', begins: 'npx padata cc client.c -o client.so ',
		run: async (user, block) => {
			const [cc, insmod] = in_order(block, ['npx padata cc ', 'npx padata insmod ']);
			user.file('client.c', CLIENT);
			await user.shell(cc);
			await load_client(user, insmod);
		} },
	{ document: 'docs/porting.md', begins: 'CFLAGS ', run: PORTING_MAKEFILE },
	{ document: 'docs/porting.md', begins: 'import { once }', run: async (user, { text }) => {
		user.file('client.c', FINISHES);
		await user.shell('npx padata cc client.c -o client.so');
		user.file('client.mjs', text);
		await user.node('client.mjs');
	} },
	{ document: 'docs/sysfs.md', begins: 'npx padata esp --sysfs', run: SYSFS_SESSION },
	{ document: 'docs/sysfs.md', begins: '$ npx padata sysfs write', run: SYSFS_ERRORS },
	{ document: 'docs/sysfs.md', begins: 'printf ', run: SYSFS_PROTOCOL },
];

/** All documents of a package, and their code. @param root its folder */
export function documented(root: string): { document: string; block: Block }[] {
	const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
	return ['README.md', ...docs.map((name) => `docs/${name}`)].flatMap((document) => {
		const text = readFileSync(join(root, document), 'utf8');
		return [...code_blocks(text), ...inline_commands(text)]
			.map((block) => ({ document, block }));
	});
}

const place = (document: string, { line }: Block): string => `${document}:${line}`;
const known = (document: string, { text }: Block): Known | undefined =>
	KNOWN.findLast((each) => each.document === document && text.startsWith(each.begins));

/** Every block is in the list, and everything in the list is a block. @throws Failure */
export function check_list(root: string): void {
	const found = documented(root);
	const strange = found.filter(({ document, block }) => known(document, block) === undefined);
	equal('neither run nor listed with a reason',
		strange.map(({ document, block }) =>
			`${place(document, block)}: ${block.text.split('\n')[0]}`
		), []);
	const used = new Set(found.map(({ document, block }) => known(document, block)));
	const unused = KNOWN.filter((each) => !used.has(each));
	equal('listed, but in no document',
		unused.map(({ document, begins }) => `${document}: ${begins}`), []);
}

/** Run the code of all documents. */
export async function run_documents(report: Report, { folder, bin, env }: Installed,
	name: string): Promise<void>
{
	const user = new User(folder, bin, env);
	try {
		for (const { document, block } of documented(join(folder, 'node_modules/padata'))) {
			const entry = known(document, block);
			if (entry?.run !== undefined) {
				const action = entry.run;
				await report.test(`${name}: ${place(document, block)}`, () => action(user, block));
			}
		}
	} finally {
		await user.leave();
	}
}

/** What is not run, and why: the reasons are a part of the report. */
export function left_out(): string[] {
	return KNOWN.flatMap(({ document, begins, not_run }) =>
		not_run === undefined ? [] : [`${document}, ${JSON.stringify(begins.trim())}: ${not_run}`]
	);
}
