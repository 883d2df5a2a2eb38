// SPDX-License-Identifier: GPL-2.0-only
//
// The traffic of the example capture, servers and clients in one process, over 127.0.0.1 and ::1:
// HTTP, TLS, DNS, ping. record.sh runs it in a network namespace of its own, where the DNS port is
// free and nothing else talks.
//
// Usage: node traffic.mjs CERTIFICATE KEY
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const [certFile, keyFile] = process.argv.slice(2);
const cert = readFileSync(certFile);
const key = readFileSync(keyFile);
const hosts = ['127.0.0.1', '::1'];

/** The same numbers in every recording: a linear congruential generator. */
let state = 4106;
function random(below) {
	state = (Math.imul(state, 1103515245) + 12345) >>> 0;
	return (state >>> 8) % below;
}

/** Text of a given length, not the same all over. */
function text(length) {
	let s = '';
	while (s.length < length)
		s += `${s.length} jobs submitted, ${random(1000)} in flight, all delivered in order\n`;
	return s.slice(0, length);
}

/** GET /N answers with N bytes, POST tells how many bytes it got. */
function answer(request, response) {
	if (request.method === 'GET') {
		response.setHeader('Content-Type', 'text/plain');
		response.end(text(Number(request.url.slice(1))));
		return;
	}
	let got = 0;
	request.on('data', (chunk) => got += chunk.length);
	request.on('end', () => response.end(JSON.stringify({ got })));
}

async function web(module, port, serverOptions, clientOptions) {
	const agent = new module.Agent({ keepAlive: true, maxSockets: 2, ...clientOptions });
	async function fetch(host, method, path, body) {
		const request = module.request({ host, port, method, path, agent,
			servername: 'localhost' });
		request.end(body);
		const [response] = await once(request, 'response');
		response.resume();
		await once(response, 'end');
	}
	for (const host of hosts) {
		const server = module.createServer(serverOptions, answer).listen(port, host);
		await once(server, 'listening');
		for (let i = 0; i < 70; i++) {
			// Mostly short answers, a few long ones, as on the web.
			const size = i % 10 === 9 ? 8000 + random(12000) : random(1400);
			await Promise.all([fetch(host, 'GET', `/${size}`),
				fetch(host, 'GET', `/${random(300)}`)]);
			if (i % 4 === 0)
				await fetch(host, 'POST', '/form', text(random(3000)));
		}
		agent.destroy();
		server.close();
		await once(server, 'close');
	}
}

/** A DNS responder for any name: A, AAAA and TXT records made up from the name's length. */
function dnsReply(query) {
	let end = 12;
	while (query[end] !== 0)
		end += query[end] + 1;
	const type = query.readUInt16BE(end + 1);
	const question = query.subarray(12, end + 5);
	const data = {
		1: Buffer.from([192, 0, 2, question.length]),
		28: Buffer.from([0x20, 0x01, 0x0d, 0xb8, ...Array(11).fill(0), question.length]),
		16: Buffer.concat([Buffer.from([200]), Buffer.from(text(200))]),
	}[type];
	const head = Buffer.alloc(12);
	query.copy(head, 0, 0, 2);
	head.writeUInt16BE(0x8580, 2); // an authoritative answer, no error
	head.writeUInt16BE(1, 4);
	head.writeUInt16BE(data ? 1 : 0, 6);
	if (!data)
		return Buffer.concat([head, question]);
	const record = Buffer.alloc(12);
	record.writeUInt16BE(0xc00c, 0); // the name of the question
	record.writeUInt16BE(type, 2);
	record.writeUInt16BE(1, 4);
	record.writeUInt32BE(300, 6);
	record.writeUInt16BE(data.length, 10);
	return Buffer.concat([head, question, record, data]);
}

async function dns() {
	for (const host of hosts) {
		const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
		socket.on('message', (query, from) =>
			socket.send(dnsReply(query), from.port, from.address));
		socket.bind(53, host);
		await once(socket, 'listening');
		const resolver = new Resolver();
		resolver.setServers([host]);
		for (let i = 0; i < 120; i++) {
			const name = `host${i}.${'sub.'.repeat(random(6))}example.org`;
			await Promise.all([resolver.resolve4(name), resolver.resolve6(name)]);
			if (i % 4 === 0)
				await resolver.resolveTxt(name);
		}
		socket.close();
	}
}

function ping() {
	for (const host of hosts) {
		// From the shortest that carries a time stamp to one that goes in fragments.
		for (const size of [16, 56, 500, 1200, 1472, 4000])
			execFileSync('ping', ['-q', '-c', '10', '-i', '0.01', '-s', String(size), host]);
	}
}

await web(http, 80, {}, {});
await web(https, 443, { key, cert }, { ca: cert });
await dns();
ping();
