// SPDX-License-Identifier: GPL-2.0-only
//
// docs/quirks.md, made of lib/quirks.ts.
import { quirks, QuirkInfo } from '../../lib/index.js';

const HEAD = `# Quirks

Where the kernel's document and its 4.18 code agree, or the document is silent, the port does what
the code does. Where they part, it does what the document says; where the code crashes, hangs, loses
the order or touches freed memory, it does the safe thing. What 4.18 does in these places is a quirk
with a name: \`boot({ quirks: 'v4.18' })\` switches all on, a list some.

\`unchecked_misuse\` is not a difference of document and code: it switches off the checks that the
port has and the kernel has not, without which the recorded crashes could not be reproduced.

| quirk | the document | 4.18 | the port | upstream |
|---|---|---|---|---|
`;

export function quirks_document(): string {
	const rows = Object.entries(quirks as Readonly<Record<string, QuirkInfo>>)
		.map(([name, { document, v418, port, upstream }]) =>
			`| ${name} | ${document ?? '(silent)'} | ${v418} | ${port} | ${upstream ?? '-'} |`
		);
	return `${HEAD}${rows.join('\n')}\n`;
}
