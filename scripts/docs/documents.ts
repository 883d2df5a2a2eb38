// SPDX-License-Identifier: GPL-2.0-only
//
// The documents that are made of the sources. Tests fail while one of them is stale.
import { conformance_document } from './conformance.js';
import { headers_document } from './headers.js';
import { kernel_document } from './kernel-comparison.js';
import { quirks_document } from './quirks.js';
import { test_index } from './test-index.js';

/** NAME: what makes docs/NAME.md */
export const documents = {
	'conformance': conformance_document,
	'headers': headers_document,
	'kernel-comparison': kernel_document,
	'quirks': quirks_document,
	'test-index': test_index,
} as const satisfies Readonly<Record<string, () => string | Promise<string>>>;

export type DocumentName = keyof typeof documents;

export const document_names = Object.keys(documents) as DocumentName[];

export const is_document = (name: string): name is DocumentName => Object.hasOwn(documents, name);

/** Where a document lies: this file runs in dist/. */
export const document_file = (name: DocumentName): URL =>
	new URL(`../../../docs/${name}.md`, import.meta.url);
