// SPDX-License-Identifier: GPL-2.0-only
//
// `padata conform` as it is called: exit codes, reporters, filters, and the port's driver behind
// filters that falsify it.
import { expect } from 'chai';
import { ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Children, Ended } from '../support/child.js';
import { parse_ktap } from '../support/ktap.js';
import { COMMAND, DRIVE, filter_test } from './filter.js';

const ROOT = new URL('../../../', import.meta.url);

describe('conform: the command', function() {
	// Each scenario is a process that boots a machine.
	this.timeout(60_000);
	let folder: string;
	const children = new Children();
	before(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-conform-'));
	});
	after(() => rmSync(folder, { recursive: true }));
	afterEach(() => children.kill());

	const start = (...args: string[]): ChildProcess =>
		children.start([COMMAND, 'conform', ...args]);

	async function conform(...args: string[]): Promise<Omit<Ended, 'signal'>> {
		const { code, out, err } = await children.run([COMMAND, 'conform', ...args]);
		return { code, out, err };
	}

	it('runs the port by default and with the quirks, from the package', async () => {
		const { code, out, err } = await conform('7.2c', 'crash/stop-held', 'order-positional-rev');
		expect({ code, err }, out).to.deep.equal({ code: 0, err: '' });
		expect(out).to.match(/^7\.2c +padata_start\(\) leaves .* as documented +as 4\.18$/m);
		expect(out).to.match(/^crash\/stop-held .* as documented +as recorded$/m);
		expect(out).to.contain(
			'port (measured by the document): 3 of 3 hold\nport with quirks (measured by 4.18): 3 of 3 hold\n',
		);
	});

	it('takes any program for a driver', async () => {
		expect((await conform('7.2c', '--driver', DRIVE)).code).to.equal(0);
		const { code, out } = await conform('7.2c', '--driver', DRIVE, '--against', '4.18');
		expect(code).to.equal(1);
		expect(out).to.contain('driver (measured by 4.18): 0 of 1 hold, 1 do not\n');
		expect(out).to.contain('- state => flags=INIT|INVALID *');
	});

	// More of them: command.long.spec.ts.
	filter_test(children, 'swaps two lines', '22.3a', 'sed -n "/^alloc/{h;n;G};p"');
	filter_test(children, 'forgets a notification', '13.1b', 'grep -v "^! notify"');

	it('says with its exit code what has come out', async () => {
		const lacking = `sed -n "/^[^#]/s/\\$/ => unsupported/p"`;
		expect((await conform('7.3a', '--driver', 'true')).code, 'fails').to.equal(1);
		expect((await conform('7.3a', '--driver', lacking)).code, 'nothing could be run').to.equal(
			4,
		);
		expect((await conform('7.3a', '--driver', lacking, '--strict')).code, 'the same, strictly')
			.to.equal(1);
		for (const args of [['no-such-thing'], ['--reporter', 'prose'], ['--suite', 'x'], ['--grep',
			'('], ['--timeout', '0'], ['--jobs', 'many'], ['--against', '5.4'], ['--output',
			join(folder, 'nowhere', 'x')], ['--timeout', '2147484'], ['7.3a', 'no-such-thing',
			'--driver', 'true'], ['7.3a', '--against', '4.18']])
		{
			const { code, err } = await conform(...args);
			expect(code, args.join(' ')).to.equal(2);
			expect(err).to.match(/^padata conform: /);
		}
		expect((await conform('--no-such-option')).code).to.equal(2);
		expect((await conform('--help')).code).to.equal(0);
	});

	it('has reporters for machines', async () => {
		const tests = parse_ktap(
			(await conform('7', '--driver', 'true', '--reporter', 'ktap')).out,
		);
		expect(tests.map(({ name, ok }) => [name, ok])).to.deep.equal([['driver', false]]);
		expect(tests[0].tests[0].tests).to.have.lengthOf(8);
		const file = join(folder, 'junit.xml');
		expect(
			(await conform('7', '9', '--driver', 'echo "<&>"', '--reporter', 'junit', '--output',
				file)).out,
		).to.equal('');
		const xml = readFileSync(file, 'utf8');
		expect(xml).to.contain(
			'<testsuite name="driver: Starting and stopping" tests="8" failures="0" errors="8" skipped="0">',
		);
		expect(xml).to.contain('line 1 is not a line of a trace: &lt;&amp;&gt;');
		expect(xml).to.contain('<skipped message="advice"/>');
		expect(xml.match(/<testcase /g)).to.have.lengthOf(9);
	});

	it('lists and shows what there is without running anything', async () => {
		const all = (await conform('--list', '--driver', 'false')).out;
		expect(all).to.match(/^ {2}24\.2 /m).and.to.match(/^ {2}flags-oracle /m).and.to.match(
			/^ {2}crash\/stop-held /m,
		);
		expect(
			(await conform('--list', '--suite', 'crash', '--grep', 'notifier')).out.match(
				/^ {2}/gm,
			),
		).to.have.lengthOf(3);
		const shown = (await conform('--show', '7.2a')).out;
		expect(shown).to.contain('# cpus: 4\nalloc_possible\nstart\n').and.to.contain(
			'#   state => flags=INIT *',
		);
		// It can be piped into a driver as it is.
		expect(
			spawnSync(process.execPath, [COMMAND, 'drive'], { input: shown, encoding: 'utf8' })
				.stdout,
		).to.match(/^alloc_possible => instance\nstart => 0\n/);
	});

	it('has in the package whatever it reads', () => {
		const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], {
			cwd: fileURLToPath(ROOT),
			encoding: 'utf8',
		});
		const [{ files }] = JSON.parse(stdout) as { files: { path: string }[] }[];
		const packed = new Set(files.map(({ path }) => path));
		for (const kind of ['traces', 'crash']) {
			const names = readdirSync(new URL(`compat-tests/golden/${kind}`, ROOT));
			expect(names).to.not.be.empty;
			for (const name of names)
				expect(packed.has(`compat-tests/golden/${kind}/${name}`), name).to.equal(true);
		}
		for (const path of ['docs/driver-protocol.md', 'compat-tests/golden/README.md',
			'dist/bundle/cli/conform/command.js', 'dist/bundle/cli/conform/recorded.js'])
			expect(packed.has(path), path).to.equal(true);
	});

	it('takes its drivers with it when it is interrupted', async () => {
		const fifo = join(folder, 'fifo');
		spawnSync('mkfifo', [fifo]);
		// The driver holds the pipe's other end until it ends.
		const child = start('7.3a', '--driver',
			`trap "" TERM INT; exec 9> '${fifo}'; echo ready >&9; tail -f /dev/null`);
		const closed = once(child, 'close');
		const pipe = createReadStream(fifo, 'utf8');
		await once(pipe, 'data');
		const ended = once(pipe, 'end');
		pipe.resume();
		child.kill('SIGTERM');
		expect((await closed)[1]).to.equal('SIGTERM');
		await ended;
	});
});
