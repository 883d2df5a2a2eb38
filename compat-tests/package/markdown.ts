// SPDX-License-Identifier: GPL-2.0-only
//
// The code in a Markdown document: indented and fenced blocks, and commands in the text.

export interface Block {
	/** Of its first line in the document, from 1. */
	readonly line: number;
	readonly text: string;
}

/** The blocks of code, in order. */
export function code_blocks(markdown: string): Block[] {
	const lines = markdown.split('\n');
	const blocks: Block[] = [];
	for (let i = 0; i < lines.length; i++) {
		const fence = /^ *(```+|~~~+)/.exec(lines[i])?.[1];
		if (fence !== undefined) {
			const end = lines.findIndex((line, n) => n > i && line.trim() === fence);
			blocks.push({ line: i + 1, text: `${lines.slice(i + 1, end).join('\n')}\n` });
			i = end;
		} else if (/^(?:\t| {4})/.test(lines[i]) && (i === 0 || lines[i - 1] === '')) {
			let end = i;
			while (/^(?:\t| {4})/.test(lines[end] ?? '')
				|| lines[end] === '' && /^(?:\t| {4})/.test(lines[end + 1] ?? ''))
				end++;
			const block = lines.slice(i, end);
			const indent = Math.min(...block.filter((line) => line !== '')
				.map((line) => /^(?:\t| {4})*/.exec(line)![0].length));
			blocks.push({ line: i + 1, text: `${
				block.map((line) => line.slice(indent)).join('\n')
			}\n` });
			i = end;
		}
	}
	return blocks;
}

/** Whole commands in the text, between backticks. */
export function inline_commands(markdown: string): Block[] {
	return Array.from(markdown.matchAll(/`(npx [^`]*)`/g),
		({ 1: text, index }) => ({ line: markdown.slice(0, index).split('\n').length,
			text: `${text}\n` }));
}
