// SPDX-License-Identifier: GPL-2.0-only
//
// tshark as the receiving end of a tunnel: what a program that we have not written makes of our
// packets.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format_address } from '../../lib/cli/esp/options.js';
import type { SaConfig } from '../../lib/cli/esp/esp.js';

/** More than the hex text of any capture in the tests. */
const OUTPUT_MAX = 1 << 30;

/** What tshark is to take apart; it prints nothing else. */
const dissected: readonly string[] = ['frame', 'raw', 'ip', 'ipv6', 'esp', 'data'];

/**
 * Run tshark with no configuration of the user's, but for the protocols that it is to leave alone.
 */
function tshark(args: string[],
	disabled: string[] = []): { status: number | null; stdout: string; stderr: string }
{
	const config = mkdtempSync(join(tmpdir(), 'padata-tshark-'));
	try {
		writeFileSync(join(config, 'disabled_protos'), disabled.map((name) =>
			`${name}\n`
		).join(''));
		const { error, status, stdout, stderr } = spawnSync('tshark', args, {
			encoding: 'utf8',
			env: { ...process.env, WIRESHARK_CONFIG_DIR: config },
			maxBuffer: OUTPUT_MAX,
		});
		if (error)
			throw error;
		return { status, stdout, stderr };
	} finally {
		rmSync(config, { recursive: true });
	}
}

export function tshark_available(): boolean {
	try {
		return tshark(['--version']).status === 0;
	} catch (e) {
		if ((e as NodeJS.ErrnoException).code === 'ENOENT')
			return false;
		throw e;
	}
}

/**
 * All protocols but the needed ones. What is in the inner packets does not matter, and must not: a
 * dissector that trips over a strange packet would leave its ICV unchecked, and one that
 * reassembles would hold packets back.
 */
function unneeded_protocols(): string[] {
	return tshark(['-G', 'protocols']).stdout.split('\n')
		.map((line) => line.split('\t')[2])
		.filter((name) => name !== undefined && !dissected.includes(name));
}

/** The association as a row of tshark's table of them. */
function sa_row(sa: SaConfig): string {
	const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`;
	const row = [
		sa.src.length === 4 ? 'IPv4' : 'IPv6',
		format_address(sa.src),
		format_address(sa.dst),
		`0x${sa.spi.toString(16).padStart(8, '0')}`,
		'AES-GCM with 16 octet ICV [RFC4106]',
		hex(Buffer.concat([sa.key, sa.salt])),
		'NULL',
		'',
	];
	return row.map((cell) => `"${cell}"`).join(',');
}

/**
 * Let tshark decrypt a capture of one ESP tunnel.
 * @returns the bytes of every inner packet, in the order of the file
 * @throws Error when tshark could not open a packet, or found its ICV or its sequence number wrong
 */
export function decrypt_with_tshark(pcap_path: string, sa: SaConfig): Uint8Array[] {
	const { status, stdout, stderr } = tshark([
		'-n',
		'-r',
		pcap_path,
		'-o',
		'ip.defragment:FALSE',
		'-o',
		'ipv6.defragment:FALSE',
		'-o',
		'esp.enable_encryption_decode:TRUE',
		'-o',
		'esp.enable_authentication_check:TRUE',
		'-o',
		'esp.do_esp_sequence_analysis:TRUE',
		'-o',
		`uat:esp_sa:${sa_row(sa)}`,
		// Of a packet that holds ESP itself, the outermost.
		'-T',
		'fields',
		'-E',
		'occurrence=f',
		'-E',
		'separator=,',
		'-e',
		'frame.number',
		'-e',
		'esp.icv_good',
		'-e',
		'esp.sequence-analysis.expected-sn',
		'-e',
		'esp.contained_data',
	], unneeded_protocols());
	if (status !== 0)
		throw new Error(`tshark failed (${status}): ${stderr.slice(0, 1000)}`);
	return stdout.split('\n').filter((line) => line !== '').map((line) => {
		const [number, good, expected, inner] = line.split(',');
		if (!/^(1|true)$/i.test(good) || expected !== '' || inner === '')
			throw new Error(`tshark does not accept packet ${number}: ICV good "${good}", `
				+ `expected sequence "${expected}", ${inner.length / 2} bytes inside`);
		return Uint8Array.from(Buffer.from(inner, 'hex'));
	});
}
