// SPDX-License-Identifier: GPL-2.0-only
//
// The archive that a kernel unpacks as its first file system: cpio's "newc" form
// (Documentation/driver-api/early-userspace/buffer-format.rst).

export interface Entry {
	/** Without a leading slash. The directories above it are made. */
	readonly path: string;
	readonly data: Uint8Array;
	readonly executable?: boolean;
}

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;

function record(ino: number, path: string, mode: number, data: Uint8Array): Uint8Array[] {
	const name = Buffer.from(`${path}\0`);
	// ino, mode, uid, gid, nlink, mtime, size, device (2), special device (2), length of the name,
	// checksum.
	const fields = [ino, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
	const head = Buffer.concat([
		Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`),
		name,
	]);
	return [head, padding(head.length), data, padding(data.length)];
}

const padding = (length: number): Uint8Array => new Uint8Array(-length & 3);

export function cpio(entries: readonly Entry[]): Buffer {
	const parts: Uint8Array[] = [];
	const made = new Set<string>();
	let ino = 1;
	for (const { path, data, executable } of entries) {
		const folders = path.split('/').slice(0, -1).map((_, i, names) =>
			names.slice(0, i + 1).join('/')
		);
		for (const folder of folders.filter((name) => !made.has(name))) {
			made.add(folder);
			parts.push(...record(ino++, folder, S_IFDIR | 0o755, new Uint8Array()));
		}
		parts.push(...record(ino++, path, S_IFREG | (executable === true ? 0o755 : 0o644), data));
	}
	parts.push(...record(0, 'TRAILER!!!', 0, new Uint8Array()));
	return Buffer.concat(parts);
}
