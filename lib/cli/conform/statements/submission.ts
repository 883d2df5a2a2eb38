// SPDX-License-Identifier: GPL-2.0-only
//
// Paragraphs 16 to 19: padata_priv and padata_do_parallel().
import { Section, statement } from './statement.js';

export const submission: Section = { title: 'Submitting tasks', statements: [
	statement('16.1', 'a task is a padata_priv with the functions parallel() and serial()', [`
		alloc_possible => instance
		start => 0
		submit 1 2 sync => 0 ids=0
		settle => refcnt=0 *
		trace => objects=1
		| obj 0: rc=0 cb=2 cpu=* par=own ser=cb state=done
		| serial cb=2: 0
		free => released
	`], { recorded: [['cb-cpu', '| obj *: rc=0 * par=own ser=cb state=done']] }),
	statement('17.1', 'the padata_priv is part of a larger structure', [`
		alloc_possible => instance
		start => 0
		submit 5 1 sync => ok=5 ids=0-4
		settle => refcnt=0 *
		trace => objects=5
		| ...
		| serial cb=1: 0 1 2 3 4
		free => released
	`], {
		note:
			"the trace's numbers stand in the enclosing structures, where the callbacks find them",
		recorded: [['order-sync', '| serial cb=0: 0 4 8 12 16 20 24 25 26 *']],
	}),
	statement('17.2', 'the padata_priv should be zeroed, its other fields are private', [`
		alloc_possible => instance
		start => 0
		submit 8 rr sync => ok=8 ids=0-7
		settle => refcnt=0 *
		summary => * done=8 * info_changed=0 *
		free => released
	`], {
		note:
			"4.18 and the port do not need it zeroed: a driver fills it with 0x5a; `info` is the user's",
		recorded: [['hotplug-serial-queued', 'summary => * info_changed=0 *']],
	}),
	statement('17.3', 'both functions are called while the work is done', [`
		alloc_possible => instance
		start => 0
		submit 3 0 hold => ok=3 ids=0-2
		settle => refcnt=3 *
		trace => objects=3
		| obj 0: rc=0 cb=0 cpu=* par=own ser=- state=held
		| obj 1: rc=0 cb=0 cpu=* par=own ser=- state=held
		| obj 2: rc=0 cb=0 cpu=* par=own ser=- state=held
		release 0 3 fwd => released=3
		settle => refcnt=0 *
		trace => objects=3
		| obj 0: rc=0 cb=0 cpu=* par=own ser=cb state=done
		| obj 1: rc=0 cb=0 cpu=* par=own ser=cb state=done
		| obj 2: rc=0 cb=0 cpu=* par=own ser=cb state=done
		| serial cb=0: 0 1 2
		free => released
	`], {
		recorded: [['order-samecpu.smp1', '| obj *: * par=own ser=- state=held',
			'| obj *: * ser=cb state=done']],
	}),
	statement('18.1', 'padata_do_parallel() submits a task', [`
		alloc_possible => instance
		start => 0
		state => * refcnt=0 *
		submit 1 0 hold => 0 ids=0
		state => * refcnt=1 *
		settle => refcnt=1 *
		release 0 1 fwd => released=1
		settle => refcnt=0 *
		free => released
	`], { recorded: [['order-rev-cpus', 'submit * hold => *', 'state => * refcnt=4 *']] }),
	statement('19.1a', 'cb_cpu is the CPU of the final callback', [`
		alloc_possible => instance
		start => 0
		submit 8 rr sync => ok=8 ids=0-7
		settle => refcnt=0 *
		trace => objects=8
		| ...
		| serial cb=0: 0 4
		| serial cb=1: 1 5
		| serial cb=2: 2 6
		| serial cb=3: 3 7
		summary => * done=8 * ser_elsewhere=0 *
		free => released
	`], { recorded: [['release-other', '| serial cb=2: 18 22']] }),
	statement('19.1b', 'cb_cpu must be in the cpumask', [`
		alloc f 5 => instance
		start => 0
		submit 4 rr sync => ok=2 -EINVAL=2 ids=0-3
		submit 1 9 sync => -EINVAL ids=4
		settle => refcnt=0 *
		trace => objects=5
		| obj 0: rc=0 cb=0 * state=done
		| obj 1: rc=-EINVAL cb=1
		| obj 2: rc=0 cb=2 * state=done
		| obj 3: rc=-EINVAL cb=3
		| obj 4: rc=-EINVAL cb=9
		| serial cb=0: 0
		| serial cb=2: 2
		free => released
	`, `
		alloc_possible => instance
		start => 0
		cpu 2 0 => 0
		submit 4 rr sync => ok=3 -EINVAL=1 ids=0-3
		settle => refcnt=0 *
		free => released
	`], {
		note: 'the usable serial cpumask is meant, in 4.18 and in the port',
		recorded: [['flags-oracle', 'submit 1 9 sync => -EINVAL *'], ['hotplug-two',
			'submit 4 rr sync => ok=2 -EINVAL=2 *']],
	}),
	statement('19.2', 'zero means that the work is in progress', [`
		alloc_possible => instance
		start => 0
		submit 1 0 sync => 0 ids=0
		settle => refcnt=0 *
		trace => objects=1
		| obj 0: rc=0 * state=done
		| serial cb=0: 0
		free => released
	`], { recorded: [['start-invalid', 'submit 2 0 sync => ok=2 *', 'settle => refcnt=0 *']] }),
	statement('19.3a', '-EBUSY means that the cpumasks are being changed', [`
		alloc_possible => instance
		start => 0
		notifier_register 1 0 DONE => 0
		! notify id=1 action=2 * submit=-EBUSY
		set_cpumask par 3 => 0
		submit 1 0 sync => 0 ids=0
		settle => refcnt=0 *
		free => released
	`, `
		alloc_possible => instance
		start => 0
		submit 1 0 hold => 0 ids=0
		settle => refcnt=1 *
		doc: set_cpumask par 3 => blocked (1 held)
		4.18: KERNEL: kernel BUG *
		submit 1 0 sync => -EBUSY ids=1
		! set_cpumask par 3 => 0
		release 0 1 fwd => released=1
		free => released
	`], {
		v418:
			'and that 1000 tasks are in flight; with a task in flight whose parallel() has returned, the change crashes',
		note: "the limit of 1000 tasks is the port's too",
		quirks: ['stop_ignores_async'],
		recorded: [
			['notify-action', '! notify id=1 * submit=-EBUSY', 'set_cpumask* => 0'],
			['limit-1000', 'submit * => *-EBUSY*'],
			['crash/set-mask-held', 'submit 4 0 hold => *', 'KERNEL: kernel BUG*'],
		],
	}),
	statement('19.3b', '-EINVAL means that cb_cpu is not in the cpumask', [`
		alloc f e => instance
		start => 0
		submit 1 0 sync => -EINVAL ids=0
		set_cpumask ser 1 => 0
		submit 1 0 sync => 0 ids=1
		submit 1 1 sync => -EINVAL ids=2
		settle => refcnt=0 *
		free => released
	`], { recorded: [['set-ser-cb', 'submit * => *-EINVAL*']] }),
	statement('19.3c', '-EINVAL means that the instance is not running', [`
		alloc_possible => instance
		submit 1 0 sync => -EINVAL ids=0
		start => 0
		stop => done
		submit 1 0 sync => -EINVAL ids=1
		free => released
	`, `
		alloc 8 f => instance
		start => 0
		cpu 3 0 => 0
		doc: submit 1 0 sync => -EINVAL ids=0
		4.18: KERNEL: divide error*
		cpu 3 1 => 0
		submit 1 0 sync => 0 ids=1
		settle => refcnt=0 *
		free => released
	`], {
		v418: 'but with the last parallel CPU offline it divides by zero',
		quirks: ['offline_divide_error'],
		recorded: [
			['do-parallel-checks', 'submit * => *-EINVAL*'],
			['crash/last-parallel-offline-submit', 'cpu 3 0 => 0', 'KERNEL: divide error*'],
		],
	}),
] };
