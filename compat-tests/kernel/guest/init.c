// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's init: all there is in it besides what it starts. It sets the machine up, then serves
 * one of two masters, as `mode=` on the kernel's command line says:
 *
 *   driver  the host, on the second serial port: plays scenarios on the module (padata_driver.c)
 *   program `node PROGRAM`, of `program=PROGRAM`, on its standard input and output: does to the
 *           machine what it is asked for. It runs in a control group of its own (CGROUP), as in a
 *           container
 *
 * A request is a line; its answer is lines, then one with a dot. Any lines that the program prints
 * and that do not begin with "@" go to the console.
 *
 *   @write PATH TEXT   one write(2)              "0" or "-ENAME", and the monotonic clock before
 *                                                and after it, in ns
 *
 * It owns the CPUs: whoever asks for `cpu N 0|1` has them go away for real.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES (1 << 16)

static FILE *out;

static void fail(const char *what)
{
	printf("init: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	reboot(RB_POWER_OFF);
	_exit(1);
}

static const char *errname(int err)
{
	static char name[64];

	snprintf(name, sizeof(name), "-%s", strerrorname_np(err) ?: "?");
	return err ? name : "0";
}

static void mount_at(const char *type, const char *where)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, NULL) && errno != EBUSY)
		fail(where);
}

/* One read(2) or write(2). Returns the bytes, or -errno. */
static ssize_t transfer(const char *path, int flags, char *bytes, size_t n)
{
	int fd = open(path, flags | O_CLOEXEC);
	ssize_t ret;

	if (fd < 0)
		return -errno;
	ret = flags == O_WRONLY ? write(fd, bytes, n) : read(fd, bytes, n);
	ret = ret < 0 ? -errno : ret;
	close(fd);
	return ret;
}

static ssize_t write_file(const char *path, const char *bytes, size_t n)
{
	return transfer(path, O_WRONLY, (char *)bytes, n);
}

static ssize_t read_file(const char *path, char *bytes, size_t size)
{
	return transfer(path, O_RDONLY, bytes, size);
}

/* ---- scenarios ------------------------------------------------------------------------------- */

static const char escapes[] = "n\nt\tr\r0\0\"\"\\\\";
#define ESCAPES ((int)sizeof(escapes) - 1)

static void print_quoted(const char *bytes, ssize_t n)
{
	fprintf(out, "%zd \"", n);
	for (ssize_t i = 0; i < n; i++) {
		int e = 0;

		while (e < ESCAPES && escapes[e + 1] != bytes[i])
			e += 2;
		if (e < ESCAPES)
			fputc('\\', out);
		fputc(e < ESCAPES ? escapes[e] : bytes[i], out);
	}
	fprintf(out, "\"\n");
}

/* The bytes of "TEXT" in place; their number, or -1. */
static ssize_t unquote(char *text)
{
	size_t n = strlen(text), to = 0;

	if (n < 2 || text[0] != '"' || text[n - 1] != '"')
		return -1;
	for (size_t i = 1; i < n - 1; i++) {
		int e = 0;

		if (text[i] != '\\') {
			text[to++] = text[i];
			continue;
		}
		i++;
		while (e < ESCAPES && escapes[e] != text[i])
			e += 2;
		if (e >= ESCAPES)
			return -1;
		text[to++] = escapes[e + 1];
	}
	return to;
}

static void cpu_path(char path[64], int cpu)
{
	snprintf(path, 64, "/sys/devices/system/cpu/cpu%d/online", cpu);
}

static void all_cpus_online(void)
{
	char path[64];

	for (int cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		cpu_path(path, cpu);
		write_file(path, "1", 1);
	}
}

/* A command that is about files. False: it is for the module. */
static int run_here(const char *line)
{
	char path[64], attr[16], text[LINE_BYTES];
	int cpu, up;
	ssize_t n;

	if (!strncmp(line, "echo ", 5)) {
		fprintf(out, "-- %s\n", line + 5);
	} else if (sscanf(line, "cpu %d %d", &cpu, &up) == 2) {
		cpu_path(path, cpu);
		n = write_file(path, up ? "1" : "0", 1);
		fprintf(out, "%s => %s\n", line, errname(n < 0 ? -n : 0));
	} else if (sscanf(line, "sysread %15[a-z]", attr) == 1) {
		snprintf(path, sizeof(path), "/sys/kernel/padata_drive/%s_cpumask", attr);
		n = read_file(path, text, sizeof(text));
		fprintf(out, "%s => ", line);
		if (n < 0)
			fprintf(out, "%s\n", errname(-n));
		else
			print_quoted(text, n);
	} else if (sscanf(line, "syswrite %15[a-z] %65535[^\n]", attr, text) == 2) {
		snprintf(path, sizeof(path), "/sys/kernel/padata_drive/%s_cpumask", attr);
		n = unquote(text);
		if (n < 0) {
			fprintf(out, "%s => unsupported\n", line);
			return 1;
		}
		n = write_file(path, text, n);
		if (n < 0)
			fprintf(out, "%s => %s\n", line, errname(-n));
		else
			fprintf(out, "%s => %zd\n", line, n);
	} else {
		return 0;
	}
	return 1;
}

static void run_in_module(const char *line)
{
	int fd = open("/proc/padata_driver", O_RDWR);
	char bytes[1 << 14];
	ssize_t n;

	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		fail("/proc/padata_driver");
	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		fwrite(bytes, 1, n, out);
	close(fd);
}

static FILE *serial_port(void)
{
	int fd = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios t;

	if (fd < 0 || tcgetattr(fd, &t))
		fail("/dev/ttyS1");
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
	out = fdopen(dup(fd), "w");
	setvbuf(out, NULL, _IOFBF, 1 << 16);
	return fdopen(fd, "r");
}

static void serve_host(void)
{
	static char line[LINE_BYTES];
	int fd = open("/padata_driver.ko", O_RDONLY | O_CLOEXEC);
	FILE *in = serial_port();

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		fail("/padata_driver.ko");
	close(fd);
	fprintf(out, "ready\n.\n");
	fflush(out);
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (!strcmp(line, "!off"))
			break;
		if (!run_here(line))
			run_in_module(line);
		/* The next scenario finds the machine as it was. */
		if (!strcmp(line, "!end"))
			all_cpus_online();
		fprintf(out, ".\n");
		fflush(out);
	}
}

/* ---- a program ------------------------------------------------------------------------------- */

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void serve_request(char *line)
{
	char path[256], text[256] = "";
	long long before;
	ssize_t n;

	if (sscanf(line, "@write %255s %255[^\n]", path, text) >= 1) {
		before = now();
		n = write_file(path, text, strlen(text));
		fprintf(out, "%s %lld %lld\n", errname(n < 0 ? -n : 0), before, now());
	} else {
		fprintf(out, "-ENOSYS\n");
	}
	fprintf(out, ".\n");
	fflush(out);
}

#define CGROUP "/sys/fs/cgroup/program"

static void make_cgroup(void)
{
	mount_at("cgroup2", "/sys/fs/cgroup");
	if (write_file("/sys/fs/cgroup/cgroup.subtree_control", "+cpuset", 7) < 0 ||
	    mkdir(CGROUP, 0755))
		fail(CGROUP);
}

static void serve_program(void)
{
	static char line[LINE_BYTES];
	int to[2], from[2], status;
	pid_t child;
	FILE *in;

	make_cgroup();
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		fail("pipe");
	child = fork();
	if (child < 0)
		fail("fork");
	if (!child) {
		/* The process that writes it. */
		if (write_file(CGROUP "/cgroup.procs", "0", 1) < 0)
			fail(CGROUP "/cgroup.procs");
		dup2(to[0], 0);
		dup2(from[1], 1);
		execl("/node", "node", "--enable-source-maps", getenv("program"), NULL);
		fail("/node");
	}
	close(to[0]);
	close(from[1]);
	out = fdopen(to[1], "w");
	in = fdopen(from[0], "r");
	while (fgets(line, sizeof(line), in)) {
		if (line[0] == '@') {
			serve_request(line);
			continue;
		}
		fputs(line, stdout);
		fflush(stdout);
	}
	waitpid(child, &status, 0);
	printf("init: the program has ended with %d\n",
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fflush(stdout);
}

int main(void)
{
	const char *mode = getenv("mode");

	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("devtmpfs", "/dev");
	mount_at("tmpfs", "/tmp");
	if (mode && !strcmp(mode, "program")) {
		serve_program();
	} else {
		serve_host();
	}
	reboot(RB_POWER_OFF);
	fail("power off");
}
