// SPDX-License-Identifier: GPL-2.0-only
//
// A part of the files beside it.
//
// V8's compiled form of the kernel, kept from one process to the next. V8 neither verifies such
// data nor sees that another build of the same version of V8 made it: it crashes then. So a file is
// read only by the Node.js that wrote it, and only if it is whole and nobody else could have
// written it.

/** The cache for one kernel. Every failure here means that there is none: nothing throws. */
export function code_cache(kernel, kernel_mtime) {
	const {
		closeSync,
		constants,
		existsSync,
		fstatSync,
		lstatSync,
		mkdirSync,
		openSync,
		readdirSync,
		readSync,
		renameSync,
		statSync,
		unlinkSync,
		writeFileSync,
	} = process.getBuiltinModule('node:fs');
	const { dirname, isAbsolute, join, resolve } = process.getBuiltinModule('node:path');
	const { env } = process;
	const user = process.geteuid();
	const CHECKSUM_BYTES = 32;
	const MOST_BYTES = 64 << 20;
	const MOST_FILES = 16;
	const OUR_NAMES = /^kernel-[0-9a-f]+-v.+\.code(?:\.[0-9a-f-]+)?$/;

	/** The directories to try, the best one first; an empty list switches the cache off. */
	function directories() {
		const given = env.PADATA_CODE_CACHE ?? '';
		// Code that counts how often it runs is other code, and so is what a user's snapshot was
		// started with. A program with more rights than its user must not trust the environment.
		const snapshot = /snapshot/.test([...process.execArgv, env.NODE_OPTIONS].join());
		if (given === 'off' || env.NODE_DISABLE_COMPILE_CACHE || env.NODE_V8_COVERAGE || snapshot
			|| process.getuid() !== user)
			return [];
		if (given !== '' && given !== 'on')
			return [resolve(given)];
		const { getCompileCacheDir } = process.getBuiltinModule('node:module');
		const node = getCompileCacheDir?.() ?? env.NODE_COMPILE_CACHE;
		if (node)
			return [resolve(node, 'padata')];
		const temporary = process.getBuiltinModule('node:os').tmpdir();
		const { HOME = '', XDG_CACHE_HOME = '' } = env;
		return [
			// That there is no such home, or that it is not writable, is usual for services.
			...isAbsolute(XDG_CACHE_HOME)
				? [join(XDG_CACHE_HOME, 'padata')]
				: isAbsolute(HOME) && existsSync(HOME)
				? [join(HOME, '.cache/padata')]
				: [],
			...existsSync(temporary) ? [join(temporary, `padata-${user}`)] : [],
		];
	}

	/**
	 * Of exactly this Node.js, with these flags of V8, on a CPU of this kind: the tag has the
	 * latter two. Builds of one version differ, too; /proc/self/exe also is the one that runs if a
	 * newer one has taken its place.
	 */
	function file_name() {
		const { mtimeMs, size } = statSync('/proc/self/exe');
		const tag = process.getBuiltinModule('node:v8').cachedDataVersionTag();
		const made_by = sha256([tag, size, mtimeMs, kernel_mtime].join()).toString('hex', 0, 8);
		return `${kernel}-${process.version}-${process.arch}-${made_by}.code`;
	}

	function sha256(...parts) {
		const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
		parts.forEach((part) => hash.update(part));
		return hash.digest();
	}

	/** Over the name as well, so that a file is of no use by another name. */
	const checksum = (name, code) => sha256(`${name}\0`, code);

	const is_ours = ({ uid, mode }) => uid === user && (mode & 0o022) === 0;

	/** Of the system or of this user, unlike the home that sudo may leave to root. */
	const may_hold = (directory) => [0, user].includes(statSync(directory).uid);

	/** Nobody else can put a file there, or another directory in its place. */
	function is_safe(directory) {
		const itself = lstatSync(directory);
		return itself.isDirectory() && is_ours(itself) && may_hold(dirname(directory));
	}

	function make(directory) {
		if (existsSync(directory))
			return;
		make(dirname(directory));
		if (may_hold(dirname(directory)))
			mkdirSync(directory, { mode: 0o700 });
	}

	function read(directory, name) {
		if (!is_safe(directory))
			return undefined;
		const fd = openSync(join(directory, name), constants.O_RDONLY | constants.O_NOFOLLOW);
		try {
			const stat = fstatSync(fd);
			if (!is_ours(stat) || stat.size <= CHECKSUM_BYTES || stat.size > MOST_BYTES)
				return undefined;
			// In shared memory: what is given to another thread is not copied.
			const bytes = new Uint8Array(new SharedArrayBuffer(stat.size));
			const code = bytes.subarray(CHECKSUM_BYTES);
			const whole = readSync(fd, bytes) === stat.size
				&& checksum(name, code).equals(bytes.subarray(0, CHECKSUM_BYTES));
			return whole ? code : undefined;
		} finally {
			closeSync(fd);
		}
	}

	/**
	 * Another process finds the whole file or none, whenever this one ends and however many write.
	 */
	function write(directory, name, code) {
		// Another process may make it, too.
		attempt(() => make(directory));
		if (!is_safe(directory))
			return false;
		const { randomUUID } = process.getBuiltinModule('node:crypto');
		const unfinished = join(directory, `${name}.${randomUUID()}`);
		const content = Buffer.concat([checksum(name, code), code]);
		try {
			writeFileSync(unfinished, content, { flag: 'wx', mode: 0o600 });
			renameSync(unfinished, join(directory, name));
		} catch (error) {
			attempt(() => unlinkSync(unfinished));
			throw error;
		}
		attempt(() => remove_old(directory));
		return true;
	}

	/** What other versions have left, and writers that were killed. */
	function remove_old(directory) {
		const files = readdirSync(directory).filter((name) => OUR_NAMES.test(name)).map((name) => {
			const path = join(directory, name);
			return { path, time: lstatSync(path).mtimeMs };
		});
		for (const { path } of files.sort((a, b) => b.time - a.time).slice(MOST_FILES))
			unlinkSync(path);
	}

	function attempt(action) {
		try {
			return action();
		} catch {
			return undefined;
		}
	}

	const places = attempt(directories) ?? [];
	const name = places.length > 0 ? attempt(file_name) : undefined;

	return {
		/** The compiled form, or undefined. */
		read() {
			if (name === undefined)
				return undefined;
			for (const directory of places) {
				const code = attempt(() => read(directory, name));
				if (code !== undefined)
					return code;
			}
			return undefined;
		},

		/**
		 * Keep the compiled form of a script. By the time it is written it has also the functions
		 * that the start has called, so the next start need not compile those. That is 5 s from
		 * now, or when the process ends: it takes some milliseconds, which no start waits for. If
		 * the program has changed V8's flags meanwhile, V8 would refuse that form, and `first` is
		 * kept.
		 * @param first the compiled form as it is now
		 */
		write_later(script, first) {
			if (name === undefined)
				return;
			const write_now = () => {
				clearTimeout(timer);
				process.off('exit', write_now);
				const code = attempt(() =>
					file_name() === name ? script.createCachedData() : first
				);
				if (code !== undefined)
					places.some((directory) => attempt(() => write(directory, name, code)));
			};
			const timer = setTimeout(write_now, 5000).unref();
			process.on('exit', write_now);
		},
	};
}
