// SPDX-License-Identifier: GPL-2.0-only
//
// docs/headers.md, made of the first comment of each header in include/.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const include = fileURLToPath(new URL('../../../include/', import.meta.url));

const HEAD = `# The headers for C

What a client's source may include. **port**: as in 4.18; **adapted**: the same contract by other
means; **stub**: it is there so that sources compile, and does nothing or little.
[porting.md](porting.md) tells how to use them.

| header | | |
|---|---|---|
`;

export interface Header {
	readonly name: string;
	readonly kind: string;
	readonly text: string;
}

/** @throws Error if a header does not say what it is */
export function read_headers(): Header[] {
	const names = readdirSync(include, { recursive: true, encoding: 'utf8' }).filter((name) =>
		name.endsWith('.h')
	).sort();
	return names.map((name) => {
		const [, ...lines] = readFileSync(`${include}${name}`, 'utf8').split('\n');
		const end = lines.findIndex((line) => !line.startsWith('//'));
		const comment = lines.slice(0, end).map((line) => line.replace(/^\/\/ ?/, '')).join(' ')
			.trim();
		const found = /^(port|adapted|stub): (.*)$/.exec(comment);
		if (found === null)
			throw new Error(
				`include/${name} does not begin with what it is: port, adapted or stub`,
			);
		return { name, kind: found[1], text: found[2] };
	});
}

export function headers_document(): string {
	const rows = read_headers().map(({ name, kind, text }) => {
		const said = text.replace(/^(?:the [\w, ]+ of )?<[\w/.-]+>,?[.:]? ?/, '').replaceAll('|',
			'\\|').replace(/<([\w/.-]+\.h)>/g, '`<$1>`');
		return `| \`<${name}>\` | ${kind} | ${said} |`;
	});
	return `${HEAD}${rows.join('\n')}\n`;
}
