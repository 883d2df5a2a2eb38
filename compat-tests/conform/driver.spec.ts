// SPDX-License-Identifier: GPL-2.0-only
//
// Drivers that hang, crash, print garbage or lack a command: each is told apart, none holds up the
// suite.
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { play_on } from '../../lib/cli/conform/driver.js';
import { judge, Outcome } from '../../lib/cli/conform/judge.js';
import { scenario } from '../../lib/cli/conform/scenario.js';

const SCENARIO = scenario('test', `
	alloc_possible => instance
	start => 0
	state => flags=INIT *
	stop => done
	free => released
`);
const ANSWER = ['alloc_possible => instance', 'start => 0', 'state => flags=INIT user=f/f',
	'stop => done', 'free => released'];

describe('conform: drivers', function() {
	// Several processes each, some of which write as much as they may.
	this.timeout(60_000);
	let folder: string;
	let file: string;
	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-conform-'));
		file = join(folder, 'answer');
		writeFileSync(file, `${ANSWER.join('\n')}\n`);
	});
	after(() => rmSync(folder, { recursive: true }));

	/**
	 * What becomes of a driver, a shell's command line with $F for a file that has the right
	 * answer.
	 */
	async function outcome(driver: string, timeout = 60_000): Promise<Outcome> {
		return judge(SCENARIO, 'document',
			await play_on(`F=${file}\n${driver}`, SCENARIO, { timeout }));
	}

	it('that answer as expected pass, whether they read everything or nothing', async () => {
		expect((await outcome('cat > /dev/null; cat $F')).verdict).to.equal('pass');
		expect((await outcome('cat $F')).verdict).to.equal('pass');
		expect((await outcome('sed "s/$/\\r/" $F')).verdict).to.equal('pass');
		expect((await outcome('printf %s "$(cat $F)"')).verdict).to.equal('pass');
	});

	it('get the number of CPUs, the commands, and the end', async () => {
		const { lines } = await play_on('cat', SCENARIO, { timeout: 60_000 });
		expect(lines).to.deep.equal(['# test', '# cpus: 4', 'alloc_possible', 'start', 'state',
			'stop', 'free']);
	});

	it('that leave children behind are not waited for', async () => {
		expect((await outcome('sleep 1000 & cat $F')).verdict).to.equal('pass');
		expect((await outcome('setsid sleep 5 & cat $F')).verdict).to.equal('pass');
	});

	it('that hang are ended, and it is said where', async () => {
		const { verdict, reason } = await outcome(
			'trap "" TERM INT HUP; head -n 3 $F; tail -f /dev/null',
			1000,
		);
		expect(verdict).to.equal('timeout');
		expect(reason).to.equal(
			'no end after 1 s; the last line was: state => flags=INIT user=f/f',
		);
		expect((await outcome('cat $F; exec tail -f /dev/null', 1000)).verdict,
			'all right, but no end').to.equal('timeout');
		expect((await outcome('exec tail -f /dev/null', 1000)).reason).to.equal(
			'no end after 1 s; nothing was answered',
		);
	});

	it('that crash or fail do not pass, even with the right answer', async () => {
		expect(await outcome('cat $F; echo oh dear >&2; exit 5')).to.deep.equal({ verdict: 'error',
			reason: 'exit code 5; the last line was: free => released',
			details: ['stderr: oh dear'] });
		expect((await outcome('cat $F; kill -SEGV $$')).reason).to.match(/^ended by SIGSEGV; /);
		expect((await outcome('exec /nonexistent/driver')).reason).to.match(
			/^exit code 12[67]; nothing was answered/,
		);
		expect((await outcome('cat $F; exit 3')).verdict, 'a crash of the kernel without a report')
			.to.equal('error');
		expect((await outcome('head -n 2 $F; echo "KERNEL: kernel BUG at x!"; exit 3')).reason).to
			.equal('line 3: wanted "state => flags=INIT *", got "KERNEL: kernel BUG at x!"');
	});

	it('that cannot be started are an error', async () => {
		const { problem } = await play_on(['/nonexistent/driver'], SCENARIO, { timeout: 60_000 });
		expect(problem?.text).to.match(/^cannot be started: /);
	});

	it('are not started any more after an interruption', async () => {
		const { lines, problem } = await play_on(`cat ${file}`, SCENARIO, { timeout: 60_000,
			signal: AbortSignal.abort() });
		expect({ lines, problem }).to.deep.equal({ lines: [],
			problem: { kind: 'crash', text: 'interrupted' } });
	});

	it('that print garbage are told so', async () => {
		const { verdict, reason } = await outcome(
			'head -n 2 $F; printf "\\001\\377 what\\n"; tail -n 3 $F',
		);
		expect(verdict).to.equal('error');
		expect(reason).to.equal('line 3 is not a line of a trace: ?? what');
		expect((await outcome('echo Welcome to my driver; cat $F')).reason).to.equal(
			'line 1 is not a line of a trace: Welcome to my driver',
		);
		expect((await outcome('head -c 100000 /dev/urandom')).verdict).to.equal('error');
	});

	it('that print without end are ended', async () => {
		for (const driver of ['yes "start => 0"', 'cat /dev/zero'])
			expect((await outcome(driver)).verdict, driver).to.be.oneOf(['error', 'fail']);
		expect((await outcome('cat $F; yes "start => 0"')).reason).to.match(
			/^more than 4 MiB of output/,
		);
	});

	it('that answer nothing, less, more or otherwise fail', async () => {
		expect((await outcome('true')).reason).to.equal(
			'line 1: wanted "alloc_possible => instance", got nothing',
		);
		expect((await outcome('head -n 4 $F')).reason).to.equal(
			'line 5: wanted "free => released", got nothing',
		);
		expect((await outcome('cat $F; echo "start => 0"')).reason).to.equal(
			'line 6: wanted no more, got "start => 0"',
		);
		expect((await outcome('sed "s/INIT/0/" $F')).details).to.deep.equal([
			'  alloc_possible => instance',
			'  start => 0',
			'- state => flags=INIT *',
			'+ state => flags=0 user=f/f',
		]);
	});

	it('that lack a command skip the scenario, unless it has gone wrong before', async () => {
		expect(await outcome('sed "s/^state => .*/state => unsupported/" $F')).to.deep.equal({
			verdict: 'skip',
			reason: 'the driver has no "state"',
			details: [],
		});
		expect(
			(await outcome(
				'sed "s/^state => .*/state => unsupported/; s/start => 0/start => -EINVAL/" $F',
			)).verdict,
		).to.equal('fail');
		expect((await outcome('sed "s/^state => .*/state => unsupported/" $F; exit 1')).verdict).to
			.equal('error');
	});
});
