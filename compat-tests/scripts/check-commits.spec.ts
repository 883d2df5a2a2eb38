// SPDX-License-Identifier: GPL-2.0-only
//
// scripts/check-commits.mjs, in a small repository.
import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../scripts/check-commits.mjs', import.meta.url));
const BODY = 'It was so. That was wrong. Now it is otherwise.';

describe('scripts: check-commits', () => {
	let folder: string;
	let base: string;
	let n = 0;

	const git = (...args: string[]): string =>
		execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e', ...args], { cwd: folder,
			encoding: 'utf8' }).trim();

	/** @returns its id */
	function commit(...paragraphs: string[]): string {
		git('add', '-A');
		git('commit', '-q', ...paragraphs.flatMap((text) => ['-m', text]));
		return git('rev-parse', 'HEAD');
	}

	function change(...paragraphs: string[]): string {
		writeFileSync(join(folder, 'file'), `${n++}\n`);
		return commit(...paragraphs);
	}

	function check(from = base): { status: number | null; stdout: string } {
		const { status, stdout } = spawnSync(process.execPath, [SCRIPT, from], { cwd: folder,
			encoding: 'utf8' });
		return { status, stdout };
	}

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-commits-'));
		git('init', '-q');
		base = change('no rule yet; none at all');
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	it('is content with messages as they should be, with renames and with merges', () => {
		change('linux/timer: fire on the CPU that armed it', BODY);
		writeFileSync(join(folder, 'user'), 'import { x } from "./file.js";\n');
		commit('lib: use a file', BODY);
		renameSync(join(folder, 'file'), join(folder, 'other'));
		writeFileSync(join(folder, 'user'), 'import { x } from "./other.js";\n');
		commit('lib: rename a file');
		git('checkout', '-q', '-b', 'side', base);
		change('docs, tests: tell of it', BODY);
		git('checkout', '-q', '-');
		git('merge', '-q', '-s', 'ours', '-m', 'Merge; what a day', 'side');
		expect(check()).to.deep.equal({ status: 0,
			stdout: `commits: 4 since ${base.slice(0, 12)}, all as they should be\n` });
	});

	it('tells what is wrong with each message', () => {
		for (const message of [['Repair the timer', BODY], [`timer: ${'x'.repeat(66)}`, BODY], [
			'timer: fire; list: sort',
			BODY,
		], ['timer: fire on time'], ['timer: fire in time', 'Reviewed-by: N <e>']])
			change(...message);
		const { status, stdout } = check();
		expect(status).to.equal(1);
		expect(stdout.replace(/^[0-9a-f]{12} /gm, '').split('\n')).to.deep.equal([
			'Repair the timer',
			'\tthe subject is not "area: what changes"',
			`timer: ${'x'.repeat(66)}`,
			'\tthe subject has 73 characters, at most 72 are allowed',
			'timer: fire; list: sort',
			'\tthe subject has a semicolon: a commit has one topic',
			'timer: fire on time',
			'\tthere is no body, which says what was the case and why the change is right',
			'timer: fire in time',
			'\tthere is no body, which says what was the case and why the change is right',
			`commits: 5 since ${base.slice(0, 12)}, 5 to put right`,
			'',
		]);
	});

	it('tells of no body if something besides the paths is changed with a renaming', () => {
		writeFileSync(join(folder, 'user'), 'import { x } from "./file.js";\n');
		commit('lib: use a file', BODY);
		renameSync(join(folder, 'file'), join(folder, 'other'));
		writeFileSync(join(folder, 'user'), 'import { y } from "./other.js";\n');
		commit('lib: rename a file');
		expect(check()).to.have.property('status', 1);
	});

	it('takes a listed commit that only reformats, without a body', () => {
		const id = change('lib: reformat');
		writeFileSync(join(folder, '.git-blame-ignore-revs'), `# formatting\n${id}\n`);
		commit('lib: list what only reformats', BODY);
		expect(check().status).to.equal(0);
	});

	it('passes and says so where the history does not go back that far', () => {
		expect(check('0'.repeat(40))).to.deep.equal({ status: 0,
			stdout:
				'commits: 000000000000 is not in the history that is here: nothing was looked at\n' });
	});
});
