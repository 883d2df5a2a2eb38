// SPDX-License-Identifier: GPL-2.0-only
//
// pcapng's 64-bit time stamps, in units that each interface chooses, as seconds and nanoseconds.

/** A stamp whose upper half is below this is less than 2^53. */
const EXACT_HIGH = 0x20_0000;

/** The unit of one interface's time stamps. */
export class TimestampUnit {
	/** The unit is shorter than a microsecond. */
	readonly finer_than_microseconds: boolean;
	readonly #offset_sec: number;
	/** Units in a second. */
	readonly #per_second: bigint;
	/**
	 * The same as a number, and nanoseconds in a unit, where both are exact: 1 to 10^9 by decimal
	 * steps.
	 */
	readonly #decimal: { perSecond: number; nsec: number } | null;

	/**
	 * @param resolution the option if_tsresol: the unit is 10^-n s, or 2^-n s where bit 7 is set
	 * @param offset_sec the option if_tsoffset: seconds to add
	 */
	constructor(resolution: number, offset_sec: number) {
		const n = resolution & 0x7f;
		const is_binary = (resolution & 0x80) !== 0;
		this.#offset_sec = offset_sec;
		this.#per_second = is_binary ? 1n << BigInt(n) : 10n ** BigInt(n);
		this.#decimal = !is_binary && n <= 9 ? { perSecond: 10 ** n, nsec: 10 ** (9 - n) } : null;
		this.finer_than_microseconds = this.#per_second > 1_000_000n;
	}

	/**
	 * Convert a time stamp, given as its upper and lower 32 bits. Fractions of a nanosecond are cut
	 * off.
	 */
	convert(high: number, low: number, to: { ts_sec: number; ts_nsec: number }): void {
		if (!this.#decimal) {
			const stamp = (BigInt(high) << 32n) | BigInt(low);
			to.ts_sec = Number(stamp / this.#per_second) + this.#offset_sec;
			to.ts_nsec = Number(((stamp % this.#per_second) * 1_000_000_000n) / this.#per_second);
			return;
		}
		// The usual units go without BigInt, which would allocate for every packet.
		const { perSecond, nsec } = this.#decimal;
		if (high < EXACT_HIGH) {
			// All products are exact here, and the quotient is at most one too high or too low.
			const stamp = high * 0x1_0000_0000 + low;
			let seconds = Math.floor(stamp / perSecond);
			let rest = stamp - seconds * perSecond;
			if (rest < 0) {
				seconds--;
				rest += perSecond;
			} else if (rest >= perSecond) {
				seconds++;
				rest -= perSecond;
			}
			to.ts_sec = seconds + this.#offset_sec;
			to.ts_nsec = rest * nsec;
			return;
		}
		// A division by hand, 16 bits at a time, in which the remainder (below 10^9) times 2^16 is
		// exact.
		const a = high;
		const b = (a % perSecond) * 0x10000 + (low >>> 16);
		const c = (b % perSecond) * 0x10000 + (low & 0xffff);
		to.ts_sec = Math.floor(a / perSecond) * 0x1_0000_0000 + Math.floor(b / perSecond) * 0x10000
			+ Math.floor(c / perSecond) + this.#offset_sec;
		to.ts_nsec = (c % perSecond) * nsec;
	}
}
