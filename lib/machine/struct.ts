// SPDX-License-Identifier: GPL-2.0-only
//
// Struct layout by the C rules of LP64 Linux (x86-64, arm64): natural alignment, pointers of 8
// bytes, nested structs, arrays, and ____cacheline_aligned members. `struct("name",
// {...}).offset.member` is what offsetof() gives in C.
//
// A file that uses a struct on a hot path binds `const priv = padata_priv.offset` once: V8 folds a
// load from a frozen object in a module-level constant to the number (measured: as fast as the
// literal; an imported binding costs 1.6x).

/**
 * Lines of different writers are kept this far apart: two lines, since the hardware fetches them in
 * pairs.
 */
export const CACHELINE = 128;

export interface CType {
	readonly name: string;
	readonly size: number;
	readonly align: number;
}

export interface StructType<F extends Record<string, CType> = Record<string, CType>> extends CType {
	readonly fields: Readonly<F>;
	readonly offset: Readonly<Record<keyof F, number>>;
}

const scalar = (name: string, size: number): CType => Object.freeze({ name, size, align: size });

export const u8: CType = scalar('u8', 1);
export const u16: CType = scalar('u16', 2);
export const int: CType = scalar('int', 4);
export const unsigned_int: CType = scalar('unsigned int', 4);
export const long: CType = scalar('long', 8);
/** A data pointer. The low word is an address in the shared memory, the high word is 0. */
export const ptr: CType = scalar('void *', 8);
/** A function pointer (machine/function.ts says what its words hold). */
export const fn_ptr: CType = scalar('void (*)()', 8);

export function array(of: CType, count: number): CType {
	return Object.freeze({ name: `${of.name}[${count}]`, size: of.size * count, align: of.align });
}

/** The same type at a stricter alignment: ____cacheline_aligned for a member. */
export function aligned(of: CType, align: number = CACHELINE): CType {
	return Object.freeze({ name: of.name, size: of.size, align: Math.max(align, of.align) });
}

export function round_up(n: number, align: number): number {
	return Math.ceil(n / align) * align;
}

/**
 * Lay out a struct. Members keep their order; the size is rounded up to the strictest alignment.
 */
export function struct<F extends Record<string, CType>>(name: string, fields: F): StructType<F> {
	const offset = {} as Record<keyof F, number>;
	let at = 0;
	let align = 1;
	for (const key of Object.keys(fields) as (keyof F)[]) {
		const type = fields[key];
		at = round_up(at, type.align);
		offset[key] = at;
		at += type.size;
		align = Math.max(align, type.align);
	}
	return Object.freeze({
		name: `struct ${name}`,
		size: round_up(at, align),
		align,
		fields: Object.freeze(fields),
		offset: Object.freeze(offset),
	});
}

export function sizeof(type: CType): number {
	return type.size;
}

/** The struct around a member: container_of(ptr, type, member). */
export function container_of<F extends Record<string, CType>>(at: number, type: StructType<F>,
	member: keyof F): number
{
	return at - type.offset[member];
}
