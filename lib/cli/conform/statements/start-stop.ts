// SPDX-License-Identifier: GPL-2.0-only
//
// Paragraphs 6 and 7: padata_start() and padata_stop().
import { Section, statement } from './statement.js';

export const start_stop: Section = { title: 'Starting and stopping', statements: [
	statement('6.1', 'padata_start() enables an instance, padata_stop() disables it', [`
		alloc_possible => instance
		submit 1 0 sync => -EINVAL ids=0
		start => 0
		submit 1 0 sync => 0 ids=1
		settle => refcnt=0 *
		stop => done
		submit 1 0 sync => -EINVAL ids=2
		start => 0
		submit 1 0 sync => 0 ids=3
		settle => refcnt=0 *
		trace => objects=4
		| ...
		| serial cb=0: 1 3
		free => released
	`], { recorded: [['start-stop.smp1', 'start => 0', 'stop => done', 'start => 0']] }),
	statement('7.1a', 'PADATA_INIT is set and cleared by these two functions', [`
		alloc_possible => instance
		state => flags=0 *
		set_cpumask par 3 => 0
		doc: state => flags=0 user=3/f *
		4.18: state => flags=INIT user=3/f *
		add_cpu 2 2 => 0
		doc: state => flags=0 user=7/f *
		4.18: state => flags=INIT user=7/f *
		free => released
	`, `
		alloc_possible => instance
		start => 0
		stop => done
		state => flags=0 *
		cpu 3 0 => 0
		state => flags=0 *
		cpu 3 1 => 0
		doc: state => flags=0 *
		4.18: state => flags=INIT *
		free => released
	`, `
		alloc_possible => instance
		start => 0
		set_cpumask par 0 => 0
		doc: state => flags=INIT|INVALID *
		4.18: state => flags=INVALID *
		set_cpumask par f => 0
		state => flags=INIT *
		submit 1 0 sync => 0 ids=0
		settle => refcnt=0 *
		free => released
	`], {
		v418: 'mask changes and CPUs coming online set it as well, unusable masks clear it',
		quirks: ['implicit_start'],
		recorded: [
			['flags-oracle', 'stop => done', 'state => flags=0 *', 'set_cpumask par 3 => 0',
				'state => flags=INIT *'],
			['hotplug-never-started', 'state => flags=0 *', 'cpu 2 1 => 0',
				'state => flags=INIT *'],
			['set-invalid-par', 'set_cpumask par 0 => 0', 'state => flags=INVALID *'],
		],
	}),
	statement('7.1b', 'without the flag other functions refuse to work', [`
		alloc_possible => instance
		submit 1 0 sync => -EINVAL ids=0
		submit 3 1 hold => ok=0 -EINVAL=3 ids=1-3
		start => 0
		stop => done
		submit 1 0 sync => -EINVAL ids=4
		trace => objects=5
		| obj 0: rc=-EINVAL cb=0
		| obj 1: rc=-EINVAL cb=1
		| obj 2: rc=-EINVAL cb=1
		| obj 3: rc=-EINVAL cb=1
		| obj 4: rc=-EINVAL cb=0
		free => released
	`], {
		v418:
			'padata_do_parallel() does; changes of masks, notifiers, sysfs and padata_free() work without the flag',
		note:
			'read as submission: what has to be set up before padata_start() cannot be meant; the port does as 4.18',
		recorded: [['do-parallel-checks', 'submit * => *-EINVAL*'], ['flags-oracle',
			'submit 1 0 sync => -EINVAL *', 'start => 0']],
	}),
	statement('7.2a', 'padata_start() returns zero with the flag set', [`
		alloc_possible => instance
		start => 0
		state => flags=INIT *
		start => 0
		state => flags=INIT *
		free => released
	`], { recorded: [['flags-oracle', 'start => 0', 'start => 0', 'state => flags=INIT *']] }),
	statement('7.2b', 'padata_start() returns -EINVAL if a cpumask has no active CPU', [`
		alloc_possible => instance
		set_cpumask par 0 => 0
		start => -EINVAL
		set_cpumask par f => 0
		set_cpumask ser 0 => 0
		start => -EINVAL
		free => released
	`, `
		alloc f 8 => instance
		cpu 3 0 => 0
		doc: start => -EINVAL
		4.18: start => 0
		submit 1 0 sync => -EINVAL ids=0
		submit 1 3 sync => -EINVAL ids=1
		free => released
	`], {
		v418: 'so after a change of masks; it returns 0 if the last CPU has gone offline',
		quirks: ['offline_divide_error'],
		recorded: [
			['start-invalid', 'set_cpumask par 0 => 0', 'start => -EINVAL'],
			['hotplug-only-serial-stop', 'state => * usable=7/0 *', 'start => 0'],
		],
	}),
	statement('7.2c', 'padata_start() leaves the flag alone when it returns -EINVAL', [`
		alloc_possible => instance
		set_cpumask par 0 => 0
		state => flags=INVALID *
		start => -EINVAL
		doc: state => flags=INVALID *
		4.18: state => flags=INIT|INVALID *
		submit 1 0 sync => -EINVAL ids=0
		free => released
	`], {
		v418: 'sets the flag all the same',
		quirks: ['start_when_invalid'],
		recorded: [['start-invalid', 'start => -EINVAL', 'state => flags=INIT|INVALID *']],
	}),
	statement('7.3a', 'padata_stop() clears the flag', [`
		alloc_possible => instance
		start => 0
		state => flags=INIT *
		stop => done
		state => flags=0 *
		stop => done
		state => flags=0 *
		free => released
	`], {
		recorded: [['flags-oracle', 'stop => done', 'state => flags=0 *', 'stop => done',
			'state => flags=0 *']],
	}),
	statement('7.3b', 'padata_stop() blocks until tasks that are queued or running are through', [`
		alloc_possible => instance
		start => 0
		submit 24 rr slow => ok=24 ids=0-23
		stop => done
		state => flags=0 * refcnt=0 *
		summary => * accepted=24 * done=24 *
		free => released
	`], { recorded: [['stop-queued', 'submit * slow => *', 'stop => done']] }),
	statement('7.3c',
		'padata_stop() blocks for tasks whose parallel() has returned and whose padata_do_serial() is to come',
		[`
		alloc_possible => instance
		start => 0
		submit 4 0 hold => ok=4 ids=0-3
		settle => refcnt=4 *
		doc: stop => blocked (4 held)
		4.18: KERNEL: kernel BUG *
		release 0 2 fwd => released=2
		submit 1 0 sync => -EINVAL ids=4
		! stop => done
		release 2 4 fwd => released=2
		settle => refcnt=0 *
		trace => objects=5
		| ...
		| serial cb=0: 0 1 2 3
		free => released
	`], {
			v418: 'crashes: BUG_ON(refcnt != 0)',
			quirks: ['stop_ignores_async'],
			recorded: [['crash/stop-held', 'submit 4 0 hold => *', 'KERNEL: kernel BUG*']],
		}),
] };
