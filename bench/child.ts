// SPDX-License-Identifier: GPL-2.0-only
//
// One run of one measurement, a process of its own: node child.js SPEC prints one line of JSON, a
// Sample[]. Only the modules of that measurement are loaded: start-up is measured too.
import type { PoolName } from './pools/pool.js';
import type { Sample, Spec } from './spec.js';

async function measure_loop(spec: Spec): Promise<Sample[]> {
	const loop = await import('./loop.js');
	return spec.impl === 'loop-threads' ? loop.throughput_of_threads(spec) : loop.throughput(spec);
}

async function measure_padata(spec: Spec): Promise<Sample[]> {
	switch (spec.measurement) {
		case 'throughput':
			return (await import('./padata/throughput.js')).throughput(spec);
		case 'latency':
			return (await import('./padata/latency.js')).latency(spec);
		case 'load':
			return (await import('./padata/latency.js')).load_latency(spec);
		case 'startup':
			return (await import('./padata/startup.js')).startup();
		default:
			return (await import('./padata/other.js'))[spec.measurement](spec);
	}
}

async function measure_pool(name: PoolName, spec: Spec): Promise<Sample[]> {
	switch (spec.measurement) {
		case 'throughput':
			return (await import('./pools/throughput.js')).throughput(name, spec);
		case 'latency':
			return (await import('./pools/latency.js')).latency(name, spec);
		case 'load':
			return (await import('./pools/latency.js')).load(name, spec);
		case 'growth':
		case 'masks':
			throw new Error(`${name}: no such measurement`);
		default:
			return (await import('./pools/other.js'))[spec.measurement](name, spec);
	}
}

const spec = JSON.parse(process.argv[2]) as Spec;
const [name] = spec.impl.split('-');
const samples = name === 'padata'
	? await measure_padata(spec)
	: name === 'loop'
	? await measure_loop(spec)
	: await measure_pool(name as PoolName, spec);
process.stdout.write(`${JSON.stringify(samples)}\n`);
