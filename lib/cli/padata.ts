#!/usr/bin/env node
// SPDX-License-Identifier: GPL-2.0-only
//
// The `padata` command. The kernel's index comes first: static data gets its address in the order of loading.
import '../index.js';
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { cpusCommand } from './cpus.js';
import { driveCommand, DriveOptions, quirksHelp } from './drive/command.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };

const program = new Command('padata')
	.description('the Linux kernel\'s padata (4.18) in userspace: ordered parallel work on pinned threads')
	.version(version);

program.command('cpus')
	.description('print the CPUs: possible, present, online, allowed, and what each CPU\'s thread is pinned to')
	.option('--json', 'as JSON')
	.action(async (options: { json?: boolean }) => { process.exitCode = await cpusCommand(options); });

program.command('drive')
	.description('play a scenario from standard input (compat-tests/golden/README.md), print its trace')
	.option('--cpus <n>', 'number of simulated CPUs (default: as the scenario says in "# cpus:", else 4)')
	.option('--quirks <list>', quirksHelp, 'none')
	.option('--memory <MiB>', 'memory of the machine (default: 256)')
	.action(async (options: DriveOptions) => { process.exitCode = await driveCommand(options); });

await program.parseAsync();
