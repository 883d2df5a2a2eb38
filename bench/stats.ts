// SPDX-License-Identifier: GPL-2.0-only

/** The value below which `part` of the sorted values lie. */
export function percentile(sorted: ArrayLike<number>, part: number): number {
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const PER_DECADE = 20;

/**
 * Buckets of latencies, each 12 % wider than the one before: [upper end, how many], in ascending
 * order, without empty ones.
 */
export function histogram(us: Float64Array): [number, number][] {
	const counts = new Map<number, number>();
	for (const t of us) {
		const bucket = Math.ceil(Math.log10(Math.max(t, 0.001)) * PER_DECADE);
		counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
	}
	return [...counts].sort((a, b) => a[0] - b[0]).map((
		[bucket, n],
	) => [10 ** (bucket / PER_DECADE), n]);
}

/** One histogram out of those of several runs. */
export function merge(
	histograms: readonly (readonly (readonly [number, number])[])[],
): [number, number][] {
	const counts = new Map<number, number>();
	for (const [end, n] of histograms.flat())
		counts.set(end, (counts.get(end) ?? 0) + n);
	return [...counts].sort((a, b) => a[0] - b[0]);
}

/** The figures of a latency measurement. */
export function latency_sample(
	us: Float64Array,
): { us: number; p99: number; p999: number; histogram: [number, number][] } {
	us.sort();
	return { us: percentile(us, 0.5), p99: percentile(us, 0.99), p999: percentile(us, 0.999),
		histogram: histogram(us) };
}
