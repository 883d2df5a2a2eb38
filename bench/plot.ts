// SPDX-License-Identifier: GPL-2.0-only
//
// The plots of docs/performance.md, as SVG texts.
import * as echarts from 'echarts';
import { POOLS } from './pools/pool.js';
import { by_work, number } from './report.js';
import type { Row } from './spec.js';
import { jobs, JobName } from './work/job.js';

type Option = Record<string, unknown>;

/** A diagram in a picture of several. */
interface Panel {
	readonly title: string;
	readonly x: Option;
	readonly y: Option;
	readonly series: readonly Option[];
}

const WIDTH = 900;
const HEADER = 40;
const FONT = { fontFamily: 'sans-serif', color: '#333' };

const OURS = '#c0392b';
/** Each family its colour, so that the eye finds ours. */
const COLOURS: Readonly<Record<string, string>> = {
	'padata': OURS,
	'padata-main': '#e67e22',
	'padata-serial': '#f1948a',
	'padata-parked': '#f5b041',
	'loop': '#7f8c8d',
	'tbb': '#1e8449',
	'c-ring': '#82e0aa',
	'piscina': '#2471a3',
	'tinypool': '#5dade2',
	'workerpool': '#7d3c98',
	'poolifier': '#bb8fce',
};
const colour = (impl: string): string => COLOURS[impl] ?? COLOURS[impl.split('-')[0]] ?? '#7f8c8d';

function render(panels: readonly Panel[], columns: number, panel_height: number, left: number,
	legend?: readonly string[]): string
{
	const rows = Math.ceil(panels.length / columns);
	const width = WIDTH / columns;
	const top = legend === undefined ? 0 : 30;
	const height = rows * panel_height + top;
	const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
	const at = panels.map((_, i) => ({ left: i % columns * width,
		top: Math.floor(i / columns) * panel_height + top })
	);
	chart.setOption({
		animation: false,
		backgroundColor: '#fff',
		textStyle: FONT,
		...legend === undefined
			? {}
			: {
				legend: { data: legend, top: 5, itemHeight: 10,
					textStyle: { ...FONT, fontSize: 11 } },
			},
		title: panels.map(({ title }, i) => ({ text: title, left: at[i].left + 10,
			top: at[i].top + 8, textStyle: { ...FONT, fontSize: 13 } })
		),
		grid: at.map((corner) => ({ left: corner.left + left, top: corner.top + HEADER,
			width: width - left - 40, height: panel_height - HEADER - 45 })
		),
		xAxis: panels.map(({ x }, i) => ({ gridIndex: i, nameLocation: 'middle', nameGap: 25,
			axisLabel: { fontSize: 10 }, ...x })
		),
		yAxis: panels.map(({ y }, i) => ({ gridIndex: i, axisLabel: { fontSize: 10 }, ...y })),
		series: panels.flatMap(({ series }, i) =>
			series.map((one) => ({ xAxisIndex: i, yAxisIndex: i, ...one }))
		),
	});
	const svg = chart.renderToSVGString();
	chart.dispose();
	return `${svg}\n`;
}

/**
 * Where the fastest and the slowest are further apart, bars of the same scale would show only the
 * slowest.
 */
const LINEAR_UP_TO = 40;

/** Ways to submit that have a table of their own. */
const OTHER_WAYS = ['padata-all-cb', 'padata-4-instances', 'padata-kzalloc'];

/** Time for a job, of everybody, one panel for each work. */
export function throughput_plot(rows: readonly Row[]): string {
	const works = [...by_work(rows)].filter(([work]) => work in jobs || work === 'aes-c');
	const panels = works.map(([work, all]): Panel => {
		const measured = all.filter(({ us, impl }) =>
			us !== undefined && !OTHER_WAYS.includes(impl)
		).sort((a, b) => b.us! - a.us!);
		const slowest = measured[0]?.us ?? 1;
		const fastest = measured.at(-1)?.us ?? 1;
		// Bars begin at the axis, which a logarithmic one has no zero for.
		const start = 10 ** Math.floor(Math.log10(fastest / 2));
		return {
			title: `${
				work === 'aes-c' ? `${jobs.aes.title}, in C` : jobs[work as JobName].title
			}: us per job`,
			x: slowest / fastest > LINEAR_UP_TO
				? { type: 'log', min: start, startValue: start }
				: { type: 'value', min: 0 },
			y: { type: 'category', data: measured.map(({ impl }) => impl),
				axisTick: { show: false } },
			series: [{
				type: 'bar',
				barWidth: '70%',
				barMaxWidth: 22,
				label: { show: true, position: 'right', fontSize: 10,
					formatter: ({ value }: { value: number }) => number(value) },
				data: measured.map(({ impl, us }) => ({ value: us,
					itemStyle: { color: colour(impl) } })
				),
			}],
		};
	});
	return render(panels, 2, 400, 125);
}

/** Latencies by their rank: how long one in 2, in 10, in 100 ... takes. */
export function latency_plot(rows: readonly Row[]): string {
	const titles: Readonly<Record<string, string>> = {
		'latency': 'one empty job in flight: us',
		'latency-50': 'sha256, 50 % load: us',
		'latency-90': 'sha256, 90 % load: us',
	};
	const panels = [...by_work(rows)].filter(([work]) => work in titles).map((
		[work, all],
	): Panel => ({
		title: titles[work],
		x: { type: 'log', name: 'one job in ... takes longer', min: 1, max: 10_000 },
		y: { type: 'log' },
		series: all.filter(({ histogram }) => histogram !== undefined).map((
			{ impl, histogram },
		) => ({
			type: 'line',
			name: impl,
			showSymbol: false,
			lineStyle: { width: impl.startsWith('padata') ? 2.5 : 1.5 },
			color: colour(impl),
			data: ranks(histogram!),
		})),
	}));
	return render(panels, 3, 300, 55, ['padata', 'padata-parked', 'padata-main', ...POOLS]);
}

/** [one in so many, takes longer than this] */
function ranks(buckets: readonly (readonly [number, number])[]): [number, number][] {
	const total = buckets.reduce((sum, [, n]) => sum + n, 0);
	const points: [number, number][] = [];
	let longer = total;
	for (const [end, n] of buckets) {
		points.push([total / longer, end]);
		longer -= n;
		if (longer < total / 10_000)
			break;
	}
	return points;
}

/** The curves: cost against the number of CPUs, of jobs in flight, of cores. */
export function scaling_plot(rows: readonly Row[]): string {
	const titles: Readonly<Record<string, [string, string]>> = {
		'cpus': ['empty job, simulated CPUs', 'CPUs'],
		'parallel-mask': ['empty job, 64 simulated CPUs', 'CPUs in the parallel mask'],
		'mask-change': ['a change of the parallel mask', 'simulated CPUs'],
		'in-flight': ['empty job, from serial()', 'jobs in flight'],
		'cores': ['sha256, CPUs of the host', 'CPUs'],
	};
	const panels = [...by_work(rows)].filter(([work]) => work in titles).map(
		([work, all]): Panel => {
			const points = all.filter(({ us }) => us !== undefined);
			const line = (name: string, value: (row: Row) => number | undefined,
				style: Option): Option => (
					{ type: 'line', name, symbolSize: 5,
						data: points.map((row) => [String(row.x), value(row)]), ...style }
				);
			return {
				title: `${titles[work][0]}: us`,
				x: { type: 'category', name: titles[work][1],
					data: points.map(({ x }) => String(x)) },
				y: { type: 'value', min: 0 },
				series: [
					line('wall time', ({ us }) => us, { color: OURS }),
					...points.some(({ cpu_us }) => cpu_us !== undefined)
						? [line('CPU time, all threads', ({ cpu_us }) => cpu_us, { color: '#2471a3',
							lineStyle: { type: 'dashed' } })]
						: [],
				],
			};
		},
	);
	return render(panels, 3, 260, 50, ['wall time', 'CPU time, all threads']);
}
