// SPDX-License-Identifier: GPL-2.0-only
//
// What the driver and its callbacks on the CPUs share, in the machine's memory: the objects it
// submits, its notifier blocks, the log of serial() calls, and the texts of events.
import { array, atomic_fetch_add, bytes_at, int, load, notifier_block, padata_priv, ptr, READ_ONCE,
	spin_lock, spin_unlock, spinlock_t, store, struct } from '../../index.js';

export const Mode = { sync: 0, hold: 1, slow: 2, twice: 3 } as const;
export type ModeName = keyof typeof Mode;

export const State = { queued: 0, held: 1, released: 2, done: 3 } as const;
export const state_names = ['queued', 'held', 'released', 'done'] as const;

/** A submitted object: what was asked and what has been seen. */
export const drive_object = struct('drive_object', {
	priv: padata_priv,
	world: ptr,
	id: int,
	mode: int,
	rc: int,
	cb: int,
	cpu: int,
	parCpu: int,
	parCount: int,
	serCpu: int,
	serCount: int,
	state: int,
	bhOn: int,
	infoChanged: int,
});

export const BLOCKS = 16;
/**
 * A notifier block with its number, what it returns, and the call it makes itself (0 none, 1 start,
 * 2 stop, 3 unregister).
 */
export const drive_block = struct('drive_block', { nb: notifier_block, world: ptr, id: int,
	ret: int, call: int });

/** Calls of serial() that are kept, unless less is asked for: [cpu, id] each. */
export const SERIALS = 1 << 20;
export const SERIAL_BYTES = 8;
const EVENT_BYTES = 1 << 18;

export const drive_world = struct('drive_world', {
	pinst: ptr,
	serials: int,
	serialMax: int,
	serialLog: ptr,
	eventLock: spinlock_t,
	eventBytes: int,
	eventText: ptr,
	nap: int,
	begun: int,
	storm: int,
	probe: padata_priv,
	blocks: array(drive_block, BLOCKS),
});
const world = drive_world.offset;
export { EVENT_BYTES };

/** What an object's fields that padata must not look at are filled with. */
export const FILL = 0x5a5a5a5a;

export function log_serial(w: number, cpu: number, id: number): void {
	const n = atomic_fetch_add(w + world.serials, 1);
	if (n >= load(w + world.serialMax))
		return;
	const at = load(w + world.serialLog) + n * SERIAL_BYTES;
	store(at, cpu);
	store(at + 4, id);
}

/** The calls of serial() so far, in their order, as [cpu, id]. */
export function serial_calls(w: number): [number, number][] {
	const calls: [number, number][] = [];
	const n = Math.min(READ_ONCE(w + world.serials), load(w + world.serialMax));
	for (let at = load(w + world.serialLog), i = 0; i < n; i++, at += SERIAL_BYTES)
		calls.push([load(at), load(at + 4)]);
	return calls;
}

/** Add a line to the events of the present command. */
export function add_event(w: number, text: string): void {
	const line = Buffer.from(`${text}\n`);
	spin_lock(w + world.eventLock);
	const used = load(w + world.eventBytes);
	if (used + line.length <= EVENT_BYTES) {
		bytes_at(load(w + world.eventText) + used, line.length).set(line);
		store(w + world.eventBytes, used + line.length);
	}
	spin_unlock(w + world.eventLock);
}

/** The events since the last call. */
export function take_events(w: number): string[] {
	spin_lock(w + world.eventLock);
	const text = Buffer.from(
		bytes_at(load(w + world.eventText), load(w + world.eventBytes)).slice(),
	).toString();
	store(w + world.eventBytes, 0);
	spin_unlock(w + world.eventLock);
	return text.split('\n').filter((line) => line !== '');
}
