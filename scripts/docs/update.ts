// SPDX-License-Identifier: GPL-2.0-only
//
// npm run docs:update [-- NAME...]: write the documents that are made of the sources, all of them
// or those named.
import '../../lib/index.js';
import { writeFileSync } from 'node:fs';
import { leave_stage } from '../../compat-tests/support/stage.js';
import { document_file, document_names, documents, is_document } from './documents.js';

const given = process.argv.slice(2);
const unknown = given.find((name) => !is_document(name));
if (unknown !== undefined) {
	process.stderr.write(
		`docs:update: there is no document "${unknown}"; there are: ${document_names.join(', ')}\n`,
	);
	process.exitCode = 2;
} else {
	for (const name of given.length === 0 ? document_names : given.filter(is_document)) {
		writeFileSync(document_file(name), await documents[name]());
		process.stdout.write(`docs/${name}.md\n`);
	}
	await leave_stage();
}
