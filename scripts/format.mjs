// SPDX-License-Identifier: GPL-2.0-only
//
// npm run format: lay out TypeScript and JavaScript as dprint.json has it. With --check nothing is
// written, and a file that is laid out otherwise is named. An editor's extension for dprint reads
// the same file.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { createFromBuffer } from '@dprint/formatter';
import { getPath } from '@dprint/typescript';

import { read_json, root } from './setup/common.mjs';

const { typescript, lineWidth, useTabs, indentWidth, newLineKind } = read_json(
	join(root, 'dprint.json'),
);
const check = process.argv.includes('--check');
const formatter = createFromBuffer(readFileSync(getPath()));
formatter.setConfig({ lineWidth, useTabs, indentWidth, newLineKind }, typescript);
for (const { message } of formatter.getConfigDiagnostics())
	throw new Error(`dprint.json: ${message}`);

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z',
	'*.ts', '*.mjs', '*.cjs', '*.js'], { cwd: root, encoding: 'utf8' }).split('\0');
for (const file of files.filter((name) => name !== '' && existsSync(join(root, name)))) {
	const text = readFileSync(join(root, file), 'utf8');
	const formatted = formatter.formatText({ filePath: file, fileText: text });
	if (formatted === text)
		continue;
	console.log(file);
	if (check)
		process.exitCode = 1;
	else
		writeFileSync(join(root, file), formatted);
}
if (process.exitCode === 1)
	console.log('These files are laid out otherwise: npm run format');
