// SPDX-License-Identifier: GPL-2.0-only
//
// docs/kernel-comparison.md, made of the scenarios and the list of differences, which npm run
// test:kernel holds against a running kernel.
import { differences, KernelScenario, Listed, Reason,
	scenarios } from '../../compat-tests/kernel/compare.js';

const HEAD = `# The port and a running kernel

\`npm run test:kernel\` boots the current kernel of Debian under QEMU (software emulation, no KVM),
and plays the scenarios of \`compat-tests/kernel/scenarios/\` on its padata and on the port, by
default without quirks. The traces are compared to the letter: an answer that differs and is not
listed below is a failure, and so is a difference that is listed and does not occur. This page is
made of the same list (\`npm run docs:update -- kernel-comparison\`; a test fails if it is stale).

That kernel is newer than 4.18, which the port is of: the list is what upstream has changed since,
seen from outside. It was made with Linux 6.1.192. What the 4.18 code itself does is in the
[recorded traces](../compat-tests/golden/README.md), and what the document says in
[conformance.md](conformance.md).

## How a kernel plays a scenario

A module (\`compat-tests/kernel/guest/padata_driver.c\`) has the commands of the scenario language
in terms of the newer API; the guest's init brings CPUs down and up by
\`/sys/devices/system/cpu/cpuN/online\`, and opens the files of sysfs. Where the API is another one:

- \`alloc_possible\` is padata_alloc() and a shell; \`alloc P C\` sets both masks then. The instance
  is started by that, so the first \`start\` behind it answers 0.
- \`set_cpumasks\`, \`add_cpu\`, \`remove_cpu\`, \`stop\` and the notifiers are gone:
  \`unsupported\`. So is \`free\` with objects in flight, which the newer API leaves to the caller.
- \`refcnt\` is the number of objects in flight. The newer kernel counts a reference of the shell's
  as well, which is left out.
- \`masks\` and \`order\` are \`state\` and \`trace\` without what only 4.18 has (the CPU an object
  is dealt to, the reorder timer's counters).

The whole conformance suite can be played on it too:
\`node dist/compat-tests/kernel/conform.js [NAME...]\`, arguments as for \`padata conform\`; or
\`npx padata conform --driver "node dist/compat-tests/kernel/driver.js"\`, which boots for each
scenario.
`;

const escaped = (text: string): string => text.replaceAll('|', '\\|');

function scenario_row({ name, subject }: KernelScenario, listed: readonly Listed[]): string {
	const reasons = [...new Set(listed.map(({ reason }) => reason))].map((reason) =>
		`[${reason}](#${reason})`
	).join(', ');
	return `| ${name} | ${escaped(subject)} | ${reasons === '' ? 'same' : reasons} |`;
}

function upstream({ since, commit, subject, quirk }: Reason): string {
	if (quirk !== undefined)
		return `Quirk \`${quirk}\` ([quirks.md](quirks.md)).`;
	return `Linux ${since}: "${subject}"${
		commit === null || commit === undefined ? '' : ` (${commit})`
	}.`;
}

/** An answer in one cell. */
function cell(lines: readonly string[], command: string): string {
	const short = lines.filter((line) => !line.startsWith('| ')).map((line) =>
		line.startsWith(`${command.split(' ')[0]} `) ? line.slice(line.indexOf(' => ') + 4) : line
	);
	const body = lines.filter((line) => line.startsWith('| '));
	const first = body.length === 0
		? []
		: [`${body[0].slice(2)}${body.length > 1 ? ` (and ${body.length - 1} more)` : ''}`];
	return escaped([...short, ...first].join('; '));
}

function section(name: string, reason: Reason,
	all: ReturnType<typeof differences>['scenarios']): string
{
	const rows = Object.entries(all).flatMap(([scenario, listed]) =>
		listed.filter((each) => each.reason === name)
			.map(({ command, port, kernel }) =>
				`| ${scenario} | \`${escaped(command)}\` | ${cell(port, command)} | ${
					cell(kernel, command)
				} |`
			)
	);
	return `### ${name}\n\n${
		upstream(reason)
	} ${reason.why}\n\n| scenario | command | port | kernel |\n|---|---|---|---|\n${
		rows.join('\n')
	}\n`;
}

export function kernel_document(): string {
	const { reasons, scenarios: all } = differences();
	const played = scenarios();
	const same = played.filter(({ name }) => all[name] === undefined).length;
	return `${HEAD}
## What was compared

${played.length} scenarios: ${same} give the same trace on both, ${
		played.length - same
	} differ as listed.

| scenario | what | result |
|---|---|---|
${played.map((scenario) => scenario_row(scenario, all[scenario.name] ?? [])).join('\n')}

## What differs, and why

${Object.entries(reasons).map(([name, reason]) => section(name, reason, all)).join('\n')}`;
}
