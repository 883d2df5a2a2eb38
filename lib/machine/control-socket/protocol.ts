// SPDX-License-Identifier: GPL-2.0-only
//
// What goes over the socket of a process, as docs/sysfs.md has it: a JSON object a line, an answer
// for each request.

export type ControlRequest =
	| { readonly op: 'read' | 'list'; readonly path: string }
	| { readonly op: 'write'; readonly path: string; readonly value: string }
	| { readonly op: 'cpus' | 'masks' }
	| { readonly op: 'watch' };

/** The masks of an instance, as its files show them. */
export interface InstanceMasks {
	/** Of its directory. */
	readonly path: string;
	readonly parallel: string;
	readonly serial: string;
}

export interface ControlFailure {
	/** Positive. */
	readonly errno: number;
	/** Its name, as EINVAL. */
	readonly error: string;
	/**
	 * Where it happened: before the file's own function was called, as in open(); in that; or the
	 * request was not understood.
	 */
	readonly at: 'open' | 'call' | 'request';
	readonly message?: string;
}

/** A request that is not one. */
export class RequestError extends Error {}

/** A request is at most as long, in bytes. */
export const REQUEST_MAX = 65536;
/** No request has objects in objects; a few levels are for those that are to come. */
const DEPTH_MAX = 8;
/** As in C's files (native/files.c), with its NUL. */
const PATH_MAX = 1024;

/**
 * How deep the objects and arrays of a line of JSON are nested. What works on a value that is
 * nested deeply takes as much stack, and a client must not decide on that.
 */
function depth_of(line: string): number {
	let [depth, deepest] = [0, 0];
	for (const [token] of line.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs))
		if (token === '[' || token === '{')
			deepest = Math.max(deepest, ++depth);
		else if (token === ']' || token === '}')
			depth--;
	return deepest;
}

/** @throws RequestError */
export function parse_request(line: string): ControlRequest {
	if (depth_of(line) > DEPTH_MAX)
		throw new RequestError(`nested deeper than ${DEPTH_MAX} levels`);
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch (error) {
		throw new RequestError(`not JSON: ${(error as Error).message}`);
	}
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw new RequestError('not an object');
	const { op, path, value: text } = value as Record<string, unknown>;
	switch (op) {
		case 'cpus':
		case 'masks':
		case 'watch':
			return { op };
		case 'read':
		case 'list':
			return { op, path: parse_path(path) };
		case 'write':
			if (typeof text !== 'string')
				throw new RequestError('value: not a string');
			return { op, path: parse_path(path), value: text };
		default:
			throw new RequestError(
				`op: there is no ${
					JSON.stringify(op)?.slice(0, 80) ?? 'such thing'
				}; there are: read, write, list, cpus, masks, watch`,
			);
	}
}

function parse_path(path: unknown): string {
	if (typeof path !== 'string' || !path.startsWith('/'))
		throw new RequestError('path: not a string that begins with /');
	if (path.includes('\0') || Buffer.byteLength(path) >= PATH_MAX)
		throw new RequestError(`path: has a NUL, or ${PATH_MAX} bytes or more`);
	return path;
}

/** Lines of what comes in pieces. */
export class LineReader {
	#rest = '';

	add(text: string): void {
		this.#rest += text;
	}

	/** The next line that is complete, without its end; null if there is none. */
	next(): string | null {
		const end = this.#rest.indexOf('\n');
		if (end < 0)
			return null;
		const line = this.#rest.slice(0, end);
		this.#rest = this.#rest.slice(end + 1);
		return line;
	}

	/** How much of a line has come that is not complete. Asked when next() is null. */
	get pending(): number {
		return this.#rest.length;
	}
}
