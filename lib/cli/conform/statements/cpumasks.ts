// SPDX-License-Identifier: GPL-2.0-only
//
// Paragraphs 8 to 10: changing the cpumasks.
import { Section, statement } from './statement.js';

export const cpumasks: Section = { title: 'Changing the cpumasks', statements: [
	statement('8.1', 'there are four functions to adjust the CPUs that are used', [`
		alloc_possible => instance
		set_cpumasks 3 3 => 0
		state => * user=3/3 usable=3/3 *
		set_cpumask par 1 => 0
		state => * user=1/3 usable=1/3 *
		add_cpu 2 1 => 0
		state => * user=1/7 usable=1/7 *
		remove_cpu 0 1 => 0
		doc: state => * user=1/6 usable=1/6 *
		4.18: state => * user=1/6 usable=0/6 *
		free => released
	`], {
		v418:
			'padata_set_cpumasks() and padata_add_cpu() are gone since 4.7, padata_remove_cpu() has no prototype; restored, they do this (but see 10.4b)',
		quirks: ['remove_clears_both'],
		recorded: [['set-equal', 'set_cpumasks f f => 0'], ['add-cpu', 'add_cpu 1 1 => 0']],
	}),
	statement('9.1', 'changes of the cpumasks are expensive, not to be made often', [], {
		remark: 'advice',
	}),
	statement('10.1', 'padata_set_cpumasks() changes both cpumasks', [`
		alloc_possible => instance
		start => 0
		notifier_register 1 0 DONE => 0
		! notify id=1 action=3 pcpu=3 cbcpu=c *
		set_cpumasks 3 c => 0
		state => flags=INIT user=3/c usable=3/c *
		submit 1 0 sync => -EINVAL ids=0
		submit 4 2 sync => ok=4 ids=1-4
		settle => refcnt=0 *
		summary => * done=4 * per_cpu=2,2,0,0
		free => released
	`], { recorded: [['notify-action', '! notify id=1 action=3 *', 'set_cpumasks * => 0']] }),
	statement('10.2', 'padata_set_cpumask() changes one cpumask and leaves the other', [`
		alloc_possible => instance
		start => 0
		set_cpumask par 6 => 0
		state => flags=INIT user=6/f usable=6/f *
		set_cpumask ser 9 => 0
		state => flags=INIT user=6/9 usable=6/9 *
		submit 4 3 sync => ok=4 ids=0-3
		settle => refcnt=0 *
		summary => * done=4 * per_cpu=0,2,2,0
		free => released
	`], { recorded: [['set-par-distribution', 'set_cpumask par * => 0', 'state => *']] }),
	statement('10.3', 'cpumask_type is PADATA_CPU_SERIAL or PADATA_CPU_PARALLEL', [`
		alloc_possible => instance
		start => 0
		set_cpumask 1 3 => 0
		state => * user=f/3 usable=f/3 *
		set_cpumask 2 c => 0
		state => * user=c/3 usable=c/3 *
		set_cpumask 0 1 => -EINVAL
		set_cpumask 3 1 => -EINVAL
		set_cpumask 4 1 => -EINVAL
		set_cpumask -1 1 => -EINVAL
		state => flags=INIT user=c/3 usable=c/3 *
		free => released
	`], {
		recorded: [['set-type', 'set_cpumask 1 3 => 0', 'set_cpumask 2 3 => 0'], ['set-type',
			'set_cpumask 3 * => -EINVAL']],
	}),
	statement('10.4a', 'padata_add_cpu() adds one CPU to a certain cpumask', [`
		alloc 1 1 => instance
		start => 0
		add_cpu 1 1 => 0
		state => * user=1/3 usable=1/3 *
		add_cpu 2 2 => 0
		state => * user=5/3 usable=5/3 *
		submit 4 1 sync => ok=4 ids=0-3
		settle => refcnt=0 *
		summary => * done=4 * per_cpu=2,0,2,0
		free => released
	`], { note: '4.18 does not have it any more: as in 3.12',
		recorded: [['add-cpu', 'add_cpu 1 1 => 0', 'state => * user=1/3 usable=1/3 *']] }),
	statement('10.4b', 'padata_remove_cpu() removes one CPU from a certain cpumask', [`
		alloc_possible => instance
		start => 0
		remove_cpu 1 1 => 0
		doc: state => flags=INIT user=f/d usable=f/d *
		4.18: state => flags=INIT user=f/d usable=d/d *
		free => released
	`, `
		alloc_possible => instance
		start => 0
		remove_cpu 2 2 => 0
		doc: state => flags=INIT user=b/f usable=b/f *
		4.18: state => flags=INIT user=b/f usable=b/b *
		doc: submit 1 2 sync => 0 ids=0
		4.18: submit 1 2 sync => -EINVAL ids=0
		settle => refcnt=0 *
		free => released
	`, `
		alloc 2 f => instance
		start => 0
		remove_cpu 1 1 => 0
		doc: state => flags=INIT user=2/d usable=2/d *
		4.18: state => flags=INIT user=2/d usable=0/d *
		doc: submit 1 0 sync => 0 ids=0
		4.18: KERNEL: divide error*
		settle => refcnt=0 *
		free => released
	`], {
		v418:
			'takes the CPU out of both usable masks; if that empties the parallel one, the next submission divides by zero',
		quirks: ['remove_clears_both', 'offline_divide_error'],
		recorded: [
			['remove-serial', 'remove_cpu 1 1 => 0', 'state => * user=f/d usable=d/d *'],
			['remove-parallel', 'remove_cpu 2 2 => 0', 'state => * user=b/f usable=b/b *',
				'submit 1 2 sync => -EINVAL *'],
			['crash/remove-serial-of-only-parallel-submit', 'remove_cpu 1 1 => 0',
				'KERNEL: divide error*'],
		],
	}),
	statement('10.5', 'cpu is the CPU to add or remove, mask one of the two', [`
		alloc 3 3 => instance
		start => 0
		add_cpu 2 0 => -EINVAL
		add_cpu 2 4 => -EINVAL
		remove_cpu 1 0 => -EINVAL
		remove_cpu 1 8 => -EINVAL
		state => flags=INIT user=3/3 usable=3/3 *
		add_cpu 2 1 => 0
		add_cpu 3 2 => 0
		state => flags=INIT user=b/7 usable=b/7 *
		free => released
	`], {
		note: 'both at once are taken too, in 4.18 and in the port',
		recorded: [['flags-oracle', 'remove_cpu 1 0 => -EINVAL'], ['add-cpu', 'add_cpu 2 3 => 0']],
	}),
] };
