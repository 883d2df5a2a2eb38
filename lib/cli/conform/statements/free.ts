// SPDX-License-Identifier: GPL-2.0-only
//
// Paragraphs 23 and 24: padata_free().
import { Section, statement } from './statement.js';

export const free: Section = { title: 'The end of an instance', statements: [
	statement('23.1', 'padata_free() cleans up when an instance is no longer needed', [`
		alloc_possible => instance
		free => released
		state => no instance
		alloc 3 c => instance
		start => 0
		submit 4 2 sync => ok=4 ids=0-3
		settle => refcnt=0 *
		free => released
		submit 1 0 sync => no instance
	`], {
		recorded: [['free-states', 'alloc_possible => instance', 'free => released',
			'state => no instance']],
	}),
	statement('24.1a', 'padata_free() waits for tasks that are queued or running', [`
		alloc_possible => instance
		start => 0
		submit 24 rr slow => ok=24 ids=0-23
		free => released
		summary => * accepted=24 * done=24 held=0 * repeated=0 *
	`], {
		note:
			'there is no busy waiting in 4.18 and in the port; 4.18 waits only if the instance has not been stopped',
		recorded: [['missed-free', 'free => released']],
	}),
	statement('24.1b', 'padata_free() waits for tasks whose padata_do_serial() is to come', [`
		alloc_possible => instance
		start => 0
		submit 3 1 hold => ok=3 ids=0-2
		settle => refcnt=3 *
		doc: free => blocked (3 held)
		4.18: KERNEL: kernel BUG *
		release 2 3 fwd => released=1
		release 1 2 fwd => released=1
		! free => released
		release 0 1 fwd => released=1
	`], {
		v418: 'crashes: BUG_ON(refcnt != 0)',
		code: '__padata_free() -> padata_stop() -> padata_flush_queues(), l. 864, 547, 518',
		quirks: ['stop_ignores_async', 'free_without_wait'],
	}),
	statement('24.2', 'the workqueue is left alone', [`
		alloc_possible => instance
		start => 0
		submit 4 0 sync => ok=4 ids=0-3
		settle => refcnt=0 *
		free => released
		alloc_possible => instance
		start => 0
		submit 4 0 sync => ok=4 ids=4-7
		settle => refcnt=0 *
		summary => objects=8 * done=8 *
		free => released
	`], { note: 'the next instance uses the same one',
		recorded: [['free-states', 'free => released', 'alloc_possible => instance',
			'start => 0']] }),
] };
