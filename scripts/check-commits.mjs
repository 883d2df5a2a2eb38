// SPDX-License-Identifier: GPL-2.0-only
//
// Do the commits since BASE have messages as CONTRIBUTING.md asks for? node
// scripts/check-commits.mjs [BASE], in the repository. Merges are not looked at. A commit without a
// body passes if it only renames files and adapts the paths to them, or if .git-blame-ignore-revs
// lists it as one that only reformats.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The last commit before the rule. */
const BASE = 'caf7e111055d7f7f1c72f7c53b8d25ab19210bea';

const SUBJECT_MAX = 72;

/** Lines that others add to a message, as "Reviewed-by: ..." */
const TRAILER = /^[A-Z][\w-]*-by: /;

const git = (...args) =>
	execFileSync('git', args, { encoding: 'utf8', maxBuffer: 1 << 26,
		stdio: ['ignore', 'pipe', 'pipe'] });

/** The output of git, or null if it fails. */
function git_or_null(...args) {
	try {
		return git(...args);
	} catch {
		return null;
	}
}

/** Commits that only reformat, as full ids. */
function reformatting() {
	const file = join(git('rev-parse', '--show-toplevel').trim(), '.git-blame-ignore-revs');
	return existsSync(file) ? readFileSync(file, 'utf8').match(/^[0-9a-f]{40}\b/gm) ?? [] : [];
}

/** A path, or the name of a source file. */
const PATH = /[\w.@-]*(?:\/[\w.@-]*)+|[\w.-]+\.(?:[cm]?[jt]s|cc?|h|md)\b/g;

/** Are files renamed, and is nothing else changed but the paths by which others name them? */
function only_renames(id) {
	const show = (...args) =>
		git('diff-tree', '-r', '-M', '--root', '--no-commit-id', ...args, id).split('\n');
	const changes = show('--name-status').filter((line) => line !== '');
	if (!changes.some((line) => line.startsWith('R'))
		|| !changes.every((line) => /^[RM]/.test(line)))
		return false;
	const lines = show('-p', '-U0').filter((line) =>
		/^[-+]/.test(line) && !/^(?:---|\+\+\+) /.test(line)
	);
	const changed = (sign) =>
		lines.filter((line) => line.startsWith(sign)).map((line) =>
			line.slice(1).replace(PATH, '*')
		).sort().join('\n');
	return changed('-') === changed('+');
}

/** What is wrong with a message. */
function problems_of({ id, subject, body }, without_body) {
	const problems = [];
	if (!/^[\w./-]+(?:, [\w./-]+)*: \S/.test(subject))
		problems.push('the subject is not "area: what changes"');
	if (subject.length > SUBJECT_MAX)
		problems.push(
			`the subject has ${subject.length} characters, at most ${SUBJECT_MAX} are allowed`,
		);
	if (subject.includes(';'))
		problems.push('the subject has a semicolon: a commit has one topic');
	const text = body.split('\n').filter((line) => line.trim() !== '' && !TRAILER.test(line));
	if (text.length === 0 && !without_body.includes(id) && !only_renames(id))
		problems.push('there is no body, which says what was the case and why the change is right');
	return problems;
}

function commits_since(base) {
	return git('log', '--no-merges', '--reverse', '--format=%H%x00%s%x00%b%x01', `${base}..HEAD`)
		.split('\x01').slice(0, -1)
		.map((text) => text.trimStart().split('\0'))
		.map(([id, subject, body]) => ({ id, subject, body }));
}

const base = process.argv[2] ?? BASE;
if (git_or_null('merge-base', '--is-ancestor', base, 'HEAD') === null) {
	process.stdout.write(
		`commits: ${base.slice(0, 12)} is not in the history that is here: nothing was looked at\n`,
	);
} else {
	const commits = commits_since(base);
	const without_body = reformatting();
	let wrong = 0;
	for (const commit of commits)
		for (const problem of problems_of(commit, without_body)) {
			process.stdout.write(`${commit.id.slice(0, 12)} ${commit.subject}\n\t${problem}\n`);
			wrong++;
		}
	process.stdout.write(
		`commits: ${commits.length} since ${base.slice(0, 12)}, ${
			wrong === 0 ? 'all as they should be' : `${wrong} to put right`
		}\n`,
	);
	process.exitCode = wrong === 0 ? 0 : 1;
}
