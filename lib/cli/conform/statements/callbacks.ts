// SPDX-License-Identifier: GPL-2.0-only
//
// Paragraphs 20 to 22: parallel(), padata_do_serial() and serial().
import { Section, statement } from './statement.js';

export const callbacks: Section = { title: 'parallel() and serial()', statements: [
	statement('20.1a', 'each task gets exactly one call of parallel(), on one CPU', [`
		alloc_possible => instance
		start => 0
		submit 300 rr sync => ok=300 ids=0-299
		submit 12 0 slow => ok=12 ids=300-311
		settle => refcnt=0 *
		summary => objects=312 accepted=312 * done=312 held=0 par_elsewhere=0 * repeated=0 *
		free => released
	`], { recorded: [['limit-not-serialised', 'summary => * par_elsewhere=0 * repeated=0 *']] }),
	statement('20.1b', 'several tasks run in parallel', [`
		alloc_possible => instance
		start => 0
		submit 4 0 hold => ok=4 ids=0-3
		settle => refcnt=4 *
		summary => * held=4 par_elsewhere=0 * per_cpu=1,1,1,1
		release 0 4 fwd => released=4
		settle => refcnt=0 *
		free => released
	`], { note: 'four tasks have begun, each on its CPU, and none has finished',
		recorded: [['order-rev-cpus', '| obj 3: rc=0 * cpu=3 *']] }),
	statement('20.2', 'parallel() runs with software interrupts off', [`
		alloc_possible => instance
		start => 0
		submit 40 rr sync => ok=40 ids=0-39
		settle => refcnt=0 *
		summary => * done=40 * bh_on=0 *
		free => released
	`], { recorded: [['hotplug-serial-queued', 'summary => * bh_on=0 *']] }),
	statement('20.3', 'parallel() gets the pointer to the padata_priv', [`
		alloc_possible => instance
		start => 0
		submit 6 rr hold => ok=6 ids=0-5
		settle => refcnt=6 *
		trace => objects=6
		| obj 0: rc=0 cb=0 cpu=0 par=own ser=- state=held
		| obj 1: rc=0 cb=1 cpu=1 par=own ser=- state=held
		| obj 2: rc=0 cb=2 cpu=2 par=own ser=- state=held
		| obj 3: rc=0 cb=3 cpu=3 par=own ser=- state=held
		| obj 4: rc=0 cb=0 cpu=0 par=own ser=- state=held
		| obj 5: rc=0 cb=1 cpu=1 par=own ser=- state=held
		release 0 6 fwd => released=6
		settle => refcnt=0 *
		free => released
	`], { recorded: [['order-samecpu.smp1', '| obj *: rc=0 * par=own ser=- state=held']] }),
	statement('21.1', "once parallel() has been called, the task is its user's", [`
		alloc_possible => instance
		start => 0
		submit 1 0 hold => 0 ids=0
		settle => refcnt=1 *
		trace => objects=1
		| obj 0: rc=0 cb=0 cpu=* par=own ser=- state=held
		release 0 1 fwd => released=1
		settle => refcnt=0 *
		free => released
	`], { note: 'without padata_do_serial() nothing more happens',
		recorded: [['order-samecpu.smp1', 'settle => refcnt=3 *',
			'| obj *: * ser=- state=held']] }),
	statement('21.2', 'parallel() may leave work outstanding and is called again meanwhile', [`
		alloc 4 f => instance
		start => 0
		submit 3 0 hold => ok=3 ids=0-2
		settle => refcnt=3 *
		trace => objects=3
		| obj 0: rc=0 cb=0 cpu=2 par=own ser=- state=held
		| obj 1: rc=0 cb=0 cpu=2 par=own ser=- state=held
		| obj 2: rc=0 cb=0 cpu=2 par=own ser=- state=held
		release 0 3 fwd => released=3
		settle => refcnt=0 *
		trace => objects=3
		| ...
		| serial cb=0: 0 1 2
		free => released
	`], { recorded: [['order-samecpu.smp1', 'submit 4 0 hold => ok=4 *']] }),
	statement('21.3',
		'padata_do_serial() tells that a task is complete, from parallel() or from any other function',
		[`
		alloc_possible => instance
		start => 0
		submit 4 0 sync => ok=4 ids=0-3
		submit 4 0 hold => ok=4 ids=4-7
		settle => refcnt=4 *
		release 4 6 fwd own => released=2
		release 6 8 fwd other => released=2
		settle => refcnt=0 *
		trace => objects=8
		| ...
		| serial cb=0: 0 1 2 3 4 5 6 7
		free => released
	`], { recorded: [['release-other', 'release * other => *', 'settle => refcnt=0 *']] }),
	statement('22.1', 'padata_do_serial() leads to a call of serial()', [`
		alloc_possible => instance
		start => 0
		submit 8 0 hold => ok=8 ids=0-7
		settle => refcnt=8 *
		release 0 8 fwd => released=8
		settle => refcnt=0 *
		summary => * done=8 *
		free => released
	`, `
		alloc_possible => instance
		start => 0
		submit 8 0 hold => ok=8 ids=0-7
		settle => refcnt=8 *
		release_missed 0 8 => released=8
		doc: settle => refcnt=0 *
		4.18: settle => refcnt=8 *
		doc: summary => * done=8 *
		4.18: summary => * done=0 *
		stop => done
		summary => * done=8 *
		free => released
	`], {
		v418:
			'not if somebody else held the lock meanwhile: then the next padata_do_serial(), a timer or a flush makes up for it',
		quirks: ['reorder_timer'],
		recorded: [['missed-stop', 'release_missed 0 4 => released=4', 'settle => refcnt=4 *']],
	}),
	statement('22.2a', 'serial() is called on the CPU that was asked for', [`
		alloc 3 f => instance
		start => 0
		submit 40 rr sync => ok=40 ids=0-39
		submit 8 3 slow => ok=8 ids=40-47
		settle => refcnt=0 *
		summary => * done=48 * ser_elsewhere=0 *
		free => released
	`, `
		alloc 7 8 => instance
		start => 0
		submit 12 3 slow => ok=12 ids=0-11
		cpu 3 0 => 0
		summary => * done=12 * ser_elsewhere=0 *
		free => released
	`], { recorded: [['hotplug-serial-queued', 'summary => * ser_elsewhere=0 *']] }),
	statement('22.2b', 'serial() runs in the workqueue, with software interrupts off', [`
		alloc 2 f => instance
		start => 0
		submit 40 rr slow => ok=40 ids=0-39
		quiet => refcnt=0
		summary => * done=40 * bh_on=0 *
		free => released
	`], { recorded: [['hotplug-serial-queued', 'summary => * bh_on=0 *']] }),
	statement('22.3a', 'tasks of different parallel CPUs are completed in the order of submission',
		[`
		alloc_possible => instance
		start => 0
		submit 4 0 hold => ok=4 ids=0-3
		settle => refcnt=4 *
		release 0 4 scramble => released=4
		settle => refcnt=0 *
		trace => objects=4
		| ...
		| serial cb=0: 0 1 2 3
		free => released
	`, `
		alloc_possible => instance
		start => 0
		submit 8 0 hold => ok=8 ids=0-7
		settle => refcnt=8 *
		release 0 8 mod:4:3 => released=2
		release 0 8 mod:4:1 => released=2
		release 0 8 mod:4:2 => released=2
		release 0 8 mod:4:0 => released=2
		settle => refcnt=0 *
		trace => objects=8
		| ...
		| serial cb=0: 0 1 2 3 4 5 6 7
		free => released
	`], {
			recorded: [['order-scramble-cpus', 'release * scramble => *',
				'| serial cb=0: 0 1 2 3*']],
		}),
	statement('22.3b', 'tasks of one parallel CPU are completed in the order of submission', [`
		alloc_possible => instance
		start => 0
		submit 8 0 hold => ok=8 ids=0-7
		settle => refcnt=8 *
		release 0 8 rev => released=8
		settle => refcnt=0 *
		trace => objects=8
		| ...
		doc: | serial cb=0: 0 1 2 3 4 5 6 7
		4.18: | serial cb=0: 4 5 6 7 0 1 2 3
		free => released
	`, `
		alloc 2 f => instance
		start => 0
		submit 4 2 hold => ok=4 ids=0-3
		settle => refcnt=4 *
		release 0 4 rev => released=4
		settle => refcnt=0 *
		trace => objects=4
		| ...
		doc: | serial cb=2: 0 1 2 3
		4.18: | serial cb=2: 3 2 1 0
		free => released
	`], {
		v418: 'in the order in which they were completed',
		quirks: ['positional_reorder'],
		recorded: [['order-positional-rev', 'release 0 8 rev => released=8',
			'| serial cb=0: 4 5 6 7 0 1 2 3'], ['order-samecpu.smp1', '| serial cb=0: 3 2 1 0 *']],
	}),
	statement('22.3c', 'a call of serial() is put off until its turn', [`
		alloc_possible => instance
		start => 0
		submit 4 0 hold => ok=4 ids=0-3
		settle => refcnt=4 *
		release 1 4 fwd => released=3
		settle => refcnt=4 *
		trace => objects=4
		| obj 0: rc=0 cb=0 cpu=* par=own ser=- state=held
		| obj 1: rc=0 cb=0 cpu=* par=own ser=- state=released
		| obj 2: rc=0 cb=0 cpu=* par=own ser=- state=released
		| obj 3: rc=0 cb=0 cpu=* par=own ser=- state=released
		release 0 1 fwd => released=1
		settle => refcnt=0 *
		trace => objects=4
		| ...
		| serial cb=0: 0 1 2 3
		free => released
	`], { recorded: [['release-head-other', '| obj 0: * ser=- state=held']] }),
] };
