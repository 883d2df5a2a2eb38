// SPDX-License-Identifier: GPL-2.0-only
//
// Paragraphs 1 to 5: what padata is for, setting up an instance, its two kinds of cpumasks.
import { Section, statement } from './statement.js';

export const instance: Section = { title: 'Instances and their cpumasks', statements: [
	statement('1.1a', 'work is farmed out to several CPUs', [`
		alloc_possible => instance
		start => 0
		submit 8 0 sync => ok=8 ids=0-7
		settle => refcnt=0 *
		summary => * done=8 * per_cpu=2,2,2,2
		free => released
	`], { note: 'how it is shared out is not said; 4.18 and the port take the CPUs in turn',
		recorded: [['order-sync.smp2', '| obj 0: * cpu=0 *', '| obj 1: * cpu=1 *']] }),
	statement('1.1b', 'the order of tasks is retained', [`
		alloc_possible => instance
		start => 0
		submit 400 0 sync => ok=400 ids=0-399
		settle => refcnt=0 *
		summary => * done=400 * descents=0 *
		free => released
	`, `
		alloc_possible => instance
		start => 0
		submit 4 0 hold => ok=4 ids=0-3
		settle => refcnt=4 *
		release 0 4 rev => released=4
		settle => refcnt=0 *
		trace => objects=4
		| ...
		| serial cb=0: 0 1 2 3
		free => released
	`], { note: 'for tasks of one parallel CPU see 22.3b',
		recorded: [['order-rev-cpus', 'release *', '| serial cb=0: 0 1 2 3']] }),
	statement('1.2', 'large numbers of packets get through without reordering', [`
		alloc_possible => instance
		start => 0
		submit 200 rr slow => ok=200 ids=0-199
		settle => refcnt=0 *
		summary => * done=200 held=0 par_elsewhere=0 ser_elsewhere=0 repeated=0 * descents=0 *
		free => released
	`], {
		note: "the port's own IPsec ESP job is tested in compat-tests/esp",
		recorded: [['hotplug-serial-queued',
			'summary => * par_elsewhere=0 ser_elsewhere=0 repeated=0 * descents=0 *']],
	}),
	statement('1.3', 'the mechanism is general enough for other uses', [], {
		remark: 'an intention',
	}),
	statement('2.1', 'padata_alloc() sets up an instance from a workqueue and two cpumasks', [`
		alloc b 6 => instance
		state => flags=0 user=b/6 usable=b/6 refcnt=0 *
		free => released
	`], {
		v418:
			'the same, but the function is static since 4.13: only padata_alloc_possible() can be called',
		code: 'padata_alloc(), l. 1012',
		recorded: [['alloc-asymmetric', 'alloc * => instance']],
	}),
	statement('3.1', 'pcpumask: the CPUs on which submitted work is executed in parallel', [`
		alloc 6 f => instance
		start => 0
		submit 4 0 sync => ok=4 ids=0-3
		settle => refcnt=0 *
		summary => * done=4 held=0 par_elsewhere=0 * per_cpu=0,2,2,0
		free => released
	`], {
		recorded: [['alloc-asymmetric', 'alloc 3 c => instance', '| obj 2: * cpu=0 par=own *',
			'| obj 3: * cpu=1 par=own *', '| obj 4: * cpu=0 par=own *']],
	}),
	statement('3.2', 'cbcpumask: the CPUs that may be the serialization callback CPU', [`
		alloc f 6 => instance
		start => 0
		submit 1 0 sync => -EINVAL ids=0
		submit 1 1 sync => 0 ids=1
		submit 1 2 sync => 0 ids=2
		submit 1 3 sync => -EINVAL ids=3
		settle => refcnt=0 *
		trace => objects=4
		| obj 0: rc=-EINVAL cb=0
		| obj 1: rc=0 cb=1 * ser=cb state=done
		| obj 2: rc=0 cb=2 * ser=cb state=done
		| obj 3: rc=-EINVAL cb=3
		| serial cb=1: 1
		| serial cb=2: 2
		free => released
	`], { recorded: [['set-ser-cb', 'submit * => *-EINVAL*']] }),
	statement('3.3a', 'the work is done in the workqueue given', [`
		alloc 2 f => instance
		start => 0
		submit 12 rr slow => ok=12 ids=0-11
		quiet => refcnt=0
		summary => * done=12 held=0 *
		free => released
	`], { note: 'shown by waiting for nothing but that workqueue',
		recorded: [['timer', 'quiet => refcnt=*']] }),
	statement('3.3b', 'the workqueue should be a multithreaded one', [], {
		remark: 'a duty of the caller; 4.18 needs one bound to each CPU',
	}),
	statement('4.1', 'padata_alloc_possible() takes the possible CPUs for both cpumasks', [`
		alloc_possible => instance
		state => flags=0 user=f/f usable=f/f *
		free => released
	`, `
		cpu 3 0 => 0
		alloc_possible => instance
		state => flags=0 user=f/f usable=7/7 *
		free => released
	`], {
		recorded: [['alloc-possible-offline', 'alloc_possible => instance',
			'state => flags=0 user=f/f *']],
	}),
	statement('5.1', 'user supplied and usable cpumasks are kept apart', [`
		cpu 3 0 => 0
		alloc b c => instance
		state => flags=0 user=b/c usable=3/4 *
		show parallel => 2 "b\\n"
		show serial => 2 "c\\n"
		free => released
	`], { also: ['5.2'], recorded: [['alloc-possible-offline', 'state => * user=f/f usable=*']] }),
	statement('5.3a', 'a usable cpumask is a subset of the active CPUs in the user supplied one', [`
		alloc e 7 => instance
		state => * user=e/7 usable=e/7 *
		cpu 2 0 => 0
		state => * user=e/7 usable=a/3 *
		set_cpumask par 5 => 0
		state => * user=5/7 usable=1/3 *
		free => released
	`], {
		note: '"active" is "online" in 4.18 and the port',
		recorded: [['hotplug-mask-while-offline', 'cpu * 0 => 0', 'state => * user=* usable=*']],
	}),
	statement('5.3b', 'the usable cpumasks are what is used', [`
		alloc_possible => instance
		start => 0
		cpu 1 0 => 0
		submit 1 1 sync => -EINVAL ids=0
		submit 6 0 sync => ok=6 ids=1-6
		settle => refcnt=0 *
		summary => objects=7 accepted=6 * done=6 * per_cpu=2,0,2,2
		free => released
	`], { recorded: [['hotplug-both', 'cpu 1 0 => 0', 'submit 6 0 sync => ok=6 *']] }),
	statement('5.4', 'a cpumask with offline CPUs may be supplied', [`
		cpu 2 0 => 0
		alloc 6 c => instance
		start => 0
		set_cpumask par d => 0
		set_cpumask ser 7 => 0
		state => flags=INIT user=d/7 usable=9/3 *
		submit 4 0 sync => ok=4 ids=0-3
		settle => refcnt=0 *
		free => released
	`], {
		note:
			'of offline CPUs only: padata_alloc() returns NULL, a change succeeds and leaves the instance unusable',
		recorded: [['hotplug-mask-while-offline', 'set_cpumask* => 0'], ['set-offline-only',
			'set_cpumask par 8 => 0']],
	}),
	statement('5.5', 'a CPU of the user supplied cpumasks that comes online gets used', [`
		cpu 3 0 => 0
		alloc_possible => instance
		start => 0
		state => flags=INIT user=f/f usable=7/7 *
		cpu 3 1 => 0
		state => flags=INIT user=f/f usable=f/f *
		submit 4 3 sync => ok=4 ids=0-3
		settle => refcnt=0 *
		summary => * done=4 held=0 par_elsewhere=0 ser_elsewhere=0 * per_cpu=1,1,1,1
		free => released
	`], { recorded: [['hotplug-both', 'cpu 1 1 => 0', 'state => * usable=f/f *']] }),
] };
