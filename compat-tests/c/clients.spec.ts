// SPDX-License-Identifier: GPL-2.0-only
//
// Clients as strangers write them against a 4.x kernel (clients/), unedited, one after the other on
// one machine: each compiles, and the log has what the comment at its head says, in this order,
// when it has said that it is finished and has been unloaded. Nothing is left behind. Clients that
// take a machine of their own: clients.long.spec.ts.
import { expect } from 'chai';
import { source, Workshop } from '../support/c.js';
import { ClientMachine, expect_lines, told } from './client-machine.js';

describe("c: strangers' clients", () => {
	const workshop = new Workshop();
	const c = new ClientMachine(workshop);
	after(() => workshop.remove());

	describe('one after the other on one machine', () => {
		before(() => c.boot());
		after(() => c.m.shutdown());

		for (const client of ['kthread', 'init-wait', 'errors', 'from-timer', 'from-work',
			'pipeline', 'primes', 'rcu-config', 'slab-percpu', 'waitqueue', 'crypt-like', 'tasklet',
			'locks', 'containers', 'pools', 'race-locked'])
			it(`${client}.c`, async () => {
				const { lines, reports } = await c.run(client);
				expect_lines(lines, client === 'race-locked'
					? ['race_locked: 2000 jobs, counted 2000']
					: told(client));
				if (client !== 'errors')
					expect(reports).to.deep.equal([]);
			});
	});

	describe('sleeping where it is not allowed', () => {
		before(() => c.boot({ nr_cpus: 4, debug: true }));
		after(() => c.m.shutdown());

		for (const [how, what] of ['msleep', 'mutex_lock', 'kmalloc', 'wait_for_completion',
			'synchronize_rcu', 'flush_work', '', 'schedul'].entries())
			it(`sleeps.c, how=${how}: ${what} in parallel() is reported, and the job goes on`, async () => {
				const { lines, reports } = await c.run('sleeps', { how });
				expect_lines(lines, [`sleeps: how ${how}: back`]);
				expect(reports).to.not.be.empty;
				expect(reports[0].text).to.match(
					/sleeping function called from invalid context|scheduling while atomic/,
				).and.include(what);
			});
	});

	// pcrypt.c itself is the kernel's, and not here.
	it("stubs/: what the kernel's pcrypt.c finds around it compiles", () => {
		workshop.compile(source('stubs/crypto.c'), { flags: [`-I${source('stubs')}`] });
	});
});
