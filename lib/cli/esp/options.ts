// SPDX-License-Identifier: GPL-2.0-only
//
// The values of `padata esp`'s options, from text.
import { randomBytes } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { OptionError, parse_integer } from '../options.js';
import { KEY_BYTES, SALT_BYTES, SPI_MAX, SPI_MIN, type SaConfig } from './esp.js';

/** Exactly `bytes` bytes in hex digits; a leading 0x is allowed. */
export function parse_hex(option: string, text: string, bytes: number): Uint8Array {
	const digits = text.replace(/^0x/i, '');
	// The text is not repeated in the messages: keys do not belong on a terminal or in a log.
	if (!/^[0-9a-f]*$/i.test(digits))
		throw new OptionError(option, 'is not made of hex digits');
	if (digits.length !== 2 * bytes)
		throw new OptionError(option, `needs ${2 * bytes} hex digits, got ${digits.length}`);
	return Uint8Array.from(Buffer.from(digits, 'hex'));
}

/** A security parameters index; 1 to 255 are reserved by RFC 4303, 0 is for local use. */
export function parse_spi(option: string, text: string): number {
	const spi = parse_integer(option, text, 0, SPI_MAX);
	if (spi < SPI_MIN)
		throw new OptionError(option, `${text} is reserved (RFC 4303), take ${SPI_MIN} or more`);
	return spi;
}

/** The bytes of an address, 4 or 16. Zones (`%eth0`) are refused. */
export function parse_address(option: string, text: string): Uint8Array {
	if (isIPv4(text))
		return Uint8Array.from(text.split('.'), Number);
	if (!isIPv6(text) || text.includes('%'))
		throw new OptionError(option, `"${text}" is not an IPv4 or IPv6 address`);
	// A dotted quad may stand for the last two groups.
	const groups = text.replace(/[\d.]+$/, (quad) => {
		if (!quad.includes('.'))
			return quad;
		const [a, b, c, d] = quad.split('.').map(Number);
		return `${(a << 8 | b).toString(16)}:${(c << 8 | d).toString(16)}`;
	});
	const [head, tail] = groups.split('::').map((half) => half === '' ? [] : half.split(':'));
	const zeros = tail ? Array<string>(8 - head.length - tail.length).fill('0') : [];
	const words = [...head, ...zeros, ...tail ?? []].map((group) => parseInt(group, 16));
	return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/** An address's text, of IPv6 in full length. */
export function format_address(address: Uint8Array): string {
	if (address.length === 4)
		return address.join('.');
	return Buffer.from(address).toString('hex').match(/.{4}/g)!.map((group) =>
		parseInt(group, 16).toString(16)
	).join(':');
}

/** Both ends of a tunnel, `SRC,DST`, of one family. */
export function parse_tunnel(option: string, text: string): { src: Uint8Array; dst: Uint8Array } {
	const ends = text.split(',');
	if (ends.length !== 2)
		throw new OptionError(option, `"${text}" is not of the form SRC,DST`);
	const [src, dst] = ends.map((end) => parse_address(option, end.trim()));
	if (src.length !== dst.length)
		throw new OptionError(option,
			'SRC and DST are of different families, one IPv4 and one IPv6');
	return { src, dst };
}

/** The CPU that delivers results: a number up to `max`, or `rr` for all in turn. */
export function parse_cb_cpu(option: string, text: string, max: number): number | 'rr' {
	if (text === 'rr')
		return 'rr';
	if (!/^\d+$/.test(text))
		throw new OptionError(option, `"${text}" is neither a CPU's number nor rr`);
	const cpu = Number(text);
	if (cpu > max)
		throw new OptionError(option, `there is no CPU ${text}, the highest is ${max}`);
	return cpu;
}

/** The options that describe the security association, as given; each may be left out. */
export interface SaOptions {
	key?: string | undefined;
	salt?: string | undefined;
	spi?: string | undefined;
	tunnel?: string | undefined;
}

/**
 * The security association that the options ask for. A key or salt that is not given is drawn at
 * random; the SPI is 4096 and the tunnel between documentation addresses (RFC 5737) by default.
 *
 * The upper half of the IVs is drawn at random as well, so that a key given in two runs does not
 * meet the same IVs.
 */
export function parse_sa(options: SaOptions): Required<SaConfig> {
	const { key, salt, spi = '4096', tunnel = '192.0.2.1,192.0.2.2' } = options;
	return {
		key: key === undefined
			? new Uint8Array(randomBytes(KEY_BYTES))
			: parse_hex('--key', key, KEY_BYTES),
		salt: salt === undefined
			? new Uint8Array(randomBytes(SALT_BYTES))
			: parse_hex('--salt', salt, SALT_BYTES),
		spi: parse_spi('--spi', spi),
		...parse_tunnel('--tunnel', tunnel),
		ivHigh: randomBytes(4).readUInt32BE(),
	};
}
