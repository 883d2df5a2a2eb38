// SPDX-License-Identifier: GPL-2.0-only
//
// The exit codes of all commands (docs/exit-codes.md), and that what is the user's to mend is one
// line on the standard error.
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, exit_codes_help } from '../../lib/cli/exit-codes.js';
import { pcap } from '../esp/builders.js';
import { example } from './esp-runs.js';

const root = new URL('../../../', import.meta.url);
const COMMAND = fileURLToPath(new URL('../../bundle/cli/padata.js', import.meta.url));

/** All commands, with what each needs to be called at all. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
	'cpus': [],
	'sysfs read': ['/sys'],
	'sysfs write': ['/sys/x', '1'],
	'sysfs list': [],
	'esp': [example, '/dev/null'],
	'drive': [],
	'cc': ['none.c'],
	'insmod': ['none.so'],
	'conform': [],
};

interface Run {
	readonly input?: string | undefined;
	readonly stdout?: number;
}

describe('cli: exit codes', function() {
	this.timeout(60_000);
	let folder: string;
	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-exit-'));
		// A capture of one ARP packet.
		const packet = Buffer.alloc(60);
		packet.writeUInt16BE(0x0806, 12);
		writeFileSync(join(folder, 'arp.pcap'), pcap([{ data: packet }]));
		writeFileSync(join(folder, 'empty.pcap'), pcap([]));
	});
	after(() => rmSync(folder, { recursive: true }));

	function padata(args: readonly string[], { input = '', stdout }: Run = {}): {
		status: number | null;
		stdout: string;
		stderr: string;
	} {
		const done = spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8', input,
			stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
			env: { ...process.env, XDG_RUNTIME_DIR: folder, CC: undefined } });
		return { status: done.status, stdout: done.stdout, stderr: done.stderr };
	}

	it('are in the help of each command, and in the document', () => {
		for (const words of ['', ...Object.keys(COMMANDS), 'sysfs']) {
			const { status, stdout } = padata([...words.split(' ').filter(Boolean), '--help']);
			expect({ words, status }).to.deep.equal({ words, status: EXIT.done });
			expect(stdout.replace(/\s+/g, ' '), words).to.include(
				exit_codes_help.trim().replace(/\s+/g, ' '),
			);
		}
		const document = readFileSync(new URL('docs/exit-codes.md', root), 'utf8');
		for (const code of Object.values(EXIT))
			expect(document).to.match(new RegExp(`^\\| ${code} \\|`, 'm'));
	});

	it('2 for an option that no command has, and for a command that is none', () => {
		for (const [name, args] of Object.entries(COMMANDS))
			expect(padata([...name.split(' '), ...args, '--no-such-option']).status, name).to.equal(
				EXIT.usage,
			);
		for (const args of [[], ['none'], ['constructor'], ['sysfs'], ['sysfs', 'none'], ['esp'], [
			'insmod',
		], ['cc'], ['cpus', 'more']])
			expect(padata(args).status, args.join(' ')).to.equal(EXIT.usage);
	});

	// [options, what the message has]
	const malformed: readonly (readonly [string, readonly string[], RegExp, Run?])[] = [
		...['4104', '1e3', '']
			.flatMap((value) =>
				([['drive', [`--memory=${value}`]], ['insmod', [`--memory=${value}`,
					'none.so']]] as const).map(([name, args]) =>
						[name, args,
							new RegExp(`--memory: .*${value}.* 8 (?:to|and) 2047`)] as const
					)
			),
		...['8193', '1e3'].flatMap((value) =>
			([['drive', [`--cpus=${value}`], '--cpus'], ['insmod', [`--nr-cpus=${value}`,
				'none.so'], '--nr-cpus']] as const).map(([name, args, option]) =>
					[name, args, new RegExp(`${option}: .*${value}.* 1 (?:to|and) 8192`)] as const
				)
		),
		...['1025', '1e3', '1.5'].map((value) =>
			['conform', [`--jobs=${value}`],
				new RegExp(`--jobs: .*${value}.* 1 (?:to|and) 1024`)] as const
		),
		...['0', '1e3', '2147484'].map((value) =>
			['conform', [`--timeout=${value}`],
				new RegExp(`--timeout: "${value}" .* above 0, up to 2147483`)] as const
		),
		...['1e3', '1000001'].map((value) =>
			['esp', [example, '/dev/null', `--repeat=${value}`],
				new RegExp(`--repeat: .*${value}.* 1 (?:to|and) 1000000`)] as const
		),
		...['1e3', '4194305'].map((value) =>
			['cpus', [`--pid=${value}`],
				new RegExp(`--pid: .*${value}.* 1 (?:to|and) 4194304`)] as const
		),
		['insmod', ['--timeout=1e3', 'none.so'], /--timeout: "1e3" .* 0 to 2000000/],
		['drive', [], /# cpus: 8193 is not between 1 and 8192/, { input: '# cpus: 8193\nenv\n' }],
		['drive', [], /# cpus: "1e1" is not a number from 1 to 8192/, {
			input: '# cpus: 1e1\nenv\n',
		}],
		['drive', ['--quirks=constructor'], /unknown quirk "constructor"/, { input: 'env\n' }],
		['drive', ['--cpus=1'], /submit: unknown mode "constructor"/, {
			input: 'alloc_possible\nsubmit 1 0 constructor\n',
		}],
		['drive', ['--cpus=1'], /return value: "__proto__" is not an integer/, {
			input: 'alloc_possible\nnotifier_register 0 0 __proto__\n',
		}],
		['drive', ['--cpus=1'], /submit: 99999999999 is not a number of 32 bits/, {
			input: 'alloc_possible\nsubmit 99999999999 0 sync\n',
		}],
		['conform', ['--reporter=constructor'], /--reporter: "constructor" is none of/],
		['conform', ['__proto__'], /there is no "__proto__"/],
		['conform', ['--driver='], /--driver: the command is empty/],
		['conform', ['--driver', ' ', '7.3a'], /--driver: the command is empty/],
		['conform', ['--driver', './no-such-driver', '7'],
			/--driver: "\.\/no-such-driver" cannot be run: .*not found/],
		['conform', ['--driver', '/proc/version', '7.3a'],
			/--driver: "\/proc\/version" cannot be run: .*[Pp]ermission denied/],
		['esp', [example, '/dev/null', '--cb-cpu=99999'], /--cb-cpu: there is no CPU 99999/],
		['esp', [example, '/dev/null', '--key=constructor'], /--key: is not made of hex digits/],
		['cc', ['none.c', '--cc=/no/such/cc'], /--cc: there is no C compiler/],
	];
	it('2 for a value that an option cannot have, in one line that names it and its range', () => {
		for (const [name, args, message, run] of malformed) {
			const { status, stderr } = padata([...name.split(' '), ...args], run);
			const what = `${name} ${args.join(' ')}: ${stderr}`;
			expect(status, what).to.equal(EXIT.usage);
			expect(stderr, what).to.match(message).and.match(/^padata [^\n]*\n$/);
		}
	});

	it('1 for what cannot be done', () => {
		for (const [args, message] of [
			[['esp', '/no/such.pcap', '/dev/null'], /such\.pcap: cannot open/],
			[['esp', example, join(folder, 'arp.pcap', 'out.pcap')],
				/out\.pcap: cannot open: ENOTDIR/],
			[['insmod', join(folder, 'none.so')], /none\.so: no such file/],
		] as const) {
			const { status, stderr } = padata(args);
			expect(status, stderr).to.equal(EXIT.failed);
			expect(stderr).to.match(message).and.match(/^padata [^\n]*\n$/);
		}
	});

	it('3 for a scenario that crashes the kernel', () => {
		const crash = readFileSync(new URL('compat-tests/golden/crash/stop-held.scn', root),
			'utf8');
		expect(padata(['drive', '--quirks', 'v4.18'], { input: crash }).status).to.equal(
			EXIT.crashed,
		);
	});

	it('4 where there was nothing to do, in a line that says why', () => {
		const out = join(folder, 'out.pcap');
		for (const [args, message] of [
			[['esp', join(folder, 'arp.pcap'), out],
				/arp\.pcap: nothing was wrapped: 1 passed over \(neither IPv4 nor IPv6\)/],
			[['esp', join(folder, 'empty.pcap'), out],
				/empty\.pcap: nothing was wrapped: the capture has no packet/],
			[['drive'], /the standard input has no command/],
			[['conform', '--grep', 'no such words anywhere'],
				/nothing is left of what is asked for/],
		] as const) {
			const { status, stdout, stderr } = padata(args, { input: '# cpus: 2\n\n' });
			expect(status, stderr).to.equal(EXIT.nothing);
			expect(stderr).to.match(message).and.match(/^padata [^\n]*\n$/);
			expect(stdout).to.not.match(/NaN|Infinity/);
		}
		// Statements that are advice have no scenario.
		expect(padata(['conform', '9', '--driver', 'true']).status).to.equal(EXIT.nothing);
	});

	describe('an output that cannot be written', () => {
		/** Each writes to the standard output. */
		const writers: readonly (readonly [readonly string[], string?])[] = [
			[['--help']],
			[['cpus']],
			[['conform', '--list']],
			[['conform', '7.3a']],
			[['drive'], 'env\n'],
			[['--cflags']],
			[['cc', 'x.c', '--print']],
			[['esp', example, '/dev/null']],
		];

		it('is a line and 1 where the disk is full', () => {
			const full = openSync('/dev/full', 'w');
			try {
				for (const [args, input] of writers) {
					const { status, stderr } = padata(args, { input, stdout: full });
					expect({ args, status, stderr }).to.deep.equal({ args, status: EXIT.failed,
						stderr: `padata${
							args[0].startsWith('-') ? '' : ` ${args[0]}`
						}: standard output: ENOSPC: no space left on device, write\n` });
				}
			} finally {
				closeSync(full);
			}
		});

		it('is a line and 128 + SIGPIPE where nobody reads', () => {
			for (const [args, input] of writers) {
				const script = '"$@" 2>"$ERR" | :; exit ${PIPESTATUS[0]}';
				const err = join(folder, 'err');
				const { status } = spawnSync('bash', ['-c', script, 'bash', process.execPath,
					COMMAND, ...args], { input, env: { ...process.env, ERR: err } });
				expect({ args, status, err: readFileSync(err, 'utf8') }).to.deep.equal({ args,
					status: 141,
					err: `padata${
						args[0].startsWith('-') ? '' : ` ${args[0]}`
					}: standard output: write EPIPE\n` });
			}
		});

		it('is named if it is a file', () => {
			for (const [args, message, status_] of [
				[['esp', example, '/dev/full'], /^padata esp: \/dev\/full: cannot write: ENOSPC\n$/,
					1],
				[['conform', '7.3a', '--driver', 'true', '--output', '/dev/full'],
					/^padata conform: --output: \/dev\/full: ENOSPC: [^\n]*\n$/, 1],
				[['conform', '7.3a', '--output', join(folder, 'arp.pcap', 'x')],
					/^padata conform: --output: ENOTDIR: [^\n]*arp\.pcap\/x'\n$/, 2],
			] as const) {
				const { status, stderr } = padata(args);
				expect(stderr).to.match(message);
				expect(status).to.equal(status_);
			}
		});
	});
});
