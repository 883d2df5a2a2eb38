// SPDX-License-Identifier: GPL-2.0-only
//
// examples/c as their README says: built by make, run by `padata insmod`. blocksum's sums are those
// of node:crypto, and esp.so writes what `padata esp` writes, byte for byte.
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Workshop } from '../support/c.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const command = join(root, 'dist/bundle/cli/padata.js');

/**
 * OpenSSL's headers: the system's, or those that come with Node.js, which has the functions too.
 */
const node_headers = join(dirname(dirname(process.execPath)), 'include/node');
const openssl = existsSync('/usr/include/openssl/evp.h')
	? { flags: '', libs: '-lcrypto' }
	: { flags: `-I${node_headers}`, libs: '' };

describe('c: the examples', function() {
	this.timeout(60_000);
	const workshop = new Workshop();
	const examples = join(workshop.folder, 'c');

	/** @returns what it prints */
	function run(file: string, ...args: string[]): string {
		const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8',
			timeout: 50_000 });
		expect({ file, args, status, stderr: status === 0 ? '' : stderr }).to.deep.equal({ file,
			args, status: 0, stderr: '' });
		return stdout;
	}
	const padata = (...args: string[]): string => run(process.execPath, command, ...args);

	before(() => {
		cpSync(join(root, 'examples/c'), examples, { recursive: true,
			filter: (path) => !/\.(?:so|o)$/.test(path) });
		const kernel_flags = padata('--cflags').trim();
		// driver.so is built and tested by driver.spec.ts.
		run('make', '-C', examples, 'blocksum.so', 'esp.so', `PADATA_CFLAGS=${kernel_flags}`,
			`OPENSSL_CFLAGS=${openssl.flags}`, `OPENSSL_LIBS=${openssl.libs}`);
	});
	after(() => workshop.remove());

	it('blocksum: the sum of each block, in the order of the file', () => {
		const file = join(root, 'package-lock.json');
		const content = readFileSync(file);
		const expected: string[] = [];
		for (let at = 0; at < content.length; at += 1000)
			expected.push(
				`blocksum: ${expected.length} ${
					createHash('sha256').update(content.subarray(at, at + 1000)).digest('hex')
				}`,
			);
		const log = padata('insmod', '--nr-cpus', '4', join(examples, 'blocksum.so'),
			`file=${file}`, 'block_size=1000');
		expect(
			log.split('\n').map((line) => line.replace(/^\[[^\]]*\] /, '')).filter((line) =>
				/^blocksum: \d+ [0-9a-f]{64}$/.test(line)
			),
		).to.deep.equal(expected);
	});

	it('the client of the README', () => {
		const readme = readFileSync(join(root, 'README.md'), 'utf8');
		const code = readme.slice(readme.indexOf('## In C')).split('\n').filter((line) =>
			line.startsWith('\t') && !line.startsWith('\tnpx')
		).map((line) => line.slice(1));
		const end = code.indexOf('module_exit(squares_exit);');
		const file = workshop.write('squares.c', `${code.slice(0, end + 1).join('\n')}\n`);
		padata('cc', file, '-o', join(workshop.folder, 'squares.so'));
		const log = padata('insmod', '--nr-cpus', '4', join(workshop.folder, 'squares.so'));
		expect(
			log.split('\n').map((line) => line.replace(/^\[[^\]]*\] /, '')).filter((line) =>
				/^\d+$/.test(line)
			),
		)
			.to.deep.equal(Array.from({ length: 10 }, (_, i) => String(i * i)));
	});

	for (const [what, options, params] of [
		['one pass', [], []],
		['an IPv6 tunnel, three passes, another spi', ['--tunnel', '2001:db8::1,2001:db8::2',
			'--repeat', '3', '--spi', '777'], ['tunnel=2001:db8::1,2001:db8::2', 'repeat=3',
			'spi=777']],
	] as const)
		it(`esp: the file of \`padata esp\`, ${what}`, () => {
			const capture = join(root, 'examples/loopback.pcapng');
			const [from_js, from_c] = [join(workshop.folder, 'js.pcap'),
				join(workshop.folder, 'c.pcap')];
			const [key, salt] = ['000102030405060708090a0b0c0d0e0f', 'a0b0c0d0'];
			padata('esp', capture, from_js, '--key', key, '--salt', salt, ...options);
			const written = readFileSync(from_js);
			// Behind the file's header, the record's, the outer IP's and ESP's.
			const iv = 24 + 16 + (params.length === 0 ? 20 : 40) + 8;
			padata('insmod', join(examples, 'esp.so'), `input=${capture}`, `output=${from_c}`,
				`key=${key}`, `salt=${salt}`, `iv_high=0x${written.toString('hex', iv, iv + 4)}`,
				...params);
			expect(written.length).to.be.greaterThan(100_000);
			expect(readFileSync(from_c).equals(written)).to.equal(true);
		});
});
