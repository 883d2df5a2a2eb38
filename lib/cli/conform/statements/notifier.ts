// SPDX-License-Identifier: GPL-2.0-only
//
// Paragraphs 11 to 15: the cpumask change notifier.
import { Section, statement } from './statement.js';

export const notifier: Section = { title: 'The cpumask change notifier', statements: [
	statement('11.1', 'who has registered is told of changes', [`
		alloc_possible => instance
		start => 0
		notifier_register 1 0 DONE => 0
		notifier_register 2 0 DONE => 0
		! notify id=1 action=2 pcpu=3 cbcpu=f *
		! notify id=2 action=2 pcpu=3 cbcpu=f *
		set_cpumask par 3 => 0
		free => released
	`], {
		recorded: [['notify-order', '! notify id=1 *', '! notify id=3 *',
			'set_cpumask par f => 0']],
	}),
	statement('12.1', 'who has unregistered is not', [`
		alloc_possible => instance
		start => 0
		notifier_register 1 0 DONE => 0
		notifier_register 2 0 DONE => 0
		notifier_unregister 1 => 0
		! notify id=2 action=2 pcpu=3 cbcpu=f *
		set_cpumask par 3 => 0
		notifier_unregister 2 => 0
		set_cpumask par f => 0
		notifier_unregister 2 => -ENOENT
		free => released
	`], { recorded: [['notify-order', 'notifier_unregister 2 => 0']] }),
	statement('13.1a', 'the notifier tells of changes of the usable cpumasks', [`
		alloc 3 f => instance
		start => 0
		notifier_register 1 0 DONE => 0
		set_cpumask par 3 => 0
		! notify id=1 action=2 pcpu=7 cbcpu=f *
		set_cpumask par 7 => 0
		free => released
	`, `
		cpu 3 0 => 0
		alloc 3 3 => instance
		start => 0
		notifier_register 1 0 DONE => 0
		set_cpumask par b => 0
		state => * user=b/3 usable=3/3 *
		! notify id=1 action=2 pcpu=b cbcpu=3 *
		cpu 3 1 => 0
		state => * user=b/3 usable=b/3 *
		free => released
	`], {
		recorded: [['notify-action', '! notify id=1 *', 'set_cpumask * => 0'], ['hotplug-both',
			'! notify id=1 *', 'cpu 1 1 => 0']],
	}),
	statement('13.1b', 'the notifier tells of a CPU that goes offline', [`
		alloc_possible => instance
		start => 0
		notifier_register 1 0 DONE => 0
		doc: ! notify id=1 action=3 pcpu=b cbcpu=b *
		cpu 2 0 => 0
		state => * user=f/f usable=b/b *
		free => released
	`], {
		v418: 'does not tell',
		quirks: ['offline_unnotified'],
		recorded: [['hotplug-offline-twice', 'cpu 3 0 => 0', 'state => * usable=7/7 *']],
	}),
	statement('13.1c', 'a removal is told with the usable cpumasks as they then are', [`
		alloc_possible => instance
		start => 0
		notifier_register 1 0 DONE => 0
		! notify id=1 action=1 pcpu=f cbcpu=7 *
		remove_cpu 3 1 => 0
		doc: state => * user=f/7 usable=f/7 *
		4.18: state => * user=f/7 usable=7/7 *
		free => released
	`], {
		v418: 'the parallel mask changes after the notification, untold',
		quirks: ['remove_clears_both'],
		recorded: [['notify-offline', '! notify id=1 action=1 pcpu=f cbcpu=7 *',
			'remove_cpu 3 1 => 0', 'state => * usable=7/7 *']],
	}),
	statement('14.1',
		'it is called as a blocking notifier chain, with the cpumasks of the new parallel_data', [`
		alloc_possible => instance
		start => 0
		notifier_register 1 0 DONE => 0
		notifier_register 2 10 OK => 0
		notifier_register 3 -5 STOP => 0
		notifier_register 4 -9 DONE => 0
		! notify id=2 * pcpu=3 cbcpu=f * current=yes *
		! notify id=1 * pcpu=3 cbcpu=f * current=yes *
		! notify id=3 * pcpu=3 cbcpu=f * current=yes *
		set_cpumask par 3 => 0
		free => released
	`], {
		note: "the instance's lock is held meanwhile, in 4.18 and in the port",
		recorded: [['notify-order', '! notify id=5 *', '! notify id=1 * current=yes *',
			'! notify id=3 *']],
	}),
	statement('15.1a', 'notification_mask is PADATA_CPU_SERIAL or PADATA_CPU_PARALLEL', [`
		alloc_possible => instance
		start => 0
		notifier_register 1 0 DONE => 0
		! notify id=1 action=1 *
		set_cpumask ser 3 => 0
		! notify id=1 action=2 *
		set_cpumask par 3 => 0
		free => released
	`], {
		v418: 'so; a change of both is told once, with both bits',
		note: 'the port does as 4.18',
		recorded: [['notify-action', '! notify id=1 action=2 *', 'set_cpumask par 3 => 0',
			'! notify id=1 action=3 *']],
	}),
	statement('15.1b', 'the pointer leads to the new cpumasks', [`
		alloc 7 7 => instance
		start => 0
		notifier_register 1 0 DONE => 0
		! notify id=1 * pcpu=6 cbcpu=7 *
		set_cpumask par 6 => 0
		! notify id=1 * pcpu=6 cbcpu=c *
		set_cpumask ser c => 0
		free => released
	`], {
		recorded: [['notify-data', '! notify id=1 action=2 pcpu=3 cbcpu=f *',
			'set_cpumask par 3 => 0']],
	}),
] };
