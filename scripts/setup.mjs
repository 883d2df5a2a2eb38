// SPDX-License-Identifier: GPL-2.0-only
//
// Make a checkout ready to run: dependencies, compiled TypeScript, bundle, compiled addon; each
// only if it is missing or stale. Run by itself (`npm run compile`) or called by the scripts beside
// it. Without a compiler the addon is left out and said so, unless it is required: the machine runs
// without it, on unpinned threads.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { NoCompiler, addon_ready, build_addon } from './setup/addon.mjs';
import { bundle_ready, make_bundle } from './setup/bundle.mjs';
import { SetupError, say } from './setup/common.mjs';
import { dependencies_ready, install_dependencies } from './setup/dependencies.mjs';
import { compile_typescript, typescript_ready } from './setup/typescript.mjs';

const oldest = [20, 19];

/**
 * Returns true if everything is ready; if not, the user has been told why and the exit code is set.
 */
export async function setup({ require_addon = false } = {}) {
	try {
		check_platform();
		if (dependencies_ready() && typescript_ready() && bundle_ready() && addon_ready())
			return true;
		const { exclusively } = await import('./setup/lock.mjs');
		await exclusively(() => all_steps(require_addon));
		return true;
	} catch (err) {
		if (!(err instanceof SetupError))
			throw err;
		say(err.message);
		process.exitCode = 1;
		return false;
	}
}

// Each step looks again: another set-up may have done it while this one waited.
async function all_steps(require_addon) {
	if (!dependencies_ready())
		await install_dependencies();
	if (!typescript_ready())
		await compile_typescript();
	if (!bundle_ready())
		await make_bundle();
	if (!addon_ready()) {
		try {
			await build_addon();
		} catch (err) {
			if (require_addon || !(err instanceof NoCompiler))
				throw err;
			say(err.message);
		}
	}
}

function check_platform() {
	const [major, minor] = process.versions.node.split('.').map(Number);
	if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
		throw new SetupError(
			`Node.js ${oldest.join('.')} or newer is needed, this is ${process.versions.node}`,
		);
	if (process.platform !== 'linux')
		throw new SetupError(`padata runs on Linux only, this is ${process.platform}`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
	await setup({ require_addon: process.argv.includes('--require-addon') });
