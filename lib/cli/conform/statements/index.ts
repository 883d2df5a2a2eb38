// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel's document on padata (Documentation/padata.txt of 4.18, last adapted to 2.6.36),
// statement by statement, in our words. Paragraphs are those of its prose: code between them does
// not count, what a sentence says about it does.
import { callbacks } from './callbacks.js';
import { cpumasks } from './cpumasks.js';
import { free } from './free.js';
import { instance } from './instance.js';
import { notifier } from './notifier.js';
import { start_stop } from './start-stop.js';
import { Section } from './statement.js';
import { submission } from './submission.js';

export const sections: readonly Section[] = [instance, start_stop, cpumasks, notifier, submission,
	callbacks, free];

/** How many sentences each paragraph of the prose has. */
export const SENTENCES = [3, 1, 3, 1, 5, 1, 3, 1, 1, 5, 1, 1, 1, 1, 1, 1, 3, 1, 3, 3, 3, 3, 1,
	2] as const;
