// SPDX-License-Identifier: GPL-2.0-only
//
// One set-up at a time in a checkout. The lock is a listening socket with an abstract name: it
// cannot outlive its holder, however that ends, so there is no stale lock to recognise; and who
// waits learns of the end by the closing of its connection, without polling.
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { connect, createServer } from 'node:net';

import { root, say } from './common.mjs';

/** Run `fn` while no other process does so for this checkout. */
export async function exclusively(fn) {
	const name = `\0padata-set-up-${createHash('sha256').update(realpathSync(root)).digest('hex')}`;
	const waiters = new Set();
	const server = createServer((socket) => {
		waiters.add(socket);
		socket.on('error', () => {}).on('close', () => waiters.delete(socket));
	});
	for (let waited = false; !(await listen(server, name)); waited = true) {
		if (!waited)
			say('waiting for another set-up of this checkout');
		await until_closed(name);
	}
	try {
		return await fn();
	} finally {
		server.close();
		for (const socket of waiters)
			socket.destroy();
	}
}

// True: the lock is ours. Where such sockets are forbidden altogether, do without a lock.
function listen(server, name) {
	return new Promise((resolve) => {
		const answer = (err) => {
			server.off('error', answer).off('listening', answer);
			resolve(err?.code !== 'EADDRINUSE');
		};
		server.on('error', answer).on('listening', answer).listen(name);
	});
}

function until_closed(name) {
	return new Promise((resolve) => {
		connect(name).on('error', () => {}).on('close', resolve).resume();
	});
}
