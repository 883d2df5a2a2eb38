// SPDX-License-Identifier: GPL-2.0-only
//
// The tests in files named *.watched.ts, loaded from a copy of the modules whose accesses to shared
// memory can be watched, held and delayed: see watch.ts.
import { readdirSync } from 'node:fs';
import { watched_copy } from './watched.js';

const copy = watched_copy();
const folder = new URL('compat-tests/', copy);
for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort())
	if (file.endsWith('.watched.js'))
		await import(new URL(file, folder).href);
