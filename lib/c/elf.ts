// SPDX-License-Identifier: GPL-2.0-only
//
// What a shared object says of itself before it is loaded: which machine it is for, the libraries
// and symbols it needs, what it defines. The dynamic linker names one missing symbol at a time, and
// a file that is cut off kills the process that has it mapped (SIGBUS); so everything is looked at
// here first, and no number of the file is believed.
import { readFileSync, statSync } from 'node:fs';

/** A symbol that another object has to define. */
export interface ElfNeed {
	readonly name: string;
	/** "GLIBC_2.34"; null if any version will do. */
	readonly version: string | null;
	/** The object does without it. */
	readonly weak: boolean;
}

/** A symbol that others can use. */
export interface ElfSymbol {
	readonly name: string;
	/**
	 * Relative to where the object is loaded; of a thread-local variable, its place among those.
	 */
	readonly address: number;
	readonly size: number;
	readonly kind: 'function' | 'object' | 'tls' | 'other';
	readonly weak: boolean;
}

export interface ElfSection {
	/** Relative to where the object is loaded; 0 if it is not loaded. */
	readonly address: number;
	readonly offset: number;
	readonly size: number;
}

export interface SharedObject {
	readonly soname: string | null;
	/** The libraries it was linked with, by their sonames. */
	readonly needed: readonly string[];
	readonly undefined: readonly ElfNeed[];
	readonly defined: readonly ElfSymbol[];
	/** By name; empty if the file has no section headers. Of several with one name, the first. */
	readonly sections: ReadonlyMap<string, ElfSection>;
	/** null if the file has been stripped, or its table has no end. */
	readonly symbol_table: SymbolTable | null;
}

/**
 * All symbols, also those of functions that only the object itself can use, as they are in the
 * file.
 */
export interface SymbolTable {
	/** An array of Elf64_Sym. */
	readonly symbols: Uint8Array;
	/** What their st_name is an index into. */
	readonly names: Uint8Array;
}

/** The file is not one that can be loaded; the message begins with its name. */
export class ElfError extends Error {
	/** @param code ENOEXEC, or why it cannot be read: ENOENT, EACCES, ... */
	constructor(readonly file: string, why: string, readonly code = 'ENOEXEC') {
		super(`${file}: ${why}`);
		this.name = 'ElfError';
	}
}

/** e_machine, by Node's names of the two that the headers are for. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
const MACHINE_NAMES: Readonly<Record<number, string>> = {
	3: 'x86, 32 bits',
	8: 'MIPS',
	20: 'PowerPC',
	21: 'PowerPC, 64 bits',
	22: 's390',
	40: 'ARM, 32 bits',
	62: 'x86-64',
	183: 'AArch64',
	243: 'RISC-V',
	258: 'LoongArch',
};
const machine_name = (machine: number): string => MACHINE_NAMES[machine] ?? `machine ${machine}`;

const ET_REL = 1, ET_EXEC = 2, ET_DYN = 3, ET_CORE = 4;
const PT_LOAD = 1, PT_DYNAMIC = 2;
const DT_NULL = 0, DT_NEEDED = 1, DT_HASH = 4, DT_STRTAB = 5, DT_SYMTAB = 6, DT_STRSZ = 10,
	DT_SONAME = 14, DT_GNU_HASH = 0x6ffffef5, DT_VERSYM = 0x6ffffff0, DT_FLAGS_1 = 0x6ffffffb,
	DT_VERNEED = 0x6ffffffe, DT_VERNEEDNUM = 0x6fffffff;
const DF_1_PIE = 0x08000000;
const SHT_SYMTAB = 2, SHT_NOBITS = 8, SHT_DYNSYM = 11;
const SHN_UNDEF = 0, SHN_ABS = 0xfff1;
const STB_LOCAL = 0, STB_WEAK = 2;
const KINDS: Readonly<Record<number, ElfSymbol['kind']>> = { 1: 'object', 2: 'function', 6: 'tls',
	10: 'function' };

const EHDR_SIZE = 64, PHDR_SIZE = 56, SHDR_SIZE = 64, DYN_SIZE = 16, SYM_SIZE = 24;

const TAGS: ReadonlySet<number> = new Set([DT_HASH, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SONAME,
	DT_GNU_HASH, DT_VERSYM, DT_FLAGS_1, DT_VERNEED, DT_VERNEEDNUM]);

/** No name is longer; a damaged file may have any number of names without an end. */
const NAME_MAX = 4096;
/** An index of a version has 15 bits. */
const VERSIONS_MAX = 0x8000;

interface Segment {
	readonly type: number;
	readonly offset: number;
	readonly address: number;
	readonly size: number;
}
interface Header extends ElfSection {
	readonly type: number;
	readonly name: number;
	readonly link: number;
}

/** A file's bytes; whatever lies outside of them is an error. */
class ElfFile {
	readonly #view: DataView;

	constructor(readonly file: string, readonly bytes: Uint8Array) {
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	fail(why: string): never {
		throw new ElfError(this.file, why);
	}

	/** @returns `offset`, if `size` bytes are there */
	inside(offset: number, size: number, what: string): number {
		if (offset + size > this.bytes.length)
			this.fail(`${what} lies beyond the end of the file: it is damaged or cut off`);
		return offset;
	}

	u8(at: number, what: string): number {
		return this.#view.getUint8(this.inside(at, 1, what));
	}

	u16(at: number, what: string): number {
		return this.#view.getUint16(this.inside(at, 2, what), true);
	}

	u32(at: number, what: string): number {
		return this.#view.getUint32(this.inside(at, 4, what), true);
	}

	/** As a number: no address or size of a file that exists takes more than 53 bits. */
	u64(at: number, what: string): number {
		const value = this.#view.getBigUint64(this.inside(at, 8, what), true);
		if (value > 0xfffffffffffffn)
			this.fail(
				`${what} has an impossible address or size, 0x${value.toString(16)}: it is damaged`,
			);
		return Number(value);
	}

	/** The string at `at`, which ends before `end`. */
	string(at: number, end: number, what: string): string {
		const nul = at < end
			? this.bytes.subarray(at, Math.min(end, at + NAME_MAX)).indexOf(0)
			: -1;
		if (nul < 0)
			this.fail(
				`${what} has no end, or lies beyond that of its string table: the file is damaged`,
			);
		return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + at, nul).toString();
	}
}

function check_header(elf: ElfFile, arch: string): void {
	const { bytes } = elf;
	if (bytes.length < 4 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c
		|| bytes[3] !== 0x46)
		elf.fail('not an ELF file');
	if (elf.u8(4, 'the ELF header') !== 2)
		elf.fail('an ELF file of 32 bits, where 64 are needed');
	if (elf.u8(5, 'the ELF header') !== 1)
		elf.fail('an ELF file for a big-endian machine');
	elf.inside(0, EHDR_SIZE, 'the ELF header');
	const machine = elf.u16(18, 'the ELF header');
	const wanted = MACHINES[arch];
	if (wanted === undefined)
		elf.fail(`modules in C run on x86-64 and AArch64, and this Node.js is for ${arch}`);
	if (machine !== wanted)
		elf.fail(
			`built for ${machine_name(machine)}, where this Node.js is for ${machine_name(wanted)}`,
		);
	const type = elf.u16(16, 'the ELF header');
	if (type !== ET_DYN)
		elf.fail(`not a shared object but ${
			type === ET_REL
				? 'an object file: padata modules are linked, by "padata cc" or cc -shared'
				: type === ET_EXEC
				? 'an executable'
				: type === ET_CORE
				? 'a core dump'
				: `an ELF file of type ${type}`
		}`);
}

function read_segments(elf: ElfFile): Segment[] {
	const what = 'the table of program headers';
	const at = elf.u64(32, what);
	const count = elf.u16(56, what);
	if (count > 0 && elf.u16(54, what) !== PHDR_SIZE)
		elf.fail('its program headers have a wrong size');
	elf.inside(at, count * PHDR_SIZE, what);
	return Array.from({ length: count }, (_, i) => {
		const p = at + i * PHDR_SIZE;
		const segment = { type: elf.u32(p, what), offset: elf.u64(p + 8, what),
			address: elf.u64(p + 16, what), size: elf.u64(p + 32, what) };
		if (segment.type === PT_LOAD || segment.type === PT_DYNAMIC)
			elf.inside(segment.offset, segment.size, `segment ${i}`);
		return segment;
	});
}

function read_sections(elf: ElfFile): { headers: Header[]; sections: Map<string, ElfSection> } {
	const what = 'the table of sections';
	const at = elf.u64(40, what);
	const count = at === 0 ? 0 : elf.u16(60, what);
	const sections = new Map<string, ElfSection>();
	if (count > 0 && elf.u16(58, what) !== SHDR_SIZE)
		elf.fail('its section headers have a wrong size');
	elf.inside(at, count * SHDR_SIZE, what);
	const headers = Array.from({ length: count }, (_, i) => {
		const p = at + i * SHDR_SIZE;
		const header = {
			name: elf.u32(p, what),
			type: elf.u32(p + 4, what),
			address: elf.u64(p + 16, what),
			offset: elf.u64(p + 24, what),
			size: elf.u64(p + 32, what),
			link: elf.u32(p + 40, what),
		};
		if (header.type !== SHT_NOBITS)
			elf.inside(header.offset, header.size, `section ${i}`);
		return header;
	});
	const names = headers[elf.u16(62, what)];
	// The first section is none.
	if (names !== undefined) {
		for (const { name, address, offset, size } of headers.slice(1)) {
			const text = elf.string(names.offset + name, names.offset + names.size,
				'the name of a section');
			if (!sections.has(text))
				sections.set(text, { address, offset, size });
		}
	}
	return { headers, sections };
}

/** The table that the dynamic linker does not need. */
function read_symbol_table(elf: ElfFile, headers: readonly Header[]): SymbolTable | null {
	const table = headers.find(({ type, link }) => type === SHT_SYMTAB && link < headers.length);
	if (table === undefined)
		return null;
	const [symbols, names] = [table, headers[table.link]].map(({ offset, size }) =>
		elf.bytes.subarray(offset, offset + size)
	);
	return names.at(-1) === 0 ? { symbols, names } : null;
}

/** The part of the file that the dynamic linker reads. */
class Dynamic {
	readonly #values = new Map<number, number>();
	readonly #needed: number[] = [];
	readonly #strings: number;
	readonly #strings_end: number;

	constructor(readonly elf: ElfFile, readonly segments: readonly Segment[]) {
		const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)
			?? elf.fail('it has no dynamic section, so it cannot be loaded');
		const what = 'the dynamic section';
		for (let at = dynamic.offset; at + DYN_SIZE <= dynamic.offset + dynamic.size;
			at += DYN_SIZE)
		{
			const tag = elf.u64(at, what);
			if (tag === DT_NULL)
				break;
			if (tag === DT_NEEDED)
				this.#needed.push(elf.u64(at + 8, what));
			else if (!this.#values.has(tag) && TAGS.has(tag))
				this.#values.set(tag, elf.u64(at + 8, what));
		}
		if (((this.#values.get(DT_FLAGS_1) ?? 0) & DF_1_PIE) !== 0)
			elf.fail('not a shared object but an executable');
		const size = this.#values.get(DT_STRSZ) ?? 0;
		this.#strings = this.#table(DT_STRTAB, size, 'the string table')
			?? elf.fail('it has no dynamic string table');
		this.#strings_end = this.#strings + size;
	}

	/** Where in the file `size` bytes at an address are. */
	#offset(address: number, size: number, what: string): number {
		const segment = this.segments.find((s) =>
			s.type === PT_LOAD && address >= s.address && address + size <= s.address + s.size
		);
		return segment === undefined
			? this.elf.fail(`${what} lies in no segment: the file is damaged`)
			: address - segment.address + segment.offset;
	}

	/** Where the table of a tag begins. */
	#table(tag: number, size: number, what: string): number | null {
		const address = this.#values.get(tag);
		return address === undefined ? null : this.#offset(address, size, what);
	}

	/** A string of the dynamic string table. */
	#string(name: number, what: string): string {
		return this.elf.string(this.#strings + name, this.#strings_end, what);
	}

	soname(): string | null {
		const name = this.#values.get(DT_SONAME);
		return name === undefined ? null : this.#string(name, 'its soname');
	}

	needed(): string[] {
		return this.#needed.map((name) => this.#string(name, 'the name of a library'));
	}

	/** How many symbols there are. The table does not say it itself. */
	#count(headers: readonly Header[]): number {
		const { elf } = this;
		const header = headers.find(({ type, address }) =>
			type === SHT_DYNSYM && address === this.#values.get(DT_SYMTAB)
		);
		if (header !== undefined)
			return Math.floor(header.size / SYM_SIZE);
		const what = 'the hash table of symbols';
		const hash = this.#table(DT_HASH, 8, what);
		if (hash !== null)
			return elf.u32(hash + 4, what);
		const gnu = this.#table(DT_GNU_HASH, 16, what)
			?? elf.fail('it has no hash table of symbols');
		const [buckets, first, bloom] = [0, 4, 8].map((at) => elf.u32(gnu + at, what));
		const bucket = gnu + 16 + 8 * bloom;
		const chain = bucket + 4 * buckets;
		elf.inside(bucket, 4 * buckets, what);
		let last = 0;
		for (let i = 0; i < buckets; i++)
			last = Math.max(last, elf.u32(bucket + 4 * i, what));
		// Without any defined symbol it does not tell; and then this is no module.
		if (last < first)
			return first;
		while ((elf.u32(chain + 4 * (last - first), what) & 1) === 0)
			last++;
		return last + 1;
	}

	/** The versions of other libraries' symbols by their index. */
	#versions(): Map<number, string> {
		const { elf } = this;
		const what = 'the table of versions';
		const versions = new Map<number, string>();
		let at = this.#table(DT_VERNEED, 16, what);
		let entries = 0;
		// Each library has a list of versions. A step of 0 ends a list, whatever it was said to
		// count.
		for (let libraries = this.#values.get(DT_VERNEEDNUM) ?? 0, next = 1;
			at !== null && libraries > 0 && next > 0; libraries--, at += next)
		{
			next = elf.u32(at + 12, what);
			let aux = at + elf.u32(at + 8, what);
			for (let count = elf.u16(at + 2, what), step = 1; count > 0 && step > 0;
				count--, aux += step)
			{
				if (++entries > VERSIONS_MAX)
					elf.fail(`${what} has no end: the file is damaged`);
				step = elf.u32(aux + 12, what);
				versions.set(elf.u16(aux + 6, what) & 0x7fff,
					this.#string(elf.u32(aux + 8, what), 'the name of a version'));
			}
		}
		return versions;
	}

	symbols(headers: readonly Header[]): Pick<SharedObject, 'undefined' | 'defined'> {
		const { elf } = this;
		const what = 'the table of symbols';
		const count = this.#count(headers);
		const table = this.#table(DT_SYMTAB, count * SYM_SIZE, what)
			?? elf.fail('it has no dynamic symbols');
		const versym = this.#table(DT_VERSYM, count * 2, 'the table of versions');
		const versions = this.#versions();
		const needs: ElfNeed[] = [];
		const defined: ElfSymbol[] = [];
		// The first symbol is none.
		for (let i = 1; i < count; i++) {
			const at = table + i * SYM_SIZE;
			const info = elf.u8(at + 4, what);
			const section = elf.u16(at + 6, what);
			if (info >> 4 === STB_LOCAL || section === SHN_ABS)
				continue;
			const name = this.#string(elf.u32(at, what), 'the name of a symbol');
			const weak = info >> 4 === STB_WEAK;
			if (section === SHN_UNDEF) {
				const version = versym === null ? 0 : elf.u16(versym + 2 * i, what) & 0x7fff;
				needs.push({ name, version: versions.get(version) ?? null, weak });
			} else
				defined.push({ name, address: elf.u64(at + 8, what), size: elf.u64(at + 16, what),
					kind: KINDS[info & 15] ?? 'other', weak });
		}
		return { undefined: needs, defined };
	}
}

/**
 * @param file its name, for messages
 * @param arch the machine it must be for, by Node's name
 * @throws ElfError
 */
export function parse_elf(bytes: Uint8Array, file: string,
	arch: string = process.arch): SharedObject
{
	const elf = new ElfFile(file, bytes);
	check_header(elf, arch);
	const segments = read_segments(elf);
	const { headers, sections } = read_sections(elf);
	const dynamic = new Dynamic(elf, segments);
	return { soname: dynamic.soname(), needed: dynamic.needed(), ...dynamic.symbols(headers),
		sections, symbol_table: read_symbol_table(elf, headers) };
}

/** @throws ElfError, also if the file cannot be read */
export function read_elf(file: string): SharedObject {
	let bytes: Uint8Array;
	try {
		// To open a pipe would wait for its other end.
		if (!statSync(file).isFile())
			throw new ElfError(file, 'not a regular file');
		bytes = readFileSync(file);
	} catch (error) {
		if (error instanceof ElfError)
			throw error;
		const { code, message } = error as NodeJS.ErrnoException;
		throw new ElfError(file, message.replace(/^[A-Z0-9_]+: /, '').replace(/, \w+( '.*)?$/s, ''),
			code);
	}
	return parse_elf(bytes, file);
}
