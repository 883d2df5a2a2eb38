#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0-only
//
// The `padata` command. The kernel's index comes first: static data gets its address in the order
// of loading.
import '../index.js';
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { cc_command, CcOptions, FlagsOptions, print_flags } from './cc/command.js';
import { SANITIZERS } from './cc/flags.js';
import { conform_command, ConformOptions } from './conform/command.js';
import { cpus_command, CpusOptions } from './cpus.js';
import { drive_command, DriveOptions } from './drive/command.js';
import { esp_command, EspOptions } from './esp/command.js';
import { EXIT, exit_codes_help } from './exit-codes.js';
import { insmod_command, InsmodOptions } from './insmod/command.js';
import { quirks_help } from './options.js';
import { exit_with, run_command, watch_stdio } from './run.js';
import { ListOptions, sysfs_list_command, SysfsOptions, sysfs_read_command, sysfs_write_command,
	WriteOptions } from './sysfs/command.js';

const { version } = JSON.parse(
	readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as { version: string };

const program = new Command('padata')
	.description(
		"the Linux kernel's padata (4.18) in userspace: ordered parallel work on pinned threads",
	)
	.version(version)
	.option('--cflags [module]',
		'print the flags to compile a module in C, quoted for a shell; with its name, that it may call itself by')
	.option('--ldflags', 'print the flags to link one')
	// Commands that are added below inherit it. Commander would exit with 1 after wrong usage, and
	// before it is known whether what it has printed could be written.
	.exitOverride((error) => {
		throw error;
	});
// Without a command there is otherwise the help.
for (const option of ['cflags', 'ldflags'])
	program.on(`option:${option}`,
		() =>
			program.action((options: FlagsOptions) =>
				run_command('padata', () => print_flags(options))
			));

program.command('cpus')
	.description(
		"print the CPUs: possible, present, online, allowed, and what each CPU's thread is pinned to",
	)
	.option('--watch',
		'then tell what happens to the CPUs and to the masks of padata instances, until a signal comes')
	.option('--pid <n>',
		'of a running process that offers its sysfs, with the masks of its instances (default: of this host)')
	.option('--json', 'as JSON; with --watch an object a line')
	.action(async (options: CpusOptions) =>
		run_command('padata cpus', () => cpus_command(options))
	);

const sysfs = program.command('sysfs')
	.description('read and change the sysfs of a running process that offers it (docs/sysfs.md)')
	.addHelpText('after', `
A process offers it if it is started with --sysfs, with PADATA_SYSFS=on, or with the boot option sysfs_socket. A PATH that does not
begin with / is below /sys.

1 is the exit code if the file has refused it, 2 if there is no such process, or several and no --pid.`);
sysfs.command('read')
	.description('print what a file shows')
	.argument('<PATH>', 'such as /sys/kernel/pcrypt/pencrypt/parallel_cpumask')
	.option('--pid <n>', 'of this process (default: the only one)')
	.action((path: string, options: SysfsOptions) =>
		run_command('padata sysfs read', () => sysfs_read_command(path, options))
	);
sysfs.command('write')
	.description('write to a file')
	.argument('<PATH>', 'the file')
	.argument('[VALUE]', 'what is written, with a newline (default: the standard input, as it is)')
	.option('-n, --no-newline', 'without the newline')
	.option('--pid <n>', 'of this process (default: the only one)')
	.action((path: string, value: string | undefined, options: WriteOptions) =>
		run_command('padata sysfs write', () => sysfs_write_command(path, value, options))
	);
sysfs.command('list')
	.description('print the names in a directory')
	.argument('[PATH]', 'the directory', '/sys')
	.option('-F, --classify', 'with / behind the names of directories')
	.option('--pid <n>', 'of this process (default: the only one)')
	.action((path: string, options: ListOptions) =>
		run_command('padata sysfs list', () => sysfs_list_command(path, options))
	);

program.command('esp')
	.description(
		'wrap every IP packet of a capture (pcap, pcapng) in ESP tunnel mode with AES-128-GCM, on all CPUs, in order',
	)
	.argument('<IN>', 'the capture: Ethernet, raw IP or Linux cooked')
	.argument('<OUT>',
		'the pcap that is written; - is the standard output, and what is to be told goes to standard error')
	.option('--key <hex>', 'AES key, 32 hex digits (default: random, printed)')
	.option('--salt <hex>', 'salt, 8 hex digits (default: random, printed)')
	.option('--spi <n>', 'security parameters index, 256 .. 2^32-1 (default: 4096)')
	.option('--tunnel <src,dst>',
		'ends of the tunnel, both IPv4 or both IPv6 (default: 192.0.2.1,192.0.2.2)')
	.option('--cpus <list>',
		'use these CPUs, such as 0-1,3 (default: all that are online and allowed)')
	.option('--cb-cpu <n|rr>', 'CPU that writes, or all in turn (default: the first)')
	.option('--repeat <n>', 'read the capture n times over', '1')
	.option('--burst <n>',
		'packets in an object of padata; 1 is the way of the kernel (default: 256)')
	.option('--compare [node]',
		'first time the same work in a plain loop on one thread, for a second at most; with "node" also by node:crypto')
	.option('--sysfs', 'let "padata sysfs" and "padata cpus --pid" look at this process')
	.option('--json', 'print the result as JSON')
	.action(async (input: string, output: string, options: EspOptions) =>
		run_command('padata esp', () => esp_command(input, output, options))
	);

program.command('drive')
	.description('play a scenario from standard input (docs/driver-protocol.md), print its trace')
	.option('--cpus <n>',
		'number of simulated CPUs (default: as the scenario says in "# cpus:", else 4)')
	.option('--quirks <list>', quirks_help, 'none')
	.option('--memory <MiB>', 'memory of the machine (default: 256)')
	.option('--sysfs', 'let "padata sysfs" and "padata cpus --pid" look at this process')
	.action(async (options: DriveOptions) =>
		run_command('padata drive', () => drive_command(options))
	);

program.command('cc')
	.description(
		'compile a module in C, written for the kernel, to a shared object for "padata insmod"',
	)
	.usage('[options] FILE.c... [-- FLAG...]')
	.argument('<FILE.c...>',
		'the sources; object files and libraries too. Behind --, flags for the compiler: -I, -D, -W, -L, -l, ...')
	.option('-o, --output <FILE.so>',
		'what is written; the module is called by its name (default: that of FILE.c, in this folder)')
	.option('--sanitize <list>', `build for sanitizers, of: ${SANITIZERS.join(', ')}`)
	.option('-O <level>', 'how much to optimize: 0, 1, 2, 3, s, g, ...', '2')
	.option('-g', 'with debug information, as always')
	.option('--cc <compiler>', 'the compiler, gcc or clang (default: $CC, or cc)')
	.option('--print', 'print the command instead of running it')
	.action((words: string[], options: CcOptions) =>
		run_command('padata cc', () => cc_command(words, options))
	);

program.command('insmod')
	.description(
		'boot a machine, load modules in C, print the kernel log; unload them when a signal comes or one of them powers the machine off',
	)
	.usage('[options] (FILE.so [NAME=VALUE...])...')
	.argument('<FILE.so...>', 'what "padata cc" has made, each with its parameters behind it')
	.option('--cpus <list>',
		'use these CPUs, such as 0-1,3 (default: all that are online and allowed)')
	.option('--nr-cpus <n>', 'simulate a machine with n CPUs')
	.option('--quirks <list>', quirks_help, 'none')
	.option('--debug', 'red zones, poison and checks in the allocator')
	.option('--memory <MiB>', 'memory of the machine (default: 256)')
	.option('--sysfs', 'let "padata sysfs" and "padata cpus --pid" look at this process')
	.option('--timeout <seconds>', 'unload after so long; 0: as soon as all are loaded')
	.option('--loglevel <n>',
		'print what is below this level of the log: 8 all, 7 no debug messages, 4 errors only (default: 8)')
	.addOption(new Option('--quiet', 'print errors only').conflicts('loglevel'))
	.option('--json', 'print the log as JSON, a record a line')
	.addHelpText('after', `
The exit code is 0 after all were unloaded, 128 + n if signal n asked for it, 1 if a module could not be loaded or unloaded, 3 if the
kernel has crashed, or would have, without the checks of this one.

A module that is built with --sanitize=address or thread needs the sanitizer's runtime in the process from its start on. The
command then runs itself once more under LD_PRELOAD, with ASAN_OPTIONS or TSAN_OPTIONS that suit Node.js; what you set there
counts as well. Those runtimes end the process with a code of their own: 1 (address), 66 (thread).`)
	.action(async (words: string[], options: InsmodOptions) =>
		run_command('padata insmod', () => insmod_command(words, options))
	);

program.command('conform')
	.description(
		"run the conformance suite: what the kernel's document says, and what the real 4.18 code has answered",
	)
	.argument('[NAME...]',
		'only these: statements (7.2b, 7.2, 7), recorded traces (flags-oracle), * stands for any text')
	.option('--driver <command>',
		'test this program instead of the port (docs/driver-protocol.md); the shell runs it once for each scenario')
	.option('--against <measure>', 'measure the driver by: document, 4.18', 'document')
	.option('--suite <list>', 'document, traces, crash, or all', 'all')
	.option('--grep <regexp>', 'only rows whose wording matches')
	.option('--reporter <name>', 'table, ktap, junit, json, markdown', 'table')
	.option('--output <file>', 'write the report there (default: standard output)')
	.option('--timeout <seconds>', 'for one scenario', '30')
	.option('--jobs <n>', 'scenarios at a time (default: the cores; 1 with --driver)')
	.option('--strict', 'what a driver cannot do counts as a failure')
	.option('--list', 'print what there is, and run nothing')
	.option('--show', 'print the scenarios and the expected traces, and run nothing')
	.action(async (names: string[], options: ConformOptions) =>
		run_command('padata conform', () => conform_command(names, options))
	);

for (const command of [program, ...program.commands, ...sysfs.commands])
	command.addHelpText('after', exit_codes_help);

watch_stdio();
try {
	await program.parseAsync();
} catch (error) {
	if (!(error instanceof CommanderError))
		throw error;
	exit_with(error.exitCode === 0 ? EXIT.done : EXIT.usage);
}
