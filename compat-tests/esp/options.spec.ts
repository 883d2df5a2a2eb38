// SPDX-License-Identifier: GPL-2.0-only
import { expect } from 'chai';
import { format_address, parse_address, parse_cb_cpu, parse_hex, parse_sa, parse_spi,
	parse_tunnel } from '../../lib/cli/esp/options.js';
import { OptionError, parse_cpu_list, parse_integer, parse_memory,
	parse_seconds } from '../../lib/cli/options.js';

describe('esp: option values', () => {
	it('hex', () => {
		expect(parse_hex('--salt', '00fFa1B2', 4)).to.deep.equal(
			Uint8Array.of(0, 0xff, 0xa1, 0xb2),
		);
		expect(parse_hex('--salt', '0x01020304', 4)).to.deep.equal(Uint8Array.of(1, 2, 3, 4));
		expect(() => parse_hex('--key', '0011', 16)).to.throw(OptionError,
			'--key: needs 32 hex digits, got 4');
		expect(() => parse_hex('--key', '', 16)).to.throw(OptionError,
			'--key: needs 32 hex digits, got 0');
		expect(() => parse_hex('--key', 'z'.repeat(32), 16)).to.throw(OptionError,
			'--key: is not made of hex digits');
	});

	it('keeps secrets out of its messages', () => {
		expect(() => parse_hex('--key', 'deadbeef', 16)).to.throw().with.property('message').that
			.does.not.include('deadbeef');
		expect(() => parse_hex('--key', 'deadbeefXX', 16)).to.throw().with.property('message').that
			.does.not.include('deadbeef');
	});

	it('numbers', () => {
		expect(parse_integer('--repeat', '12', 1, 100)).to.equal(12);
		expect(parse_integer('--repeat', '0x1F', 1, 100)).to.equal(31);
		for (const text of ['', 'x', '1.5', '-3', '1e3', ' 4', '0x'])
			expect(() => parse_integer('--repeat', text, 1, 100)).to.throw(OptionError,
				`--repeat: "${text}" is not a number`);
		expect(() => parse_integer('--repeat', '101', 1, 100)).to.throw(OptionError,
			'--repeat: 101 is not between 1 and 100');
	});

	it('MiB of memory, and no more than can be', () => {
		expect(parse_memory('8')).to.equal(8 << 20);
		expect(parse_memory('2047')).to.equal(2047 * 2 ** 20);
		for (const text of ['4104', '7', '2048', '-1', '1e3', '0x', '', '64 ', 'NaN', 'Infinity',
			'9'.repeat(30)])
			expect(() => parse_memory(text)).to.throw(OptionError,
				new RegExp(`^--memory: "?${text}"? is not .* 8 (?:to|and) 2047$`));
	});

	it('seconds', () => {
		expect(parse_seconds('--timeout', '0.25', 100)).to.equal(0.25);
		for (const text of ['0', '0.0', '101', '1e1', '0x10', '-1', '.5', '5.', ' 5', '', 'NaN',
			'Infinity'])
			expect(() => parse_seconds('--timeout', text, 100)).to.throw(OptionError,
				`--timeout: "${text}" is not a number of seconds above 0, up to 100`);
	});

	it('SPIs', () => {
		expect(parse_spi('--spi', '256')).to.equal(256);
		expect(parse_spi('--spi', '0xffffffff')).to.equal(0xffffffff);
		for (const text of ['0', '1', '255'])
			expect(() => parse_spi('--spi', text)).to.throw(OptionError,
				`--spi: ${text} is reserved`);
		expect(() => parse_spi('--spi', '0x100000000')).to.throw(OptionError,
			'is not between 0 and 4294967295');
	});

	it('addresses', () => {
		const there: [string, string][] = [
			['192.0.2.1', '192.0.2.1'],
			['::', '0:0:0:0:0:0:0:0'],
			['::1', '0:0:0:0:0:0:0:1'],
			['2001:db8::', '2001:db8:0:0:0:0:0:0'],
			['2001:DB8::5:0:ff', '2001:db8:0:0:0:5:0:ff'],
			['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
			['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
			['::ffff:192.0.2.128', '0:0:0:0:0:ffff:c000:280'],
			['64:ff9b::10.1.2.3', '64:ff9b:0:0:0:0:a01:203'],
		];
		for (const [text, full] of there)
			expect(format_address(parse_address('--tunnel', text)), text).to.equal(full);
		for (const text of ['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '::g', '1::2::3', 'fe80::1%lo',
			'localhost', '1.2.3.4/8'])
			expect(() => parse_address('--tunnel', text)).to.throw(OptionError,
				`--tunnel: "${text}" is not an IPv4 or IPv6 address`);
	});

	it('tunnels', () => {
		expect(parse_tunnel('--tunnel', '10.0.0.1, 10.0.0.2'))
			.to.deep.equal({ src: Uint8Array.of(10, 0, 0, 1), dst: Uint8Array.of(10, 0, 0, 2) });
		expect(parse_tunnel('--tunnel', '::1,::2').dst).to.have.length(16);
		expect(() => parse_tunnel('--tunnel', '10.0.0.1')).to.throw(OptionError,
			'"10.0.0.1" is not of the form SRC,DST');
		expect(() => parse_tunnel('--tunnel', '1.1.1.1,2.2.2.2,3.3.3.3')).to.throw(OptionError,
			'is not of the form SRC,DST');
		expect(() => parse_tunnel('--tunnel', '10.0.0.1,::1')).to.throw(OptionError,
			'different families');
		expect(() => parse_tunnel('--tunnel', '10.0.0.1,x')).to.throw(OptionError,
			'--tunnel: "x" is not an IPv4 or IPv6 address');
	});

	it('lists of CPUs', () => {
		expect(parse_cpu_list('--cpus', '0-1,3', 7)).to.deep.equal([0, 1, 3]);
		expect(parse_cpu_list('--cpus', '3, 1-2,2', 7)).to.deep.equal([1, 2, 3]);
		expect(parse_cpu_list('--cpus', '5-5', 7)).to.deep.equal([5]);
		for (const text of ['', 'a', '1,', '1--2', '-1', '1-', '0x1'])
			expect(() => parse_cpu_list('--cpus', text, 7)).to.throw(OptionError,
				`--cpus: "${text}" is not a list of CPUs`);
		expect(() => parse_cpu_list('--cpus', '3-1', 7)).to.throw(OptionError,
			'--cpus: the range 3-1 ends before it begins');
		expect(() => parse_cpu_list('--cpus', '0-8', 7)).to.throw(OptionError,
			'--cpus: there is no CPU 8, the highest is 7');
	});

	it('the callback CPU', () => {
		expect(parse_cb_cpu('--cb-cpu', 'rr', 3)).to.equal('rr');
		expect(parse_cb_cpu('--cb-cpu', '3', 3)).to.equal(3);
		expect(() => parse_cb_cpu('--cb-cpu', '4', 3)).to.throw(OptionError,
			'--cb-cpu: there is no CPU 4, the highest is 3');
		for (const text of ['', 'any', '-1', '1.5'])
			expect(() => parse_cb_cpu('--cb-cpu', text, 3)).to.throw(OptionError,
				`--cb-cpu: "${text}" is neither a CPU's number nor rr`);
	});

	it('a security association, given in full', () => {
		const { ivHigh, ...rest } = parse_sa({ key: '00'.repeat(16), salt: '01020304',
			spi: '0x1001', tunnel: '::1,::2' });
		expect(ivHigh).to.be.within(0, 0xffffffff);
		expect(rest).to.deep.equal({
			key: new Uint8Array(16),
			salt: Uint8Array.of(1, 2, 3, 4),
			spi: 0x1001,
			src: parse_address('', '::1'),
			dst: parse_address('', '::2'),
		});
	});

	it('a security association, with a key of its own each time', () => {
		const [a, b] = [parse_sa({}), parse_sa({})];
		expect(a.key).to.have.length(16);
		expect(a.salt).to.have.length(4);
		expect(a.key).to.not.deep.equal(b.key);
		expect([a.spi, format_address(a.src), format_address(a.dst)]).to.deep.equal([4096,
			'192.0.2.1', '192.0.2.2']);
	});

	it('names the option of a security association', () => {
		expect(() => parse_sa({ key: '1' })).to.throw(OptionError).with.property('option', '--key');
		expect(() => parse_sa({ salt: '1' })).to.throw(OptionError).with.property('option',
			'--salt');
		expect(() => parse_sa({ spi: '7' })).to.throw(OptionError).with.property('option', '--spi');
		expect(() => parse_sa({ tunnel: 'x' })).to.throw(OptionError).with.property('option',
			'--tunnel');
	});
});
